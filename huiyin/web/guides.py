"""What the public is asked, one question a screen, and why. No rules: what a rule set demands beyond it is asked for by `with_asked`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from huiyin.languages import load_vocabulary
from huiyin.web.guided import Guide, Question, Screen, Text, fact_type

WHAT_HAPPENED, WHO, WISH, YOU = _("发生了什么"), _("对方是谁"), _("您的要求"), _("怎样联系您")
YOUR_WORDS, EVIDENCE = _("您想说的"), _("证据和线索")

_KNOWN = (("true", _("知道")), ("false", _("不清楚，请帮我查")))
_PHONE_WHY = _("承办人会打这个电话了解情况、告知结果。它加密保存，页面上只显示几位。")

_DUTY = Question(
    "within_duties", _("是买东西、接受服务时发生的事吗"),
    _("我们办理消费和市场方面的事。劳动、邻里、征地等请拨打 12345 政务服务热线，由它转给主管部门。"),
    options=(("true", _("是")), ("false", _("不是，或说不准"))), required=True,
)  # fmt: skip
_WHAT = Question(
    "what", _("发生了什么事"), _("承办人先看这一段，写得越具体，办得越快。"),
    _("按先后写：买了什么或遇到什么、出了什么问题、找过谁。"), True, True,
)  # fmt: skip
_WHEN = Question(
    "when", _("什么时候"), _("时间决定适用哪些规定，例如是否还在保修期内。"), _("记不清就写大概，例如“5月中旬”。"), True
)
_WHERE = Question("where", _("在什么地方"), _("由事情发生地的单位去查看。"), _("网上发生的，写平台和店铺名称。"), True)
_DEALT = Question(
    "who", _("与谁打的交道"), _("便于向当事人核实。"), _("例如“收银员”“客服，工号12”。不知道姓名也可以。"), True
)
_WHY = Question("why", _("起因是什么，对方怎么说"), _("双方说法都知道，才好分清责任。"), "", True, True)
_TARGET = (
    Question(
        "respondent_known", _("知道对方的名称吗"), _("有明确的对象，才能通知对方、前去核查。"), options=_KNOWN, required=True
    ),
    Question(
        "respondent.name", _("对方的名称"), _("发票、招牌或网页上的名称都可以。"), required=True, when=("respondent_known", "true")
    ),
    Question(
        "respondent.credit_code", _("统一社会信用代码"), _("营业执照上有，18 位；知道的填，不知道不用找。"), when=("respondent_known", "true")
    ),
    Question("respondent.phone", _("对方的电话"), when=("respondent_known", "true")),
    Question(
        "respondent.address", _("对方的地址"), _("用来确定由哪个地方的单位办理。"), when=("respondent_known", "true")
    ),
    Question("respondent.area", _("对方在哪个地区"), _("用来确定由哪个地方的单位办理，不清楚可以不选。")),
)  # fmt: skip
_FILES = Question(
    "files", _("照片、发票、录音等文件"),
    _("没有可以不交，以后还能补。照片里的拍摄地点等信息，除承办人以外的人看不到。"),
)  # fmt: skip
_NAMED = Question(
    "real_name", _("要留下姓名吗"), _("两种都会办理。"),
    options=(
        ("true", _("实名：留下姓名和电话，承办人可以联系您，按规定把结果告诉您")),
        ("false", _("匿名：不问您是谁，凭编号和查询码回来看进展、回答承办人的提问")),
    ),
    required=True,
)  # fmt: skip
_DEMAND = Question(
    "demand", _("您希望怎样解决"), _("说清楚要求，调解才有目标。"), _("例如退款、换货、修理、赔偿、道歉。"), True, True
)
_ASKED = Question("what", _("您想问什么"), _("写明情况，答复才能对得上。"), _("一次问一件事，答复会更快。"), True, True)
_GOOD = Question(
    "what", _("您想表扬谁，为什么"), _("会转给他的单位。"), _("写明单位或人、什么事、什么时候。"), True, True
)
_BETTER = Question(
    "what", _("您有什么建议"), _("写得具体，才好采纳。"), _("写明现在怎样、您认为应当怎样、为什么。"), True, True
)
_DATA = (
    _("您的信息怎样使用"),
    _(
        "只用于办理本件。姓名、电话、地址和您写的内容加密保存，页面上只显示几位；谁看过、为什么看，都有记录。期满按规定销毁。"
    ),
)
USUAL: Final = (_DUTY, _WHAT, _WHEN, _WHERE, _DEALT, _WHY, *_TARGET)


def _one(slug: str, question: Question, part: Text, when: tuple[str, str] | None = None) -> Screen:
    """A screen with one question, which is its heading."""
    return Screen(slug, question.label, "", (question,), when, part)


def _matter() -> tuple[Screen, ...]:
    return tuple(
        _one(slug, question, WHAT_HAPPENED)
        for slug, question in (
            ("duty", _DUTY), ("matter", _WHAT), ("when", _WHEN), ("where", _WHERE), ("who", _DEALT), ("why", _WHY),
        )
    )  # fmt: skip


def _target(title: Text) -> Screen:
    lead = _("可以先查一查：营业执照上的名称、地址里的几个字，或统一社会信用代码。查不到就自己填，知道多少写多少。")
    return Screen("target", title, lead, _TARGET, None, WHO, finds=True)


def _category(label: Text, part: Text) -> Screen:
    return _one("category", Question("category", label, _("便于分给熟悉这类问题的人，可以不选。")), part)


def _you(role: str, slugs: tuple[str, str], lead: Text, when: tuple[str, str] | None = None) -> tuple[Screen, ...]:
    reach = (
        Question(f"{role}.name", _("您的姓名"), _("答复和文书要写给您本人。"), required=True),
        Question(f"{role}.phone", _("您的电话"), _PHONE_WHY, required=True),
    )
    home = (
        Question(f"{role}.address", _("您的地址"), _("需要邮寄文书时用，可以不填。")),
        Question(f"{role}.area", _("您住在哪个地区"), _("便于就近联系，可以不选。")),
    )
    return (
        Screen(slugs[0], _("怎样联系您"), lead, reach, when, YOU),
        Screen(slugs[1], _("您住在哪里"), _("都可以不填。"), home, when, YOU),
    )


_COMPLAINT = Guide(
    "complaint", _("投诉"), _("与商家有纠纷，希望退款、修理、赔偿或得到说法。"), "complainant",
    (
        *_matter(),
        _target(_("您投诉的是谁")),
        _one("wish", _DEMAND, WISH),
        Screen("money", _("涉及什么商品或服务，多少钱"), _("都可以不填。"), (
            Question("goods", _("商品或服务")), Question("amount_fen", _("争议金额（元）"), _("没有金额可以不填。")),
        ), None, WISH),
        _one("negotiated", Question("negotiated", _("与商家协商过吗"), _("先协商往往最快；没有协商过也可以投诉。")), WISH),
        _category(_("最接近哪一类问题"), WISH),
        Screen("evidence", _("有什么能证明"), _("没有可以不交，以后还能补。"), (
            replace(_FILES, why=_("照片里的拍摄地点等信息，除承办人以外的人看不到。")),
            Question("evidence", _("手里有哪些凭据"), _("例如发票、聊天记录、合同。写明有什么，能说明什么。"), long=True),
        ), None, EVIDENCE),
        *_you("complainant", ("you", "home"), _("只用于办理本件，不会告诉无关的人。")),
    ),
    (
        (_("先准备好"), _("大约五分钟。手边有发票、聊天记录、照片更好，没有也可以先提出，以后再补。")),
        (_("为什么问这些"), _("法规要求写明谁投诉、投诉谁、什么事、要求什么。每个问题下面都写着用途。")),
        _DATA,
        (_("对方会知道什么"), _("调解时对方会知道您反映的事和要求。您的电话、地址和材料原件不会交给对方。")),
    ),
)  # fmt: skip
_REPORT = Guide(
    "report", _("举报"), _("发现有人违反市场管理的规定，请我们去查处。"), "reporter",
    (
        *_matter(),
        _target(_("您举报的是谁")),
        _category(_("最接近哪一类违法行为"), WHO),
        Screen("evidence", _("有哪些证据或线索"), _("没有可以不交，以后还能补。"), (
            replace(_FILES, why=_("照片里的拍摄地点等信息，除承办人以外的人看不到。")),
            Question("evidence", _("线索"), _("线索越具体，越容易查实。"), long=True),
        ), None, EVIDENCE),
        _one("you", _NAMED, YOU),
        *_you("reporter", ("contact", "home"), _("只有办理本件举报的人能看到。"), ("real_name", "true")),
    ),
    (
        (_("先准备好"), _("写清是谁、在哪里、做了什么，您怎么知道的。有照片、录音、单据的可以一并交来。")),
        (_("可以不留姓名"), _("选匿名的，不问姓名、电话、住址，也不记录。请不要在文字里写出能认出您的内容。")),
        (_("举报人保密"), _("您是谁只有办理本件的人知道，被举报的一方、其他部门和本单位无关的人都看不到。照片里的拍摄地点等信息另行去除。")),
        _DATA,
    ),
)  # fmt: skip
_ENQUIRY = Guide(
    "enquiry", _("咨询"), _("想了解规定、程序，或应当找哪个部门。"), "complainant",
    (
        _one("matter", _ASKED, YOUR_WORDS),
        *_you("complainant", ("you", "home"), _("只用于答复，不会告诉无关的人。")),
    ),
    (
        (_("先看一看"), _("劳动、医疗、物业等不归我们管的事，可以先查“这件事归谁管”，直接打对应部门的电话更快。")),
        _DATA,
    ),
)  # fmt: skip
_PRAISE = Guide(
    "praise", _("表扬"), _("有人办得好，想让他的单位知道。"), "complainant",
    (
        _one("matter", _GOOD, YOUR_WORDS),
        *_you("complainant", ("you", "home"), _("便于告诉您转到了哪里，不会告诉无关的人。")),
    ),
    (_DATA,),
)  # fmt: skip
_SUGGESTION = Guide(
    "suggestion", _("建议"), _("觉得哪里可以做得更好，想提出来。"), "complainant",
    (
        _one("matter", _BETTER, YOUR_WORDS),
        *_you("complainant", ("you", "home"), _("便于告诉您是否采纳，不会告诉无关的人。")),
    ),
    (_DATA,),
)  # fmt: skip
GUIDES: Final[Mapping[str, Guide]] = {g.kind: g for g in (_COMPLAINT, _REPORT, _ENQUIRY, _PRAISE, _SUGGESTION)}


# -- what rules ask beyond it

GIVEN: Final = frozenset(
    {"kind", "channel", "source", "form", "real_name", "number", "complainant", "respondent"}
)  # known without asking
_NOT_A_MUST: Final = _("登记表上有这一项；不知道的可以不填。")


def with_asked(guide: Guide, facts: Iterable[str], wanted: Iterable[str] = ()) -> Guide:
    """The same with a question for each of these facts that it does not ask for yet: about the person on the last screen, any other on a screen
    of its own after the first. `facts` are needed; `wanted` are asked for, and may stay open."""
    have = {q.fact for s in guide.screens for q in s.questions} | GIVEN
    new = [_question(n, guide.role) for n in facts if n not in have and _known(n)]
    needed = {q.fact for q in new}
    new += [
        replace(_question(n, guide.role), required=False, why=_NOT_A_MUST)
        for n in wanted
        if n not in have | needed and _known(n)
    ]
    if not new:
        return guide
    own = tuple(q for q in new if q.fact.startswith(f"{guide.role}."))
    rest = [q for q in new if not q.fact.startswith(f"{guide.role}.")]
    first, *others = guide.screens
    more = [_one(q.field_name.replace("_", "-"), q, first.part) for q in rest]
    if own:
        others[-1] = replace(others[-1], questions=(*others[-1].questions, *own), lead="")
    return replace(guide, screens=(first, *more, *others))


def _known(fact: str) -> bool:
    words = load_vocabulary()
    role, dot, name = fact.partition(".")
    kind = words.party_facts.get(name) if dot and role in words.outside else words.case_facts.get(role)
    return kind is not None and kind.type in ("text", "bool", "date", "int", "money_fen", "code", "place")


def _question(fact: str, role: str = "") -> Question:
    """As it is asked elsewhere in these forms, else by its name in the vocabulary."""
    usual = next((q for q in USUAL if q.fact == fact), None)
    kind = fact_type(fact, load_vocabulary())
    own = bool(role) and fact.startswith(f"{role}.")
    label: Text = _("您的%s") % kind.label_zh if own else kind.label_zh
    asked = usual or Question(fact, label, _("登记时需要。"), long=kind.type == "text" and not own)
    return replace(asked, required=True, when=None)
