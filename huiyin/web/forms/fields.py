"""A form field for each type of fact of the vocabulary. A field yields what `huiyin.core.facts.parse` takes, or None when left empty."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.cases.plain import check_identifiers
from huiyin.cases.reasons import FAULTS
from huiyin.core.facts import BadFact
from huiyin.core.identifiers import fault_of_credit_code
from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.core.workdays import Period
from huiyin.web.forms import trees, widgets
from huiyin.web.forms.files import FilesField, FilesWidget

FEW: Final = 8  # so many choices all stand in sight; more of them become a drop-down list
MANY: Final = 12  # a list of ticks longer than this scrolls
LONGEST: Final = 20_000  # characters of one text
SHORT_TEXTS: Final = frozenset(
    {"doc_no", "basis", "refer_to", "account", "month", "phone", "field", "case_subject", "body", "sender", "sender_no",
     "external_system", "external_no", "campaign", "notice_required_by", "goods_model", "trademark", "subject", "when", "where", "who",
     "name", "address", "postcode", "email", "id_type", "id_number", "contact_person", "post", "credit_code", "goods", "where_to"}
)  # fmt: skip
UNITS_OF_TIME: Final = ("working_day", "day", "hour", "week", "month")
ID: Final = re.compile(r"[A-Za-z0-9_:.-]{1,64}", re.ASCII)
Options = Sequence[tuple[str, Any]]  # (value, label), or (group, its options)


@dataclass(frozen=True)
class Offered:
    """What one may choose from in the case at hand: units in groups, officers, parties, places, clauses."""

    units: Options = ()
    officers: Options = ()
    parties: Options = ()
    places: Options = ()
    grounds: Options = ()
    limits: Options = ()
    clauses: Options = ()
    events: Options = ()
    cases: Options = ()  # numbers that a field for another case suggests
    of: Mapping[str, Options] = field(default_factory=dict)  # of one fact, where it has a list of its own
    codes: Mapping[str, Options] = field(default_factory=dict)  # of value sets whose codes an office keeps itself


class Listed(forms.MultipleChoiceField):
    """Several of a list, as a list of values; None when none is chosen."""

    def clean(self, value: Any) -> Any:
        """The values in the order of the list."""
        return super().clean(value) or None


class Lines(forms.CharField):
    """Several short texts, one a line."""

    def clean(self, value: Any) -> Any:
        """The lines without the empty ones; None when there is none."""
        return [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()] or None


class Picked(forms.TypedChoiceField):
    """One of a list that is kept to what makes sense. Something else is no mistake of the form: the rules say what is wrong with it."""

    def valid_value(self, value: Any) -> bool:
        """Anything that could be an id."""
        return ID.fullmatch(str(value)) is not None or super().valid_value(value)


class PickedSome(Listed):
    """Several of such a list."""

    def valid_value(self, value: Any) -> bool:
        """Anything that could be an id."""
        return ID.fullmatch(str(value)) is not None or super().valid_value(value)


class YesNo(forms.TypedChoiceField):
    """Yes, no, or not said: the last is no answer at all."""

    def __init__(self, **more: Any) -> None:
        choices = [("true", gettext_lazy("是")), ("false", gettext_lazy("否"))]
        if not more.get("required"):
            choices.append(("", gettext_lazy("不填")))
        super().__init__(
            choices=choices, coerce=lambda v: v == "true", empty_value=None, widget=widgets.Choices, **more
        )

    def must_say(self) -> None:
        """A rule asks for it: leaving it open is no choice."""
        self.choices = [("true", gettext_lazy("是")), ("false", gettext_lazy("否"))]

    def prepare_value(self, value: Any) -> Any:
        """True and false as the inputs name them."""
        return str(value).lower() if isinstance(value, bool) else value


class Money(forms.DecimalField):
    """Typed in yuan, kept in fen."""

    def clean(self, value: Any) -> Any:
        """Whole fen."""
        found = super().clean(value)
        return None if found is None else int(found * 100)

    def prepare_value(self, value: Any) -> Any:
        """Fen back into yuan."""
        return Decimal(value) / 100 if isinstance(value, int) else value


class Moment(forms.DateTimeField):
    """Local time without zone, as the core counts."""

    widget = widgets.Moment

    def to_python(self, value: Any) -> datetime | None:
        """The moment as typed. Django would put the zone to it."""
        if value in self.empty_values:
            return None
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise ValidationError(_("请写成 2026-05-29T09:00 这样的日期和时间。"), code="invalid")
        return moment.replace(tzinfo=None, microsecond=0)


class Day(forms.DateField):
    """A date; what no calendar has (30 February) is said to be so."""

    widget = widgets.Day

    def to_python(self, value: Any) -> date | None:
        """The date as typed."""
        if value in self.empty_values or isinstance(value, date):
            return value or None
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError:
            raise ValidationError(
                _("没有“%(value)s”这个日期，请写成 2026-05-29 这样。"), code="invalid", params={"value": value}
            )


class Length(forms.MultiValueField):
    """A period such as 5 working days."""

    def __init__(self, vocabulary: Vocabulary, **more: Any) -> None:
        units = [("", _("单位"))] + [(u, vocabulary.units_of_time[u]) for u in UNITS_OF_TIME]
        number = forms.IntegerField(min_value=1, max_value=3660, required=False)
        unit = forms.ChoiceField(choices=units, required=False)
        attrs = [
            forms.NumberInput(attrs={"min": 1, "aria-label": _("数量")}),
            forms.Select(choices=units, attrs={"aria-label": _("单位")}),
        ]
        super().__init__([number, unit], widget=widgets.Length(attrs), require_all_fields=False, **more)

    def compress(self, data_list: list[Any]) -> Period | None:
        """Both parts, or nothing."""
        if not data_list or not (data_list[0] or data_list[1]):
            return None
        if not all(data_list):
            raise ValidationError(_("请同时填写数量和单位。"), code="incomplete")
        return Period(data_list[0], data_list[1])


def field_for(fact: FactType, vocabulary: Vocabulary, offered: Offered, **more: Any) -> forms.Field:
    """The field of one fact. Raises KeyError for a type that has none."""
    more.setdefault("required", fact.required)
    more.setdefault("label", fact.label_zh)
    found: forms.Field = BY_NAME.get(fact.name, MAKERS[fact.type])(fact, vocabulary, offered, more)
    found.group = isinstance(found.widget, forms.RadioSelect | forms.CheckboxSelectMultiple | FilesWidget)  # type: ignore[attr-defined]
    if fact.name in CHECKED:
        found.validators.append(check_of(fact.name, str(more["label"])))
    return found


def _one(
    options: Options, more: dict[str, Any], kind: type[forms.TypedChoiceField] = forms.TypedChoiceField
) -> forms.Field:
    """One of the options; None when left open."""
    if 0 < len(options) <= FEW and not any(isinstance(label, list | tuple) for _value, label in options):
        choices = list(options) if more["required"] else [*options, ("", _("不填"))]
        return kind(choices=choices, empty_value=None, widget=widgets.Choices, **more)
    return kind(choices=[("", _("请选择")), *options], empty_value=None, **more)


def _some(options: Options, more: dict[str, Any], kind: type[Listed] = Listed) -> forms.Field:
    flat = sum(len(label) if isinstance(label, list | tuple) else 1 for _value, label in options)
    return kind(choices=options, widget=widgets.Ticks(attrs={"class": "tall"} if flat > MANY else None), **more)


def _text(fact: FactType, vocabulary: Vocabulary, offered: Offered, more: dict[str, Any]) -> forms.Field:
    if offered.of.get(fact.name):  # the rules list what may stand there; whatever else is sent they judge themselves
        return _one(offered.of[fact.name], more, Picked)
    if fact.name in SHORT_TEXTS:
        return forms.CharField(max_length=500, empty_value=None, **more)
    return forms.CharField(max_length=LONGEST, empty_value=None, widget=forms.Textarea(attrs={"rows": 3}), **more)


def _lines(fact: FactType, vocabulary: Vocabulary, offered: Offered, more: dict[str, Any]) -> forms.Field:
    more.setdefault("help_text", _("每行一项。"))
    return Lines(max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2, "class": "low"}), **more)


def _codes(values: str | None, vocabulary: Vocabulary, offered: Offered) -> Options:
    return offered.codes.get(values or "") or list(vocabulary.values.get(values or "", {}).items())


def _plain(options: Callable[[Offered], Options], several: bool = False) -> Callable[..., forms.Field]:
    """A field over one of the lists of what is offered; free text where that list is empty (a clause)."""

    def make(fact: FactType, vocabulary: Vocabulary, offered: Offered, more: dict[str, Any]) -> forms.Field:
        found = offered.of.get(fact.name) or options(offered)
        if not found:
            return (
                _lines(fact, vocabulary, offered, more)
                if several
                else forms.CharField(max_length=120, empty_value=None, **more)
            )
        wide = fact.type in ("unit", "units")
        if several:
            return _some(found, more, PickedSome if wide else Listed)
        return _one(found, more, Picked if wide else forms.TypedChoiceField)

    return make


def _case(fact: FactType, vocabulary: Vocabulary, offered: Offered, more: dict[str, Any]) -> forms.Field:
    """Another case by its number, with those suggested that are known to belong together."""
    more.setdefault("help_text", _("写案件编号；几个单位编号相同的，写 #序号。"))
    return forms.CharField(max_length=120, empty_value=None, widget=widgets.Suggested(offered.cases), **more)


MAKERS: Final[dict[str, Callable[..., forms.Field]]] = {
    "text": _text,
    "texts": _lines,
    "files": lambda f, v, o, more: FilesField(**more),
    "file": lambda f, v, o, more: FilesField(many=False, **more),
    "code": lambda f, v, o, more: _one(_codes(f.values, v, o), more),
    "codes": lambda f, v, o, more: (
        _some(_codes(f.values, v, o), more) if _codes(f.values, v, o) else _lines(f, v, o, more)
    ),
    "bool": lambda f, v, o, more: YesNo(**more),
    "int": lambda f, v, o, more: forms.IntegerField(min_value=0, max_value=1_000_000, **more),
    "money_fen": lambda f, v, o, more: Money(
        **{"help_text": _("单位：元。"), **more}, min_value=0, max_digits=14, decimal_places=2
    ),
    "date": lambda f, v, o, more: Day(**more),
    "moment": lambda f, v, o, more: Moment(**more),
    "period": lambda f, v, o, more: Length(v, **more),
    "unit": _plain(lambda o: o.units),
    "units": _plain(lambda o: o.units, several=True),
    "officer": _plain(lambda o: o.officers),
    "officers": _plain(lambda o: o.officers, several=True),
    "party": _plain(lambda o: o.parties),
    "parties": _plain(lambda o: o.parties, several=True),
    "place": _plain(lambda o: o.places),
    "event_name": _plain(lambda o: o.events),
    "event_ref": _plain(lambda o: ()),
    "case_ref": _case,
    "case_refs": _lines,
    "clause": _plain(lambda o: o.limits or o.clauses),
    "clauses": _plain(lambda o: o.grounds, several=True),
}


BY_NAME: Final[dict[str, Callable[..., forms.Field]]] = {
    "category": lambda f, v, o, more: trees.category_field(**more),
    "refer_to": lambda f, v, o, more: trees.authority_field(o.of.get("refer_to", ()), **more),
}


CHECKED: Final = frozenset({"phone", "postcode", "credit_code"})


def check_of(name: str, label: str) -> Callable[[str], None]:
    """The same check as when it is recorded, said at the field."""

    def check(value: str) -> None:
        try:
            check_identifiers("registered", "", {name: value})
            if name == "credit_code" and fault_of_credit_code(value):
                raise BadFact("registered", name, "no_credit_code")
        except BadFact as bad:
            raise ValidationError(str(FAULTS[bad.code]) % {"label": label, "value": ""}, code=bad.code) from bad

    return check


def mark_asked(fields: Mapping[str, forms.Field], asked: Iterable[str]) -> None:
    """Fields that a rule asks for."""
    for name in asked:
        field = fields.get(name)
        if isinstance(field, YesNo):
            field.must_say()
