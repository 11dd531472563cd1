"""Decides the ``leadloop_*`` contact properties a portal gets when they are installed; knows no record.

Names and kinds are the outside contract of the product (field table of the design); picklists are restricted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from adapters.simulator.hubspot.schema import Property, options_from

_REASONS = (
    "wrong_owner existing_work duplicate timing no_budget no_authority no_decision lost_competitor lost_price "
    "unresponsive not_ready no_need_now not_served no_fit no_need_ever not_a_buyer competitor bad_data opted_out "
    "junk unspecified"
)
_PICKLISTS = {
    "stage": "name suspect lead qualified_lead prospect customer",
    "disposition": "open assigned accepted working sales_qualified won lost rejected rerouted recycled disqualified "
    "merged",
    "grade": "A B C D",
    "recycle_reason": _REASONS,
    "nurture_track": "no_contact partner qualified_b qualified_c qualified_d recycled_timing recycled_unreached "
    "customer_growth winback educate welcome",
    "response": "accepted rejected",
    "reject_reason": _REASONS,
    "need": "specific general none_now never",
    "budget": "approved planned in_range none",
    "authority": "decides influences uses",
    "timing": "0-3 3-6 6-12 later",
}
_PLAIN = {
    "string": "person why next_step last_sales_owner reject_note",
    "number": "score fit engagement readiness expected_value",
    "bool": "recycled",
    "date": "recycle_until",
    "datetime": "next_step_due qualified_at handed_off_at accepted_at first_touch_at sales_qualified_at",
}


def _own(name: str, kind: str, **more: object) -> Property:
    return Property(
        name=f"leadloop_{name}",
        type=kind,
        group="leadloop",
        hubspot_defined=False,
        **more,  # type: ignore[arg-type]
    )


def leadloop_properties(leave_out: Collection[str] = ()) -> Iterator[Property]:
    """Every property of the set but those named in ``leave_out``."""
    every = [_own("id", "string", unique=True)]
    every += [_own(name, kind) for kind, names in _PLAIN.items() for name in names.split()]
    every += [_own(name, "enumeration", options=options_from(values.split())) for name, values in _PICKLISTS.items()]
    return (prop for prop in every if prop.name not in leave_out)
