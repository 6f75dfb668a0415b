"""The guided form for the public: which questions, on which screen, and why each is asked. No rules: what a rule set demands is the rules'."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huiyin.core.vocabulary import FactType, Vocabulary, load_vocabulary
from huiyin.web.forms import widgets
from huiyin.web.forms.fields import Offered, field_for
from huiyin.web.forms.files import FilesField

Text = str | Promise


@dataclass(frozen=True)
class Question:
    """One question. `fact`: a fact of the case, or role.name of a party. `when`: asked only where that other answer has this value."""

    fact: str
    label: Text
    why: Text = ""
    hint: Text = ""
    required: bool = False
    long: bool = False
    options: tuple[tuple[str, Text], ...] = ()
    when: tuple[str, str] | None = None

    @property
    def field_name(self) -> str:
        """Name of the input: dots would not do in a script's form.elements."""
        return self.fact.replace(".", "-")


@dataclass(frozen=True)
class Screen:
    """One step: one thing asked about."""

    slug: str
    title: Text
    lead: Text
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Guide:
    """The form for one kind of matter."""

    kind: str
    title: Text
    lead: Text
    role: str
    screens: tuple[Screen, ...] = field(default_factory=tuple)

    def screen(self, slug: str) -> Screen | None:
        """The screen of that name."""
        return next((s for s in self.screens if s.slug == slug), None)

    def after(self, screen: Screen) -> Screen | None:
        """The next screen; none after the last."""
        at = self.screens.index(screen) + 1
        return self.screens[at] if at < len(self.screens) else None

    def before(self, screen: Screen) -> Screen | None:
        """The screen before it."""
        at = self.screens.index(screen)
        return self.screens[at - 1] if at else None

    def with_asked(self, facts: Iterable[str]) -> "Guide":
        """The same with a question on the first screen for each of these facts that it does not ask for yet."""
        have = {q.fact for s in self.screens for q in s.questions}
        more = tuple(_question(name) for name in facts if name not in have and name not in GIVEN and _known(name))
        first = replace(self.screens[0], questions=(*self.screens[0].questions, *more))
        return replace(self, screens=(first, *self.screens[1:])) if more else self

    def screen_of(self, fact: str) -> Screen | None:
        """Where a fact is asked for."""
        return next((s for s in self.screens for q in s.questions if q.fact == fact), None)


GIVEN: Final = frozenset(
    {"kind", "channel", "source", "form", "real_name", "number", "complainant", "respondent"}
)  # known without asking


def _known(fact: str) -> bool:
    words = load_vocabulary()
    role, dot, name = fact.partition(".")
    kind = words.party_facts.get(name) if dot and role in words.outside else words.case_facts.get(role)
    return kind is not None and kind.type in ("text", "bool", "date", "int", "money_fen", "code", "place")


def _question(fact: str) -> Question:
    """As it is asked elsewhere in these forms, else by its name in the vocabulary."""
    usual = next((q for q in (_DUTY, *_MATTER, *_TARGET) if q.fact == fact), None)
    kind = fact_type(fact, load_vocabulary())
    asked = usual or Question(fact, kind.label_zh, _("登记时需要。"), long=kind.type == "text")
    return replace(asked, required=True, when=None)


_KNOWN = (("true", _("知道")), ("false", _("不清楚，请帮我查")))
_PHONE_WHY = _("承办人会打这个电话了解情况、告知结果。它加密保存，页面上只显示几位。")

