"""The guided form for the public: which questions, on which screen, and why each is asked. No rules: what a rule set demands is the rules'."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.languages import load_vocabulary
from huiyin.web.forms import widgets
from huiyin.web.forms.fields import CHECKED, Offered, check_of, field_for
from huiyin.web.forms.files import FilesField
from huiyin.web.forms.trees import OneCategory

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
    """One step: one thing asked about. `when`: there only where that answer has this value, so that nobody is asked what he need not say."""

    slug: str
    title: Text
    lead: Text
    questions: tuple[Question, ...]
    when: tuple[str, str] | None = None


@dataclass(frozen=True)
class Guide:
    """The form for one kind of matter."""

    kind: str
    title: Text
    lead: Text
    role: str
    screens: tuple[Screen, ...] = field(default_factory=tuple)
    before_you_begin: tuple[tuple[Text, Text], ...] = ()  # (what about, said in plain words), on the first screen

    def fitting(self, answers: Mapping[str, list[str]]) -> "Guide":
        """The screens that these answers leave."""
        kept = tuple(s for s in self.screens if s.when is None or answers.get(s.when[0], [""])[:1] == [s.when[1]])
        return replace(self, screens=kept)

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

    def with_asked(self, facts: Iterable[str], wanted: Iterable[str] = ()) -> "Guide":
        """The same with a question for each of these facts that it does not ask for yet: about the person where it asks who he is, else on
        the first screen. `facts` are needed; `wanted` are asked for, and may stay open."""
        have = {q.fact for s in self.screens for q in s.questions} | GIVEN
        new = [_question(n, self.role) for n in facts if n not in have and _known(n)]
        needed = {q.fact for q in new}
        new += [
            replace(_question(n, self.role), required=False, why=_NOT_A_MUST)
            for n in wanted
            if n not in have | needed and _known(n)
        ]
        own = tuple(q for q in new if q.fact.startswith(f"{self.role}."))
        rest = tuple(q for q in new if not q.fact.startswith(f"{self.role}."))
        screens = list(self.screens)
        screens[0] = replace(screens[0], questions=(*screens[0].questions, *rest))
        screens[-1] = replace(screens[-1], questions=(*screens[-1].questions, *own))
        return replace(self, screens=tuple(screens)) if new else self

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


_NOT_A_MUST: Final = _("登记表上有这一项；不知道的可以不填。")


def _question(fact: str, role: str = "") -> Question:
    """As it is asked elsewhere in these forms, else by its name in the vocabulary."""
    usual = next((q for q in (_DUTY, *_MATTER, *_TARGET) if q.fact == fact), None)
    kind = fact_type(fact, load_vocabulary())
    own = bool(role) and fact.startswith(f"{role}.")
    label: Text = _("您的%s") % kind.label_zh if own else kind.label_zh
    asked = usual or Question(fact, label, _("登记时需要。"), long=kind.type == "text" and not own)
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


def _you(role: str) -> tuple[Question, ...]:
    return (
        Question(f"{role}.name", _("您的姓名"), _("答复和文书要写给您本人。"), required=True),
        Question(f"{role}.phone", _("您的电话"), _PHONE_WHY, required=True),
        Question(f"{role}.address", _("您的地址"), _("需要邮寄文书时用，可以不填。")),
        Question(f"{role}.area", _("您住在哪个地区"), _("便于就近联系，可以不选。")),
    )


_NAMED = Question(
    "real_name", _("要留下姓名吗"), _("两种都会办理。"),
    options=(
        ("true", _("实名：留下姓名和电话，承办人可以联系您，按规定把结果告诉您")),
        ("false", _("匿名：不问您是谁，凭编号和查询码回来看进展、回答承办人的提问")),
    ),
    required=True,
)  # fmt: skip
_DATA = (
    _("您的信息怎样使用"),
    _(
        "只用于办理本件。姓名、电话、地址和您写的内容加密保存，页面上只显示几位；谁看过、为什么看，都有记录。期满按规定销毁。"
    ),
)


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
                    Question("category", _("最接近哪一类问题"), _("便于分给熟悉这类问题的人，可以不选。")),
                    Question("amount_fen", _("争议金额（元）"), _("没有金额可以不填。")),
                    Question("negotiated", _("与商家协商过吗"), _("先协商往往最快；没有协商过也可以投诉。")),
                    Question("evidence", _("手里有哪些凭据"), _("例如发票、聊天记录、合同。写明有什么，能说明什么。"), long=True),
                    _FILES,
                )),
                Screen("you", _("怎样联系您"), _("只用于办理本件，不会告诉无关的人。"), _you("complainant")),
            ),
            (
                (_("先准备好"), _("大约五分钟。手边有发票、聊天记录、照片更好，没有也可以先提出，以后再补。")),
                (_("为什么问这些"), _("法规要求写明谁投诉、投诉谁、什么事、要求什么。每个问题下面都写着用途。")),
                _DATA,
                (_("对方会知道什么"), _("调解时对方会知道您反映的事和要求。您的电话、地址和材料原件不会交给对方。")),
            ),
        ),
        Guide(
            "report", _("举报"), _("发现有人违反市场管理的规定，请我们去查处。"), "reporter",
            (
                Screen("matter", _("发现了什么"), _("写下您看到、听到的事实。"), (_DUTY, *_MATTER)),
                Screen("target", _("您举报的是谁"), _("知道多少写多少。"), (
                    *_TARGET,
                    Question("category", _("最接近哪一类违法行为"), _("便于分给熟悉这类问题的人，可以不选。")),
                    Question("evidence", _("有哪些证据或线索"), _("线索越具体，越容易查实。"), long=True),
                    _FILES,
                )),
                Screen("you", _("是否留下姓名"), _("由您选择。"), (_NAMED,)),
                Screen(
                    "contact", _("怎样联系您"), _("只有办理本件举报的人能看到。"), _you("reporter"), ("real_name", "true")
                ),
            ),
            (
                (_("先准备好"), _("写清是谁、在哪里、做了什么，您怎么知道的。有照片、录音、单据的可以一并交来。")),
                (_("可以不留姓名"), _("选匿名的，不问姓名、电话、住址，也不记录。请不要在文字里写出能认出您的内容。")),
                (_("举报人保密"), _("您是谁只有办理本件的人知道，被举报的一方、其他部门和本单位无关的人都看不到。照片里的拍摄地点等信息另行去除。")),
                _DATA,
            ),
        ),
        Guide(
            "enquiry", _("咨询"), _("想了解规定、程序，或应当找哪个部门。"), "complainant",
            (
                Screen("matter", _("您想问什么"), _("一次问一件事，答复会更快。"), (
                    Question("what", _("您的问题"), _("写明情况，答复才能对得上。"), required=True, long=True),
                )),
                Screen("you", _("怎样答复您"), _("只用于答复，不会告诉无关的人。"), _you("complainant")),
            ),
            (
                (_("先看一看"), _("劳动、医疗、物业等不归我们管的事，可以先查“这件事归谁管”，直接打对应部门的电话更快。")),
                _DATA,
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

    def __init__(self, screen: Screen, offered: Offered, kind: str = "complaint", **more: Any) -> None:
        super().__init__(**more)
        self.screen = screen
        vocabulary = load_vocabulary()
        for question in screen.questions:
            self.fields[question.field_name] = _field(question, vocabulary, offered, kind)

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


SCHEMES: Final = {"complaint": ("problems",), "report": ("offences",)}  # which tree the public is asked about


def _field(question: Question, vocabulary: Vocabulary, offered: Offered, of_kind: str) -> forms.Field:
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
    elif question.fact == "category":
        found = OneCategory(of_kind, SCHEMES.get(of_kind, ()), **more)
    elif kind.type == "text" and not question.long:
        found = forms.CharField(max_length=500, empty_value=None, **more)
        if (name := question.fact.rpartition(".")[2]) in CHECKED:
            found.validators.append(check_of(name, str(question.label)))
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
