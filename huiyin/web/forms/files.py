"""Files in forms: choosing several, or taking a photograph; what was sent before stays with the form, without scripts and whatever else is wrong.

A view calls `take_in` before it looks at what was typed: uploads are taken in at once and stand as `file:<id>` among the texts of their field
from then on, in drafts too. `tell` lets the form say which were not taken, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from huiyin.accounts import throttle
from huiyin.cases.sent_files import file_id
from huiyin.evidence import actions as evidence
from huiyin.evidence import queries
from huiyin.evidence.errors import BadFile
from huiyin.evidence.kinds import ACCEPT, KINDS, taken
from huiyin.evidence.models import Stored
from huiyin.evidence.uploads import Received
from huiyin.web import words

NEW: Final = "-new"  # the input of files that are being sent
GONE: Final = "-gone"  # ticks of files that are to be taken out again
REFUSED: Final = "refused_files"


def take_in(request: HttpRequest, owner: str) -> None:
    """Take in what was uploaded with this request, as `owner`'s, and put it among the texts of its field. Files that are not his are left out."""
    if request.method != "POST":
        return
    data, refused = request.POST.copy(), dict[str, list[str]]()
    for name in [name for name in data if name.endswith(GONE)]:
        gone = set(data.pop(name))
        evidence.drop([id for one in gone if (id := file_id(one))], owner)
        data.setlist(name.removesuffix(GONE), [v for v in data.getlist(name.removesuffix(GONE)) if v not in gone])
    named = {id for name in data for value in data.getlist(name) if (id := file_id(value))}
    if named:
        evidence.touch(named, owner)
        mine = {*queries.staged(named, owner), *(row.pk for row in queries.files(named).values() if row.owner == owner)}
        for name in list(data):
            data.setlist(name, [v for v in data.getlist(name) if not (id := file_id(v)) or id in mine])
    for name, uploads in request.FILES.lists() if request.FILES else ():
        for upload in uploads if name.endswith(NEW) else ():
            if not request.user.is_authenticated:
                throttle.brought(request)
            try:
                data.appendlist(name.removesuffix(NEW), f"file:{_staged(upload, owner)}")
            except BadFile as bad:
                refused.setdefault(name.removesuffix(NEW), []).append(
                    _("“%(name)s”：%(says)s") % {"name": upload.name, "says": bad.says}
                )
    request.POST = data  # type: ignore[assignment]
    setattr(request, REFUSED, refused)


def _staged(upload: Any, owner: str) -> str:
    if not isinstance(upload, Received):
        raise TypeError("an upload that was not closed on its way in")
    return upload.stage(owner).pk


def tell(request: HttpRequest, form: Any) -> None:
    """Let the form say which files were not taken."""
    refused = getattr(request, REFUSED, {})
    for name, field in form.fields.items() if form is not None else ():
        if isinstance(field, FilesField):
            field.refused = refused.get(form.add_prefix(name), [])


def size_text(size: int) -> str:
    """1.2 MB, 340 KB."""
    if size >= 1_000_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{max(1, round(size / 1000))} KB"


def described(ids: Sequence[str]) -> list[dict[str, str]]:
    """Value, name, kind and size of files that are there, in this order."""
    rows: dict[str, Stored] = {**queries.staged(ids), **queries.files(ids)}
    names = queries.names([rows[id] for id in ids if id in rows])
    return [
        {
            "value": f"file:{id}", "name": names.get(id, ""), "kind": str(KINDS[rows[id].kind].label), "size": size_text(rows[id].size),
        }
        for id in dict.fromkeys(ids)
        if id in rows
    ]  # fmt: skip


class FilesWidget(forms.Widget):
    """What is there already, the inputs for more, and at desks a place for the names of papers."""

    template_name = "web/widgets/files.html"
    needs_multipart_form = True

    def __init__(self, *, papers: bool, many: bool) -> None:
        super().__init__()
        self.papers, self.many = papers, many

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Files by id, papers by name."""
        given = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        texts = given if isinstance(given, list) else [given]
        return [line.strip() for text in texts for line in str(text).splitlines() if line.strip()]

    def use_required_attribute(self, initial: Any) -> bool:
        """A file that is there already is an answer, too."""
        return False

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}{NEW}" not in files

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """For the template."""
        found = super().get_context(name, None, attrs)
        texts = [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
        ids = [id for one in texts if (id := file_id(one))]
        told = {
            "kept": described(ids) if ids else [],
            "new": f"{name}{NEW}",
            "gone": f"{name}{GONE}",
            "accept": ACCEPT,
            "many": self.many,
        }
        papers = "\n".join(one for one in texts if not file_id(one))
        found["widget"] |= {**told, "papers": self.papers, "text": papers}
        return found


class FilesField(forms.Field):
    """Files that were sent, and names of papers; a list of texts, or for a fact that takes one file that one. None when there is nothing."""

    def __init__(self, *, papers: bool = True, many: bool = True, **more: Any) -> None:
        more.setdefault("help_text", hint())
        super().__init__(widget=FilesWidget(papers=papers, many=many), **more)
        self.many, self.refused = many, list[str]()

    def clean(self, value: Any) -> Any:
        """The texts. Says which files were not taken, and which have been swept since they were sent."""
        ids = [id for one in value or () if (id := file_id(one))]
        there = {**queries.staged(ids), **queries.files(ids)} if ids else {}
        errors = list(self.refused)
        if any(id not in there for id in ids):
            errors.append(_("先前选的文件放置太久，已被清除。请重新选择。"))
        if errors:
            raise ValidationError(errors)
        super().validate(value)
        found = [one for one in value if not (id := file_id(one)) or id in there]
        if not self.many and len(found) > 1:
            raise ValidationError(_("这里只能交一个文件。"))
        return (found if self.many else found[0]) if found else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)

    def text(self, value: Any) -> str:
        """In words, for a page on which answers are checked."""
        texts = value if isinstance(value, list) else [value] if value else []
        ids = [id for one in texts if (id := file_id(one))]
        shown = [f"{row['name']}（{row['size']}）" for row in described(ids)]
        return words.listed([*shown, *(one for one in texts if not file_id(one))])


def hint() -> str:
    """What may be chosen, below the field."""
    return _("%(taken)s每个不超过 %(most)d MB。") % {"taken": taken(), "most": evidence.largest() // evidence.MEGABYTE}
