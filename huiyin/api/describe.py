"""The description of every event's facts, generated from the vocabulary: types, closed lists with their labels, what is personal."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.api import examples
from huiyin.cases.leaving import REASONS
from huiyin.core.facts import LISTS
from huiyin.core.vocabulary import EventType, FactType, Vocabulary, load_vocabulary

Schema = dict[str, Any]
REF: Final = "#/components/schemas/"
ONE_OF: Final = {
    "texts": "text",
    "codes": "code",
    "units": "unit",
    "officers": "officer",
    "parties": "party",
    "clauses": "clause",
}
SECRECY: Final = {"personal": "个人信息，加密保存，显示时遮盖", "secret": "保密，只有办理人员可见"}


@lru_cache(maxsize=1)
def schemas() -> dict[str, Schema]:
    """Schemas by name: `facts.<event>` for each event, `party`, `period`."""
    words = load_vocabulary()
    found = {f"facts.{name}": of_event(words, event) for name, event in words.events.items()}
    found["party"] = _party(words)
    found["period"] = {
        "type": "object", "title": _("期限"), "required": ["n", "unit"], "additionalProperties": False,
        "properties": {"n": {"type": "integer", "minimum": 0}, "unit": _enum(words.units_of_time)},
    }  # fmt: skip
    return found


def of_event(words: Vocabulary, event: EventType) -> Schema:
    """The facts that an event takes, in the order of its form."""
    kinds = {**event.facts, **(words.case_facts if event.takes_case_facts else {})}
    given = {name for name in ("number",) if name in kinds}
    schema: Schema = {
        "type": "object", "title": event.label_zh, "additionalProperties": event.takes_proposed,
        "properties": {name: of_fact(words, kind) for name, kind in kinds.items() if name not in given},
    }  # fmt: skip
    if required := [name for name, kind in kinds.items() if kind.required]:
        schema["required"] = required
    if event.takes_proposed:
        schema["description"] = _("另可填写 for 所指事件的各项。")
    return schema


def of_fact(words: Vocabulary, kind: FactType) -> Schema:
    """One fact."""
    found = _type(words, kind)
    found["title"] = kind.label_zh
    if not kind.plain:
        found["description"] = SECRECY[kind.secrecy]
        found["x-secrecy"] = kind.secrecy
    return found


def _type(words: Vocabulary, kind: FactType) -> Schema:
    if kind.type in LISTS:
        one = FactType(
            kind.name, ONE_OF.get(kind.type, "text"), kind.values, kind.secrecy, kind.required, kind.label_zh
        )
        return {"type": "array", "items": _type(words, one)}
    if kind.type == "code":
        values = words.values.get(kind.values or "", {})
        return {"type": "string"} if (kind.values or "") in words.free or not values else _enum(values)
    simple: dict[str, Schema] = {
        "bool": {"type": "boolean"},
        "int": {"type": "integer"},
        "money_fen": {"type": "integer", "x-unit": "分"},
        "date": {"type": "string", "format": "date"},
        "moment": {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]},
        "period": {"$ref": REF + "period"},
        "event_name": {"type": "string", "enum": list(words.events)},
    }
    return dict(simple.get(kind.type, {"type": "string", "x-type": kind.type}))


def _enum(labels: dict[str, str]) -> Schema:
    """A closed list; what each code is called stands beside it."""
    return {"type": "string", "enum": list(labels), "x-labels": dict(labels)}


def _party(words: Vocabulary) -> Schema:
    roles = {role: str(words.roles[role]["label_zh"]) for role in sorted(words.outside)}
    facts = {name: of_fact(words, kind) for name, kind in words.party_facts.items()}
    return {
        "type": "object", "title": _("当事人"), "required": ["role"], "additionalProperties": False,
        "properties": {"role": {**_enum(roles), "title": _("身份")}, **facts},
    }  # fmt: skip


def body_for(event: str, more: Schema | None = None) -> Schema:
    """`requestBody` of recording an event, or (with `more` properties) of registering a case."""
    party = {"$ref": REF + "party"}
    properties: Schema = {
        "facts": {"$ref": f"{REF}facts.{event}"},
        "parties": {
            "title": _("新的或有变化的当事人"),
            "anyOf": [{"type": "array", "items": party}, {"type": "object", "additionalProperties": party}],
            "description": _("列表：按次序编号的新当事人；表：以当事人编号为键，修改已有的。"),
        },
        "occurred": {
            "type": "string",
            "format": "date-time",
            "title": _("发生时间"),
            "description": _("不写时区为北京时间；不写为现在。"),
        },
        "late_reason": {"type": "string", "title": _("补录原因")},
        "let_go": {"type": "string", "enum": list(REASONS), "title": _("写有投诉人信息仍要发出的理由")},
        **(more or {}),
    }
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    example = {"summary": load_vocabulary().events[event].label_zh, "value": examples.request(event)}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": {event: example}}}}


TITLES: Final = {
    "404": "没有，或者不归查看",
    "409": "规则不允许（带条款），或者案件有了变化",
    "422": "请求的格式或者某一项填写有误",
}


def answers(event: str) -> Schema:
    """`responses` of a verb: examples of what is recorded and of what goes wrong. The schema of the answer is put in by the framework."""
    found: Schema = {"201": {"content": {"application/json": {"examples": {event: {"value": examples.answer(event)}}}}}}
    for status, problem in examples.problems(event).items():
        content = {
            "schema": {"$ref": REF + "problem"},
            "examples": {str(problem["type"]).rpartition(":")[2]: {"value": problem}},
        }
        found[status] = {"description": _(TITLES[status]), "content": {"application/problem+json": content}}
    return found


def recording(event: str) -> Schema:
    """What stands in the description of recording an event."""
    more: Schema = {
        "re": {"type": "array", "items": {"type": "integer"}, "title": _("所回应的事件的序号")},
        "shown_seq": {
            "type": "integer",
            "minimum": 0,
            "title": _("所见案件的 seq"),
            "description": _("此后案件有变化的，返回 409 和变化。"),
        },
    }
    return {"requestBody": body_for(event, more), "responses": answers(event)}


def trying() -> Schema:
    """What stands in the description of trying an event: any verb's facts, one request as an example."""
    found = recording("dispatched")
    schema = found["requestBody"]["content"]["application/json"]["schema"]
    schema["properties"]["facts"] = {"type": "object", "title": _("这一步的各项，见记录这一步的地址")}
    return {"requestBody": found["requestBody"]}


