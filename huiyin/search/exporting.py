"""Lists to take away: every one entered with its reason, sent as a stream or made in the background, never more than its reader may see.

A list in the background is made by whichever worker comes first, in a thread of its own, and lies closed under a key of its own until it is
fetched. A worker that dies leaves it behind with an old beat, and another begins it anew.
"""

from __future__ import annotations

import csv
import io
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, cast

import xlsxwriter
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.accounts import looks
from huiyin.cases.models import ORDINARY
from huiyin.cells import harmless
from huiyin.core.facts import UNWRITABLE
from huiyin.evidence.storage import KEY, Reader, Writer
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.search import listing, searching
from huiyin.search.models import Export
from huiyin.search.searching import Filters
from huiyin.vault import keys, lists

CSV, XLSX = "csv", "xlsx"
WAITING, RUNNING, SENDING, DONE, FAILED, BROKEN = "waiting", "running", "sending", "done", "failed", "broken"
AT_ONCE: Final = 200  # cases in one read
BEAT: Final = timedelta(seconds=3)  # how often progress is written
DEAD: Final = timedelta(minutes=5)  # without a beat for so long: nobody is at it
KEPT: Final = timedelta(days=7)
SHEET: Final = 1_000_000  # rows; a spreadsheet takes 1,048,576
OPEN_AT_ONCE: Final = 3  # lists of one person that wait or run
PART: Final = "export"
TOPIC: Final = "export"
FILES: Final = "exports"  # folder beside the database


log = logging.getLogger("huiyin.search")
Tell = Callable[[Export, Officer], None]


class BadExport(ValueError):
    """What was asked of a list cannot be: the text says why."""


def begin(officer: Officer, typed: str, filters: Filters, *, reason: str, format: str, now: bool) -> Export:
    """Enter a list that somebody takes away; `now`: it is sent at once, else a worker makes it. Raises BadExport, Busy."""
    reason = UNWRITABLE.sub("", reason).strip()[:300]
    if not reason:
        raise BadExport(_("请写明导出的用途，会和导出的内容一起记录。"))
    if format not in (CSV, XLSX) or (now and format != CSV):
        raise BadExport(_("请选择导出的格式。"))
    actor = org.actor_of(officer)
    if not now and Export.objects.filter(person=actor.person, state__in=(WAITING, RUNNING)).count() >= OPEN_AT_ONCE:
        raise BadExport(_("您已有几份表格正在生成，请等它们完成。"))
    searching.note(officer, typed, filters, 0, f"export-{format}")
    moment = timezone.now()
    return Export.objects.create(
        made=moment, officer_id=officer.pk, person=actor.person, role=actor.role, unit=officer.unit_id, reason=reason, format=format,
        asked=lists.close(PART, [typed, _written(filters)]), filters=filters.said(), state=SENDING if now else WAITING, beat=moment,
    )  # fmt: skip


def _written(filters: Filters) -> dict[str, str]:
    return {
        name: value.isoformat() if isinstance(value, date) else str(value or "")
        for name, value in asdict(filters).items()
    }


def asked(export: Export) -> tuple[str, Filters]:
    """What it is a list of."""
    typed, given = lists.opened(PART, bytes(export.asked))
    days = {name: date.fromisoformat(given[name]) if given[name] else None for name in ("since", "until")}
    return typed, Filters(**{**given, **days})


# -- its rows


def _rows(export: Export, officer: Officer) -> Iterator[list[list[listing.Cell]]]:
    """Row by row as they are read, with the progress written down beside. A report or the like tells itself to whom it went out, before it does."""
    typed, filters = asked(export)
    last = timezone.now()
    for cases in searching.everything(officer, typed, filters, AT_ONCE):
        secret = [case.pk for case in cases if case.secrecy != ORDINARY]
        looks.exported(officer, secret, f"search {export.format} {export.pk}", export.reason)
        found = listing.rows(officer, cases)
        export.rows += len(found)
        yield found
        if timezone.now() - last > BEAT:
            last = timezone.now()
            Export.objects.filter(pk=export.pk).update(rows=export.rows, beat=last)


def _end(export: Export, state: str, **more: Any) -> None:
    moment = timezone.now()
    Export.objects.filter(pk=export.pk).update(state=state, rows=export.rows, beat=moment, ended=moment, **more)


def as_stream(export: Export, officer: Officer) -> Iterator[bytes]:
    """The list as CSV while it is read, with the mark by which spreadsheets know UTF-8. Whether it was sent to its end stands in its row."""
    state = BROKEN
    try:
        yield ("\ufeff" + _lines([list(listing.header())])).encode()
        for rows in _rows(export, officer):
            yield _lines(rows).encode()
        state = DONE
    finally:
        _end(export, state)


def _lines(rows: list[list[listing.Cell]]) -> str:
    found = io.StringIO()
    csv.writer(found).writerows([[harmless(cell) for cell in row] for row in rows])
    return found.getvalue()


# -- in the background


def make_waiting(tell: Tell) -> int:
    """Begin the list that has waited longest, unless this process is at one already. What the worker calls every few seconds; `tell` lets its
    reader know when it is there."""
    if _busy.locked():
        return 0
    export = _claimed()
    if export is None:
        return 0
    threading.Thread(target=_apart, args=(export, tell), name="huiyin-export").start()
    return 1


_busy = threading.Lock()


