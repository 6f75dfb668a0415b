"""The form of a register's entry: one field for each of the rules', in their order. Cases are linked on the page of the entry, not here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.db.models import Case, When
from django.utils.translation import gettext as _

from huiyin.cases.access import viewer
from huiyin.core.registers import Field, Register
from huiyin.org import categories
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.registers import queries
from huiyin.registers.queries import Opened
from huiyin.web import choices, words
from huiyin.web.forms import widgets
from huiyin.web.forms.fields import FEW, MANY, Day, Lines, Listed, Moment, Money, Options, YesNo

LONGEST: Final = 4000
MOST_PEOPLE: Final = 400


class EntryForm(forms.Form):
    """The values of an entry; `names` keeps it to some fields (those of a step). `over`: the entry, or the one it is to hang under."""

    def __init__(
        self,
        register: Register,
        by: Officer,
        over: Opened | None = None,
        names: Iterable[str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        self.register, self.by, self.over = register, by, over
        wanted = [register.fields[n] for n in names] if names is not None else list(register.fields.values())
        for one in wanted:
            if one.type != "cases":
                self.fields[one.name] = self._field(one)

    def _field(self, one: Field) -> forms.Field:
        more: dict[str, Any] = {"label": one.label, "required": one.required, "help_text": one.help}
        if one.personal:
            kept = self.initial.pop(one.name, None)
            more["help_text"] = _("已填写，不改就留空。") if kept else one.help or _("加密保存，查看时写明原因。")
            more["required"] = one.required and not kept
        found = _FIELDS.get(one.type, EntryForm._text)(self, one, more)
        found.group = isinstance(found.widget, widgets.Choices | widgets.Ticks)
        return found

    def values(self) -> dict[str, Any]:
        """As the act takes them; a personal value that was left empty stays as it is."""
        given = {name: value for name, value in self.cleaned_data.items() if name in self.register.fields}
        return {n: v for n, v in given.items() if v not in (None, "") or not self.register.fields[n].personal}

    # -- one field for each type

    def _text(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return forms.CharField(max_length=500, **more)

    def _long(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return forms.CharField(max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3, "class": "low"}), **more)

    def _number(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return forms.IntegerField(min_value=0, max_value=10**9, **more)

    def _yes(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return YesNo(**more)

    def _date(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return Day(**more)

    def _moment(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return Moment(**more)

    def _money(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return Money(min_value=0, max_digits=14, decimal_places=2, **more)

    def _texts(self, one: Field, more: dict[str, Any]) -> forms.Field:
        more["help_text"] = one.help or _("每行一项。")
        return Lines(max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3, "class": "low"}), **more)

    def _choice(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return _one(list(one.options.items()), more)

    def _choices(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return _some(list(one.options.items()), more)

    def _unit(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return _one(self._units(), more)

    def _units_field(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return _some([pair for _label, found in self._units() for pair in found], more)

    def _units(self) -> Options:
        here = self.over.entry.unit if self.over else self.by.unit_id
        return choices.units(org.tree(org.body_of(here)), here)

    def _officer(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return _one(people(self.by, self.over), more)

    def _officers(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return _some(people(self.by, self.over), more)

    def _area(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return _one(choices.areas(), more)

    def _role(self, one: Field, more: dict[str, Any]) -> forms.Field:
        roles = words.vocabulary().roles
        return _one(
            [
                (r, words.role_label(r))
                for r, v in roles.items()
                if v["side"] == "inside" and r not in ("any", "system")
            ],
            more,
        )

    def _categories(self, one: Field, more: dict[str, Any]) -> forms.Field:
        return _some(_category_options(), more)

    def _period(self, one: Field, more: dict[str, Any]) -> forms.Field:
        more["help_text"] = one.help or _("如 2011、2011-H1、2011-Q4、2011-05。")
        return forms.RegexField(r"^\d{4}(-(Q[1-4]|H[12]|0[1-9]|1[0-2]))?$", **more)

    def _entries(self, one: Field, more: dict[str, Any]) -> forms.Field:
        rows = self._choosable(one)
        return _some([(str(pk), label) for pk, label in rows], more, SomeEntries)

    def _choosable(self, one: Field) -> list[tuple[int, str]]:
        """Entries that a field may point to: of the tree and of the registers its rules select, as far as the officer finds them."""
        known = (
            [i for i in self.over.ask.book.items.values() if i.register in one.of and not i.annulled]
            if self.over
            else []
        )
        rows = queries.visible_to(self.by).filter(pk__in=[i.id for i in known]).order_by("pk")
        return [(r.pk, queries.listed(r).label) for r in rows]

    def _entry(self, one: Field, more: dict[str, Any]) -> forms.Field:
        options = [("", _("不选")), *((str(pk), label) for pk, label in self._choosable(one))]
        return forms.TypedChoiceField(choices=options, coerce=int, empty_value=None, **more)


class SomeEntries(Listed):
    """Several entries, by their ids."""

    def clean(self, value: Any) -> Any:
        """Ids as numbers."""
        return [int(v) for v in super().clean(value) or ()] or None


def _one(options: Options, more: dict[str, Any]) -> forms.Field:
    if len(options) <= FEW and not any(isinstance(label, list | tuple) for _value, label in options):
        shown = list(options) if more["required"] else [*options, ("", _("不填"))]
        return forms.ChoiceField(choices=shown, widget=widgets.Choices, **more)
    return forms.ChoiceField(choices=[("", _("请选择")), *options], **more)


def _some(options: Options, more: dict[str, Any], kind: type[Listed] = Listed) -> forms.Field:
    number = sum(len(label) if isinstance(label, list | tuple) else 1 for _value, label in options)
    return kind(choices=options, widget=widgets.Ticks(attrs={"class": "tall"} if number > MANY else None), **more)


def _category_options() -> Sequence[tuple[str, str]]:
    return [(c.id, c.path_text) for _scheme, known in categories.choices(org.today()) for c in known]


def people(by: Officer, over: Opened | None) -> Options:
    """People of the units near by, unit by unit: the own and those below, and those of the entry with what is below it."""
    units = set(viewer(by).units)
    if over is not None:
        units |= {over.entry.unit, *org.tree().below(over.entry.unit), *(over.item.get("units") or ())}
        units |= {u for i in over.ask.book.above(over.item) for u in (i.unit, *(i.get("units") or ()))}
    rows = Officer.objects.filter(org.in_force(org.today()), unit_id__in=units, person__is_active=True, deputy_for=None)
    groups: dict[str, dict[str, str]] = {}
    taken = set[str]()
    own = Case(When(unit_id=by.unit_id, then=0), default=1)
    for row in rows.select_related("person", "unit").order_by(own, "unit_id", "pk")[:MOST_PEOPLE]:
        if row.person.key not in taken:
            taken.add(row.person.key)
            said = _("%(name)s（%(role)s）") % {"name": row.person.display_name, "role": words.role_label(row.role)}
            groups.setdefault(row.unit.label, {})[row.person.key] = said
    return [(label, list(found.items())) for label, found in groups.items()]


_FIELDS: Final[dict[str, Any]] = {
    "long": EntryForm._long, "number": EntryForm._number, "yes": EntryForm._yes, "date": EntryForm._date, "moment": EntryForm._moment,
    "money": EntryForm._money, "texts": EntryForm._texts, "choice": EntryForm._choice, "choices": EntryForm._choices, "unit": EntryForm._unit,
    "units": EntryForm._units_field, "officer": EntryForm._officer, "officers": EntryForm._officers, "area": EntryForm._area,
    "role": EntryForm._role, "categories": EntryForm._categories, "period": EntryForm._period, "entry": EntryForm._entry,
    "entries": EntryForm._entries,
}  # fmt: skip


class ReasonForm(forms.Form):
    """Why something that stands in a register is corrected or taken out."""

    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 2, "class": "low"}))

    def __init__(self, *, needed: bool, **more: Any) -> None:
        super().__init__(**more)
        self.fields["reason"].label = _("理由")
        self.fields["reason"].help_text = (
            _("更正已经填写的内容须写明理由，留在历史里。") if not needed else _("留在历史里，记录本身不删除。")
        )
        self.fields["reason"].required = needed