_MATTER = (
    Question(
        "what",
        _("发生了什么事"),
        _("承办人先看这一段，写得越具体，办得越快。"),
        _("按先后写：买了什么或遇到什么、出了什么问题、找过谁。"),
        True,
        True,
    ),
    Question(
        "when",
        _("什么时候"),
        _("时间决定适用哪些规定，例如是否还在保修期内。"),
        _("记不清就写大概，例如“5月中旬”。"),
        True,
    ),
    Question("where", _("在什么地方"), _("由事情发生地的单位去查看。网上发生的，写平台和店铺名称。"), "", True),
    Question(
        "who", _("与谁打的交道"), _("便于向当事人核实。"), _("例如“收银员”“客服，工号12”。不知道姓名也可以。"), True
    ),
    Question("why", _("起因是什么，对方怎么说"), _("双方说法都知道，才好分清责任。"), "", True, True),
)
_TARGET = (
    Question(
        "respondent_known",
        _("知道对方的名称吗"),
        _("有明确的对象，才能通知对方、前去核查。"),
        options=_KNOWN,
        required=True,
    ),
    Question(
        "respondent.name",
        _("对方的名称"),
        _("发票、招牌或网页上的名称都可以。"),
        required=True,
        when=("respondent_known", "true"),
    ),
    Question("respondent.phone", _("对方的电话"), when=("respondent_known", "true")),
    Question(
        "respondent.address", _("对方的地址"), _("用来确定由哪个地方的单位办理。"), when=("respondent_known", "true")
    ),
    Question("respondent.area", _("对方在哪个地区"), _("用来确定由哪个地方的单位办理，不清楚可以不选。")),
)
_DUTY = Question(
    "within_duties", _("是买东西、接受服务时发生的事吗"),
    _("我们办理消费和市场方面的事。劳动、邻里、征地等请拨打 12345 政务服务热线，由它转给主管部门。"),
    options=(("true", _("是")), ("false", _("不是，或说不准"))), required=True,
)  # fmt: skip


_FILES = Question(
    "files", _("照片、发票、录音等文件"),
    _("没有可以不交，以后还能补。照片里的拍摄地点等信息，除承办人以外的人看不到。"),
)  # fmt: skip


def _you(role: str, named: bool) -> tuple[Question, ...]:
    condition = None if named else ("real_name", "true")
    asked = (
        Question(f"{role}.name", _("您的姓名"), _("答复和文书要写给您本人。"), required=True, when=condition),
        Question(f"{role}.phone", _("您的电话"), _PHONE_WHY, required=True, when=condition),
        Question(f"{role}.address", _("您的地址"), _("需要邮寄文书时用，可以不填。"), when=condition),
        Question(f"{role}.area", _("您住在哪个地区"), _("便于就近联系，可以不选。"), when=condition),
    )
    if named:
        return asked
    choice = Question(
        "real_name", _("要留下姓名吗"), _("实名举报会告诉您结果；您的身份只有办理本件的人能看到。匿名也会办理。"),
        options=(("true", _("实名")), ("false", _("匿名"))), required=True,
    )  # fmt: skip
    return (choice, *asked)


GUIDES: Final[Mapping[str, Guide]] = {
    guide.kind: guide
    for guide in (
        Guide(
            "complaint", _("投诉"), _("与商家有纠纷，希望退款、修理、赔偿或得到说法。"), "complainant",
            (
                Screen("matter", _("发生了什么"), _("请写您自己经历的事。"), (_DUTY, *_MATTER)),
                Screen("target", _("您投诉的是谁"), _("知道多少写多少。"), _TARGET),
                Screen("wish", _("您希望怎样解决"), _("说清楚要求，调解才有目标。"), (
                    Question("demand", _("您的要求"), _("例如退款、换货、修理、赔偿、道歉。"), required=True, long=True),
                    Question("goods", _("商品或服务")),
                    Question("amount_fen", _("争议金额（元）"), _("没有金额可以不填。")),
                    Question("negotiated", _("与商家协商过吗"), _("先协商往往最快；没有协商过也可以投诉。")),
                    Question("evidence", _("手里有哪些凭据"), _("例如发票、聊天记录、合同。写明有什么，能说明什么。"), long=True),
                    _FILES,
                )),
                Screen("you", _("怎样联系您"), _("只用于办理本件，不会告诉无关的人。"), _you("complainant", True)),
            ),
        ),
        Guide(
            "report", _("举报"), _("发现有人违反市场管理的规定，请我们去查处。"), "reporter",
            (
                Screen("matter", _("发现了什么"), _("写下您看到、听到的事实。"), (_DUTY, *_MATTER)),
                Screen("target", _("您举报的是谁"), _("知道多少写多少。"), (
                    *_TARGET,
                    Question("evidence", _("有哪些证据或线索"), _("线索越具体，越容易查实。"), long=True),
                    _FILES,
                )),
                Screen("you", _("是否留下姓名"), _("您可以选择。"), _you("reporter", False)),
            ),
        ),
        Guide(
            "enquiry", _("咨询"), _("想了解规定、程序，或应当找哪个部门。"), "complainant",
            (
                Screen("matter", _("您想问什么"), _("一次问一件事，答复会更快。"), (
                    Question("what", _("您的问题"), _("写明情况，答复才能对得上。"), required=True, long=True),
                )),
                Screen("you", _("怎样答复您"), _("只用于答复，不会告诉无关的人。"), _you("complainant", True)),
            ),
        ),
    )
}  # fmt: skip