def _claimed() -> Export | None:
    """One that waits, or that nobody is at any more; of several workers exactly one gets it."""
    moment = timezone.now()
    free = Q(state=WAITING) | Q(state=RUNNING, beat__lt=moment - DEAD)
    for export in Export.objects.filter(free).order_by("pk")[:5]:
        mine = Export.objects.filter(pk=export.pk, state=export.state, beat=export.beat)
        if mine.update(state=RUNNING, beat=moment, rows=0):
            export.rows = 0
            return export
    return None


def _apart(export: Export, tell: Tell) -> None:
    """In a thread with a connection of its own."""
    try:
        with _busy:
            make(export, tell)
    except Exception:  # as in the worker's loop: one list that fails stops nothing else
        log.exception("list %s could not be made", export.pk)
    finally:
        connection.close()


def make(export: Export, tell: Tell) -> None:
    """Make the list of a claimed row, close it, and tell its reader."""
    officer = Officer.objects.filter(org.in_force(org.today()), pk=export.officer_id, person__is_active=True).first()
    if officer is None:
        _end(export, FAILED)  # who holds the posting no more takes nothing away
        return
    key = os.urandom(KEY)
    writer = Writer(key, PART)
    try:
        (_csv if export.format == CSV else _xlsx)(export, officer, writer)
        writer.place_at(path_of(export))
    except BaseException:
        writer.drop()
        _end(export, FAILED)
        raise
    ring = keys.ring()
    _end(export, DONE, master=ring.current, wrapped=ring.wrap(key, _about(export)), size=writer.size)
    tell(export, officer)


def _csv(export: Export, officer: Officer, writer: Writer) -> None:
    writer.write(("\ufeff" + _lines([list(listing.header())])).encode())
    for rows in _rows(export, officer):
        writer.write(_lines(rows).encode())


def _xlsx(export: Export, officer: Officer, writer: Writer) -> None:
    """Row by row, so that a million need no more memory than a hundred. Texts stay texts: nothing in them is worked out or becomes a link."""
    with tempfile.TemporaryDirectory(
        prefix="huiyin-export-", dir=settings.HOME
    ) as folder:  # readable for nobody else, gone at the end
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        path = Path(folder) / "list.xlsx"
        with xlsxwriter.Workbook(str(path), options) as book:
            bold = book.add_format({"bold": True})
            at, sheet = SHEET + 1, cast(Any, None)
            for rows in _rows(export, officer):
                for row in rows:
                    if at > SHEET:
                        sheet, at = book.add_worksheet(), 1
                        sheet.freeze_panes(1, 1)
                        sheet.set_column(0, len(row) - 1, 16)
                        sheet.write_row(0, 0, listing.header(), bold)
                    for column, cell in enumerate(row):
                        (sheet.write_number if isinstance(cell, int) else sheet.write_string)(at, column, cell)
                    at += 1
            if sheet is None:
                book.add_worksheet().write_row(0, 0, listing.header(), bold)
        with path.open("rb") as made:
            while some := made.read(1 << 20):
                writer.write(some)


# -- its file


def path_of(export: Export) -> Path:
    """Where its file lies."""
    return Path(settings.HOME) / FILES / f"{export.pk}"


def _about(export: Export) -> bytes:
    return f"huiyin export\0{export.pk}".encode()


def masters() -> set[str]:
    """Master keys that lists still lying here are closed under: a rotation keeps them as long."""
    return set(Export.objects.filter(size__gt=0).values_list("master", flat=True).distinct()) - {""}


def wrap_anew() -> int:
    """Close the keys of lists still lying here under the current master key, and what was asked by the suite of the setting; part of a
    rotation. Returns how many."""
    ring, count = keys.reload(), lists.close_anew(Export.objects.all(), "asked", lambda row: PART)
    for pk in list(
        Export.objects.filter(size__gt=0).exclude(master=ring.current).order_by("pk").values_list("pk", flat=True)
    ):
        with transaction.atomic():
            export = Export.objects.select_for_update().get(pk=pk)
            if export.master and export.master != ring.current:
                key = ring.unwrap(export.master, bytes(export.wrapped), _about(export))
                export.wrapped, export.master = ring.wrap(key, _about(export)), ring.current
                export.save(update_fields=["wrapped", "master"])
                count += 1
    return count


def opened(export: Export) -> Reader:
    """Its content. Raises Unreadable when the file is gone."""
    ring = keys.ring() if export.master in keys.ring().masters else keys.reload()  # another process may have rotated it
    return Reader(path_of(export), ring.unwrap(export.master, bytes(export.wrapped), _about(export)), PART)


def forget() -> int:
    """Take away files that have lain long enough; their rows stay. Returns how many."""
    old = list(Export.objects.filter(size__gt=0, ended__lt=timezone.now() - KEPT)[:100])
    for export in old:
        path_of(export).unlink(missing_ok=True)
        Export.objects.filter(pk=export.pk).update(size=0, wrapped=b"", master="")
    return len(old)


def of_person(officer: Officer, most: int = 50) -> list[Export]:
    """Lists that this person took away or asked for, the newest first."""
    return list(Export.objects.filter(person=officer.person.key).order_by("-pk")[:most])


def one_of(officer: Officer, pk: int) -> Export | None:
    """That list, when it is his and was made for the posting in which he asks."""
    return Export.objects.filter(pk=pk, person=officer.person.key, officer_id=officer.pk).first()
