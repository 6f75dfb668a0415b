"""Does every record of the vault still open and fit its commitment? Part of `huiyin verify`; needs the keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from huiyin.vault import actions
from huiyin.vault.errors import VaultError
from huiyin.vault.models import Record


@dataclass(frozen=True, slots=True)
class Fault:
    """One record that does not hold; `what` names no value."""

    case_id: int
    ref: str
    what: str


def faults(cases: Sequence[int] | None = None) -> Iterator[Fault]:
    """Records that were altered or swapped, of some cases or of all, in pages by ref. Erased records are as they should be."""
    last = ""
    chosen = Record.objects.select_related("key").order_by("ref")
    if cases is not None:
        chosen = chosen.filter(key__case_id__in=cases)  # keys are found by case, records are not
    while page := list(chosen.filter(ref__gt=last)[:1000]):
        for record in page:
            try:
                actions.opened(record)
            except VaultError as error:
                yield Fault(record.case_id, record.ref, str(error))
            if record.case_id != record.key.case_id:
                yield Fault(
                    record.case_id, record.ref, f"record {record.ref} is closed with a key of case {record.key.case_id}"
                )
        last = page[-1].ref