def fact_type(fact: str, vocabulary: Vocabulary) -> FactType:
    """Type of a question's fact in the vocabulary."""
    role, dot, name = fact.partition(".")
    if dot:
        return vocabulary.party_facts[name]
    return vocabulary.case_facts.get(role) or vocabulary.events["registered"].facts[role]


class ScreenForm(forms.Form):
    """The questions of one screen. A question that depends on another is required only where that answer makes it so."""

    def __init__(self, screen: Screen, offered: Offered, **more: Any) -> None:
        super().__init__(**more)
        self.screen = screen
        vocabulary = load_vocabulary()
        for question in screen.questions:
            self.fields[question.field_name] = _field(question, vocabulary, offered)

    def clean(self) -> dict[str, Any]:
        """Questions that another answer makes necessary or pointless."""
        found = super().clean() or {}
        for question in self.screen.questions:
            if question.when is None:
                continue
            other, wanted = question.when
            asked = str(found.get(other.replace(".", "-"))).lower() == wanted
            if not asked:
                found[question.field_name] = None
                self.errors.pop(question.field_name, None)
            elif question.required and not found.get(question.field_name) and question.field_name not in self.errors:
                self.add_error(question.field_name, _("请填写这一项。"))
        return found

    def facts(self) -> dict[str, Any]:
        """What was answered, by the names of the facts."""
        given = {q.fact: self.cleaned_data.get(q.field_name) for q in self.screen.questions}
        return {name: value for name, value in given.items() if value is not None}


def _field(question: Question, vocabulary: Vocabulary, offered: Offered) -> forms.Field:
    kind = fact_type(question.fact, vocabulary)
    more: dict[str, Any] = {
        "label": question.label,
        "required": question.required and question.when is None,
        "help_text": question.hint,
    }
    if question.options:
        found: forms.Field = forms.TypedChoiceField(
            choices=question.options,
            coerce=lambda v: v == "true",
            empty_value=None,
            widget=widgets.Choices(attrs={"class": "down"}),
            **more,
        )
        found.group = True  # type: ignore[attr-defined]
    elif kind.type == "text" and not question.long:
        found = forms.CharField(max_length=500, empty_value=None, **more)
    elif kind.type == "files":
        found = FilesField(papers=False, label=more["label"], required=more["required"])
    else:
        found = field_for(kind, vocabulary, offered, **more)
    found.error_messages["required"] = _("请选择一项。") if question.options else _("请填写这一项。")
    found.why = question.why  # type: ignore[attr-defined]
    found.when = "{}={}".format(*question.when) if question.when else ""  # type: ignore[attr-defined]
    if question.fact.endswith(".phone"):
        found.widget.input_type, found.widget.attrs = (
            "tel",
            {**found.widget.attrs, "autocomplete": "tel" if "respondent" not in question.fact else "off"},
        )
    if question.fact.endswith(".name") and "respondent" not in question.fact:
        found.widget.attrs["autocomplete"] = "name"
    return found
