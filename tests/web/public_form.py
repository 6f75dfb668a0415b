"""Filling in the public form over plain requests: whatever screen comes next gets those of the answers that it asks for."""

from __future__ import annotations

import re
from typing import Any

MATTER = {
    "within_duties": "true", "what": "水壶两天就不通电，电话13812345678", "when": "9月13日", "where": "甲县第一商场", "who": "营业员",
    "why": "说已拆封",
}  # fmt: skip
TARGET = {"respondent_known": "true", "respondent-name": "甲县商店", "respondent-area": "990121001"}
WISH = {"demand": "退款199元", "amount_fen": "199"}
YOU = {"complainant-name": "王小明", "complainant-phone": "13812345678"}
ALL = {**MATTER, **TARGET, **WISH, **YOU}
SCREENS = {"complaint": "duty", "report": "duty", "enquiry": "matter", "praise": "matter", "suggestion": "matter"}


def post(client: Any, screen: str, answers: dict[str, Any], kind: str = "complaint") -> Any:
    return client.post(f"/submit/{kind}/{screen}/", answers)


def fill(client: Any, answers: dict[str, Any] = ALL, kind: str = "complaint") -> list[str]:
    """From the first screen to the check; returns the screens that were passed. Fails on one that is not taken."""
    passed, at = [], f"/submit/{kind}/{SCREENS[kind]}/"
    while not at.endswith("/check/"):
        asked = set(re.findall(r'name="([^"]+)"', client.get(at).content.decode()))
        answer = client.post(at, {name: value for name, value in answers.items() if name in asked})
        assert answer.status_code == 302, (at, answer.content.decode())
        passed.append(at.rstrip("/").rpartition("/")[2])
        at = answer.url
        assert len(passed) < 30, passed
    return passed
