"""What a person can do about Salesforce's refusals of a record, by status code (contract sheet 11)."""

from __future__ import annotations

from collections.abc import Mapping

REMEDIES: Mapping[str, str] = {
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "fill what the org's validation rule asks for, or exempt the integration user "
    "from the rule; then --retry",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "add the value to the picklist, or map it to one of its values "
    "(write_values in fields.toml); then --retry",
    "REQUIRED_FIELD_MISSING": "map a value to the required field in fields.toml, or make it optional; then --retry",
    "STRING_TOO_LONG": "lengthen the field in Salesforce; then --retry",
    "DUPLICATES_DETECTED": "merge the duplicates, or let the duplicate rule allow the integration user; then --retry",
    "DUPLICATE_VALUE": "another record holds this unique value: merge the two, or clear the value there; then --retry",
    "INSUFFICIENT_ACCESS_OR_READONLY": "give the integration user edit rights to the record; then --retry",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "give the integration user rights to the owner, account or "
    "campaign that the record points to; then --retry",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "give the integration user edit rights to the field; then --retry",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "a trigger or flow of the org failed: mend it or exempt the integration "
    "user; then --retry",
    "INACTIVE_OWNER_OR_USER": "the owner is inactive: set another in team.toml or activate the user; then --retry",
    "INVALID_CROSS_REFERENCE_KEY": "a record it points to is gone or may not be used here: correct the mapping or the "
    "roster; then --retry",
    "FIELD_INTEGRITY_EXCEPTION": "the value does not fit this kind of record: correct the mapping; then --retry",
    "UNABLE_TO_LOCK_ROW": "others wrote to the same records for long: --retry at a quieter time",
    "NO_SUCH_CAMPAIGN": "correct the campaign's id in nurture.toml; then --retry",
}
