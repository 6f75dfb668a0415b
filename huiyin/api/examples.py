"""Examples for the description: what each verb does and how a request and its answer look. The facts stand in verbs.toml, as data."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from huiyin.core.vocabulary import load_vocabulary

FILE: Final = Path(__file__).with_name("verbs.toml")
NUMBER: Final = "2026000017"
RESPONDED: Final = frozenset(
    {"approved", "rejected", "task_done", "complied", "test_ended"}
)  # answers another event: re is shown


@lru_cache(maxsize=1)
def verbs() -> dict[str, dict[str, Any]]:
    """Event -> says, facts, and parties where it brings any."""
    with FILE.open("rb") as file:
        return tomllib.load(file)


def says(event: str) -> str:
    """What recording the event does."""
    return str(verbs()[event]["says"])


def request(event: str) -> dict[str, Any]:
    """A whole request."""
    own = verbs()[event]
    found: dict[str, Any] = {"facts": own["facts"]}
    if "parties" in own:
        found["parties"] = own["parties"]
    if event != "registered":
        found["shown_seq"] = 12
    return found | ({"re": [9]} if event in RESPONDED else {})


def answer(event: str) -> dict[str, Any]:
    """What comes back."""
    if event == "registered":
        return {"id": 17, "number": NUMBER, "code": "K7QF2-9MXDA-4TR6W-HBN3E", "seq": 1}
    return {"number": NUMBER, "seq": 13, "events": [13], "names": [event]}


def problems(event: str) -> dict[str, dict[str, Any]]:
    """What may come back instead, by status: an example of each, with what such an answer says."""
    label = load_vocabulary().events[event].label_zh
    urn = "urn:huiyin:problem:"
    return {
        "404": {"type": urn + "not-found", "title": "没有找到", "status": 404, "detail": "没有这个地址、单位或案件，或者它不归您查看。"},
        "409": {
            "type": urn + "refused", "title": "现在还不能办这一步", "status": 409, "code": "not_open", "stage": "open",
            "detail": f"还没有到这一步。须先完成：受理。（以“{label}”为例）", "clauses": ["HN-FL-01b"],
            "says": [{"text": "决定受理以后才能分转", "clauses": ["HN-FL-01b"]}], "waits_for": ["accepted"],
        },
        "422": {
            "type": urn + "bad-fact", "title": "填写的内容有误", "status": 422, "code": "unknown_fact", "fact": "colour",
            "detail": "这一步没有“colour”这一项。",
        },
    }  # fmt: skip


BODIES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "register_entry": ("登记一次专项行动（BS-campaign）", {"values": {
        "title": "2026年“打假、维权、反欺诈”专项行动", "issued": "2026-09-23", "begins": "2026-09-23", "ends": "2027-07-20",
        "units": ["county_a"], "telephone": "0000-5550123",
    }}),
    "register_act": ("更正", {"values": {"title": "2026年秋季专项行动"}, "reason": "名称写错", "head": 466}),
    "register_case": ("归入案件", {"field": "results", "case": "2026000017"}),
    "recording": ("登入一条录音留言", {
        "occurred": "2026-05-29T21:40:00", "phone": "13800000001", "file": "file:4f0c2a9e6b1d4d0f8a7e5c3b2a190817", "procedure": "henan/complaint",
    }),
}  # fmt: skip
"""Bodies of requests that record no event of a case by its name: what it is, and an example."""


def body(name: str) -> dict[str, Any]:
    """What stands in the description of such a request beside its schema."""
    says, value = BODIES[name]
    return {"requestBody": {"content": {"application/json": {"examples": {name: {"summary": says, "value": value}}}}}}
