"""What the org says of itself: versions, resources, objects and fields (sheet section 8)."""

from __future__ import annotations

from typing import Any

from adapters.simulator.salesforce import moments
from adapters.simulator.salesforce.call import Call
from adapters.simulator.salesforce.schema import ID_TYPES, NUMBER_TYPES, Field, SObject
from adapters.simulator.wire import Response, json_response

VERSION_MIN = 31
VERSION_MAX = 68
SEASONS = ("Winter", "Spring", "Summer")
SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
}


def versions() -> Response:
    """GET /services/data/: no token, not counted."""
    return json_response(200, [_version(number) for number in range(VERSION_MIN, VERSION_MAX + 1)])


def _version(number: int) -> dict[str, str]:
    season, year = SEASONS[(number - 65) % 3], 26 + (number - 65) // 3
    return {"label": f"{season} '{year}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}


def resources(call: Call) -> Response:
    """GET the base: names of resources."""
    names = ("sobjects", "limits", "query", "queryAll", "composite", "jobs")
    return json_response(200, {name: f"{call.base}/{name}" for name in names})


def all_objects(call: Call) -> Response:
    """GET /sobjects."""
    schema = call.org.schema
    entries = [e for e in schema.objects.values() if e.prefix and e.name not in schema.hidden_objects]
    shown = [_object(call, entry) for entry in sorted(entries, key=lambda entry: entry.name)]
    return json_response(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": shown})


def basic(call: Call) -> Response:
    """GET /sobjects/X."""
    return json_response(200, {"objectDescribe": _object(call, call.entry()), "recentItems": []})


def describe(call: Call) -> Response:
    """GET /sobjects/X/describe; 304 when the schema has not changed since the header's time."""
    since = call.moment_header("if-modified-since")
    changed_at = call.org.schema_changed_at.replace(microsecond=0)
    if since is not None and changed_at <= since:
        return Response(304)
    entry = call.entry()
    document = _object(call, entry) | {
        "actionOverrides": [],
        "childRelationships": [_child(child) for child in entry.children],
        "compactLayoutable": True,
        "fields": [_field(field) for field in call.org.schema.visible_fields(entry)],
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [],
        "searchLayoutable": True,
        "supportedScopes": [{"label": f"All {entry.name}s", "name": "everything"}],
    }
    return json_response(200, document, [("Last-Modified", moments.http_date(changed_at))])


def _object(call: Call, entry: SObject) -> dict[str, Any]:
    base = f"{call.base}/sobjects/{entry.name}"
    document: dict[str, Any] = dict.fromkeys(("activateable", "customSetting", "hasSubtypes", "isInterface"), False)
    document |= dict.fromkeys(("isSubtype", "deprecatedAndHidden", "deepCloneable", "feedEnabled"), False)
    document |= dict.fromkeys(("createable", "deletable", "undeletable", "updateable"), entry.writable)
    document |= dict.fromkeys(("layoutable", "mruEnabled", "searchable", "triggerable"), entry.writable)
    document |= dict.fromkeys(("idEnabled", "queryable", "replicateable", "retrieveable"), True)
    document |= {
        "custom": entry.name.endswith("__c"),
        "keyPrefix": entry.prefix,
        "label": entry.label or entry.name,
        "labelPlural": f"{entry.label or entry.name}s",
        "mergeable": entry.mergeable,
        "name": entry.name,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }
    return dict(sorted(document.items()))


def _child(child: tuple[str, str, str]) -> dict[str, Any]:
    relationship, child_object, field = child
    return {
        "cascadeDelete": True,
        "childSObject": child_object,
        "deprecatedAndHidden": False,
        "field": field,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": relationship,
        "restrictedDelete": False,
    }


def _field(field: Field) -> dict[str, Any]:
    document = {
        "aggregatable": field.filterable,
        "autoNumber": False,
        "byteLength": field.length if field.type in ID_TYPES else field.length * 3,
        "calculated": False,
        "calculatedFormula": None,
        "cascadeDelete": False,
        "caseSensitive": False,
        "compoundFieldName": "Name" if field.name in ("FirstName", "LastName", "Salutation") else None,
        "controllerName": None,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": field.default if field.type == "boolean" else None,
        "defaultedOnCreate": field.defaulted,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": (field.precision or 8) if field.type == "int" else 0,
        "encrypted": False,
        "externalId": field.external_id,
        "filterable": field.filterable,
        "groupable": field.filterable and field.type not in ("datetime", "double", "currency", "percent"),
        "htmlFormatted": False,
        "idLookup": field.external_id or field.type == "id",
        "inlineHelpText": None,
        "label": field.label or field.name,
        "length": field.length,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": field.polymorphic,
        "nillable": field.nillable,
        "permissionable": field.nillable and field.createable,
        "picklistValues": _options(field),
        "polymorphicForeignKey": field.polymorphic,
        "precision": field.precision if field.type in NUMBER_TYPES - {"int"} else 0,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "soapType": SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
    }
    return document


def _options(field: Field) -> list[dict[str, Any]]:
    return [
        {
            "active": value not in field.inactive,
            "defaultValue": value == field.default,
            "label": value,
            "validFor": None,
            "value": value,
        }
        for value in field.values
    ]