def registering(public: bool) -> Schema:
    """What stands in the description of registering a case."""
    procedure = {
        "type": "string",
        "title": _("程序"),
        "description": _("如 jiangmen/complaint；不写按单位采用的程序和事项类别。"),
    }
    more: Schema = {"procedure": procedure}
    if public:
        more["unit"] = {"type": "string", "title": _("接收单位"), "description": _("见 /public/units。")}
    found = {"requestBody": body_for("registered", more), "responses": answers("registered")}
    del found["responses"]["404"]
    if public:
        value = {"unit": "county_a", **examples.request("registered")}
        found["requestBody"]["content"]["application/json"]["examples"] = {
            "registered": {"summary": _("公众来件"), "value": value}
        }
    return found


# -- the whole description


def completed(schema: Schema) -> Schema:
    """The description with our schemas, problems as the answer to whatever fails, and one body where two were laid over each other."""
    schema["components"]["schemas"].update({**schemas(), "problem": _problem()})
    answer = {"description": _("出错"), "content": {"application/problem+json": {"schema": {"$ref": REF + "problem"}}}}
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = answer
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if "properties" in content["schema"]:
                    content["schema"].pop("$ref", None)
    return schema


def _problem() -> Schema:
    text = {"type": "string"}
    texts = {"type": "array", "items": text}
    says = {"type": "object", "properties": {"text": text, "clauses": texts}}
    return {
        "type": "object", "title": _("出错说明（RFC 9457）"), "required": ["type", "title", "status"],
        "properties": {
            "type": text, "title": text, "status": {"type": "integer"}, "detail": text, "code": text, "stage": text,
            "clauses": {**texts, "title": _("所依据的条款")}, "says": {"type": "array", "items": says, "title": _("条款的意思")},
            "missing": {**texts, "title": _("还缺的事项")}, "waits_for": {**texts, "title": _("须先有的事件")}, "fact": text, "expected": text,
            "changes": {"type": "array", "items": {"type": "object"}, "title": _("shown_seq 之后的变化")},
            "errors": {"type": "array", "items": {"type": "object"}},
        },
    }  # fmt: skip
