"""Was anything of a case erased without a disposal, and is a case that was disposed of really empty? Part of `huiyin verify`.

The only way in which something of a case is erased is the event `disposed`: a key that is destroyed, a closed text that is blank, a file that is
gone without it is a finding, and so is what is left of a case that has it. Drafts have a key of their own, which goes when they are sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from huiyin.cases.drafts import PARTY as DRAFT
from huiyin.cases.models import Event, PartyCode
from huiyin.evidence.models import File
from huiyin.vault.models import BlindIndex, DataKey, Record

DISPOSED: Final = "disposed"
Difference = tuple[int, str, str]  # case, kind of finding (erased | left), what: never a value


def differences(page: Sequence[int]) -> Iterator[Difference]:
    """What does not fit in these cases. The events are read last: of a disposal meanwhile its event is seen by whoever saw what it destroyed."""
    gone, there = list(_gone(page)), list(_there(page))
    done = set(Event.objects.filter(case_id__in=page, name=DISPOSED).values_list("case_id", flat=True))
    yield from ((case, "erased", what) for case, what in gone if case not in done)
    yield from ((case, "left", what) for case, what in there if case in done)


def _gone(page: Sequence[int]) -> Iterator[tuple[int, str]]:
    keys = DataKey.objects.filter(case_id__in=page).exclude(party=DRAFT)
    for case, party in keys.filter(wrapped__isnull=True).order_by("case_id", "id").values_list("case_id", "party"):
        yield case, f"key of party {party}" if party else "key of the texts"
    blank = Record.objects.filter(key__case_id__in=page, cipher=b"", key__wrapped__isnull=False).order_by(
        "key__case_id", "ref"
    )
    for case, ref in blank.values_list("key__case_id", "ref"):
        yield case, f"record {ref}"
    for case, pk in (
        File.objects.filter(case_id__in=page, address="").order_by("case_id", "pk").values_list("case_id", "pk")
    ):
        yield case, f"file {pk}"


def _there(page: Sequence[int]) -> Iterator[tuple[int, str]]:
    keys = DataKey.objects.filter(case_id__in=page, wrapped__isnull=False)
    for case, party in keys.order_by("case_id", "id").values_list("case_id", "party"):
        yield case, f"key of party {party}" if party else "key of the texts"
    records = Record.objects.filter(key__case_id__in=page, key__wrapped__isnull=True).exclude(cipher=b"")
    for case, ref in records.order_by("key__case_id", "ref").values_list("key__case_id", "ref"):
        yield case, f"record {ref}"
    for case, pk in (
        File.objects.filter(case_id__in=page).exclude(address="").order_by("case_id", "pk").values_list("case_id", "pk")
    ):
        yield case, f"file {pk}"
    for model, what in ((PartyCode, "answer code"), (BlindIndex, "blind index")):
        found = (
            model._default_manager.filter(case_id__in=page)
            .order_by("case_id")
            .values_list("case_id", flat=True)
            .distinct()
        )
        yield from ((case, what) for case in found)
