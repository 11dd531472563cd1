"""What a person can do about HubSpot's refusals of a record, by error code (contract sheet 9)."""

from __future__ import annotations

from collections.abc import Mapping

REMEDIES: Mapping[str, str] = {
    "LIST_KEEPS_ITSELF": "the list filters its members itself: map a static list in nurture.toml; then --retry",
    "INVALID_OPTION": "add the option to the property, or map it to one that exists (write_values in fields.toml); "
    "then --retry",
    "PROPERTY_DOESNT_EXIST": "create the property, or take it out of fields.toml; then --retry",
    "READ_ONLY_VALUE": "the property is read-only in HubSpot: take the write out of fields.toml; then --retry",
    "INVALID_EMAIL": "correct the e-mail address in the CRM that holds it; then --retry",
    "INVALID_EMAIL_ADDRESS": "correct the e-mail address in the CRM that holds it; then --retry",
    "CONTACT_EXISTS": "another contact holds this e-mail address: merge the two; then --retry",
    "CONFLICT": "another record holds this unique value: merge the two, or clear the value there; then --retry",
    "OBJECT_ALREADY_EXISTS": "another record holds this unique value: merge the two, or clear it there; then --retry",
    "VALIDATION_ERROR": "correct the value, or the property's rules in HubSpot; then --retry",
    "INVALID_OWNER_ID": "the owner does not exist in HubSpot any more: correct team.toml; then --retry",
    "INVALID_INTEGER": "the property takes whole numbers only: correct the mapping; then --retry",
    "INVALID_LONG": "the property takes whole numbers only: correct the mapping; then --retry",
    "INVALID_DATE": "the property takes dates only: correct the mapping; then --retry",
}
