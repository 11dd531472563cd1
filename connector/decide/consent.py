"""Which channels a person allows (PLAYBOOK 7.1). The most restrictive of all records was merged before; nothing here
clears anything. Knows no CRM and no tables.
"""

from __future__ import annotations

from msgspec import Struct


class Permission(Struct, frozen=True):
    """What a company demands beside the person's own wish.

    ``require_basis_for``: a legal basis for people of these countries. ``basis_for_sources``: for people from these
    sources, wherever they live (bought lists). ``marketable_required``: only contacts that are paid for may get mail.
    """

    require_basis_for: frozenset[str] = frozenset()
    basis_for_sources: frozenset[str] = frozenset()
    marketable_required: bool = False


class ConsentFacts(Struct, frozen=True):
    """What is known of one person. ``legal_basis``: as the CRM says it, several joined by ``;``.

    ``marketable``: whether the person is a paid marketing contact; ``None``: not known. ``source``: where they came
    from first.
    """

    has_email: bool
    has_phone: bool
    email_opt_out: bool = False
    phone_opt_out: bool = False
    hard_bounced: bool = False
    processing_restricted: bool = False
    country: str | None = None
    legal_basis: str | None = None
    marketable: bool | None = None
    source: str | None = None


class Channels(Struct, frozen=True):
    """Whether mail and calls are allowed."""

    email: bool
    phone: bool

    @property
    def any(self) -> bool:
        """Whether there is any way to reach the person."""
        return self.email or self.phone


NO_BASIS = ("", "not applicable")


def channels(facts: ConsentFacts, permission: Permission) -> Channels:
    """What is allowed. Somebody whose data may not be processed is not reached at all."""
    if facts.processing_restricted:
        return Channels(email=False, phone=False)
    asked = facts.has_email and not facts.email_opt_out and not facts.hard_bounced
    return Channels(
        email=asked and _has_basis(facts, permission) and _is_paid_for(facts, permission),
        phone=facts.has_phone and not facts.phone_opt_out,
    )


def _has_basis(facts: ConsentFacts, permission: Permission) -> bool:
    asked_by_country = (facts.country or "").strip().casefold() in permission.require_basis_for
    if not asked_by_country and (facts.source or "") not in permission.basis_for_sources:
        return True
    named = {part.strip().casefold() for part in (facts.legal_basis or "").split(";")}
    return bool(named - set(NO_BASIS))


def _is_paid_for(facts: ConsentFacts, permission: Permission) -> bool:
    return not permission.marketable_required or facts.marketable is True
