"""What was typed but not registered: sealed, without number, under the id that the case will have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from huiyin.cases import clock, numbers
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.models import Draft
from huiyin.cases.sent_files import file_id
from huiyin.evidence import actions as evidence
from huiyin.moments import stored
from huiyin.vault import actions as vault
from huiyin.vault.erasing import destroy_keys

PARTY = "draft"  # drafts have a key of their own: what was typed and not sent is erased without touching the case


def save(
    owner: str, data: Mapping[str, Any], *, procedure: str = "", unit: str = "", draft: int | None = None
) -> Draft:
    """Keep what was typed, as it was typed. `draft`: the one that goes on. Raises NoSuchCase when it is not this owner's."""
    with transaction.atomic():
        row = Draft(id=numbers.case_ids(1)[0], owner=owner) if draft is None else _own(owner, draft)
        row.procedure_id, row.unit, row.saved = procedure, unit, stored(clock.now())
        row.ref = vault.seal(row.pk, "draft", dict(data), party=PARTY).ref
        row.save()
        sent = [id for values in data.values() for value in _several(values) if (id := file_id(value))]
        if sent:  # of a visit they stay as long as the visit may; at a desk as long as the draft
            evidence.touch(sent, owner, None if owner.startswith("web:") else row.pk)
    return row


def load(owner: str, draft: int) -> dict[str, Any]:
    """What was typed. Raises NoSuchCase."""
    ref = _own(owner, draft).ref
    return dict(vault.open_many([ref])[ref] or {})


def drop(owner: str, draft: int) -> None:
    """It was sent or given up: the key goes, and with it everything that was typed. Raises NoSuchCase."""
    with transaction.atomic():
        row = _own(owner, draft)
        destroy_keys(row.pk, party=PARTY)
        row.delete()
        evidence.drop_of_draft(draft)


def forget(older_than: timedelta) -> int:
    """Drafts that nobody went on with for so long: their keys go, one draft at a time. Returns how many."""
    count, before = 0, stored(clock.now() - older_than)
    for row in Draft.objects.filter(saved__lt=before).order_by("saved")[:1000]:
        with transaction.atomic():
            if Draft.objects.filter(pk=row.pk, saved__lt=before).delete()[0]:
                destroy_keys(row.pk, party=PARTY)
                evidence.drop_of_draft(row.pk)
                count += 1
    return count


def _several(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def _own(owner: str, draft: int) -> Draft:
    found = Draft.objects.filter(pk=draft, owner=owner).first()
    if found is None:
        raise NoSuchCase(f"draft {draft}")
    return found
