"""A case that is being tried, kept in the page itself as the text of a worked example: read strictly, played, written out. Nothing is stored.

Whoever downloads it has a file that `huiyin try` and `huiyin examples` read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.cases import calendars
from huiyin.core.course import Course, course
from huiyin.core.errors import RuleError
from huiyin.core.examples import ExampleError
from huiyin.core.facts import UNWRITABLE, to_plain
from huiyin.core.workdays import CalendarError, Period
from huiyin.org import procedures

LONGEST: Final = 200_000  # characters of a story
MOST: Final = 150  # steps of it
YEARS: Final = range(1990, 2101)
KEPT: Final = ("clause", "name", "procedure", "case", "settings", "parties", "unit", "events", "now")
Story = dict[str, Any]


class BadStory(ValueError):
    """What was sent is no story that can be played; the text says why, for the page."""


def empty(procedure: str) -> Story:
    """Nothing has happened yet."""
    return {"procedure": procedure, "case": {}, "events": []}


def read(text: str, procedure: str) -> Story:
    """The first example of a text, as far as it can be played under this procedure; expectations are left out. Raises BadStory."""
    if not text.strip():
        return empty(procedure)
    if len(text) > LONGEST:
        raise BadStory(_("内容太长，请分成几件试走。"))
    try:
        raw = tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadStory(_("算例的写法不对：%s") % error) from error
    found = raw.get("example")
    if not isinstance(found, list) or not found or not isinstance(found[0], dict):
        raise BadStory(_("里面没有 [[example]]，不是算例。"))
    story = {**empty(procedure), **{k: v for k, v in found[0].items() if k in KEPT}, "procedure": procedure}
    _check(story)
    return story


def _check(story: Story) -> None:
    """The shapes that playing takes for granted."""
    for name in ("case", "settings", "parties"):
        if not isinstance(story.get(name, {}), dict):
            raise BadStory(_("算例里“%s”的写法不对。") % name)
    events = story["events"]
    if not isinstance(events, list) or not all(isinstance(e, dict) for e in events):
        raise BadStory(_("算例里“%s”的写法不对。") % "events")
    if len(events) > MOST:
        raise BadStory(_("一件至多试走 %d 步。") % MOST)
    for number, event in enumerate(events, 1):
        if not isinstance(event.get("event"), str) or not isinstance(event.get("by"), str):
            raise BadStory(_("第 %d 步没有写明是什么步骤、由谁办。") % number)
        if not isinstance(event.get("at"), datetime) or event["at"].year not in YEARS:
            raise BadStory(_("第 %d 步的时间不对。") % number)
    now = story.get("now")
    if now is not None and (not isinstance(now, datetime) or now.year not in YEARS):
        raise BadStory(_("算例里“%s”的写法不对。") % "now")


def play(story: Story) -> Course:
    """The story played step by step. Raises BadStory for what no case can be."""
    if not story["events"]:
        return course({k: v for k, v in story.items() if k != "now"}, procedures.library(), calendars.current())
    try:
        return course(story, procedures.library(), calendars.current())
    except (
        ExampleError,
        RuleError,
        CalendarError,
        LookupError,
        TypeError,
        AttributeError,
        ValueError,
        OverflowError,
    ) as error:
        raise BadStory(_("算例走不下去：%s") % error) from error


def event_of(name: str, at: datetime, by: str, facts: Mapping[str, Any], label: str, re: str = "") -> dict[str, Any]:
    """One step in the form of worked examples."""
    given: dict[str, Any] = {"event": name, "at": at, "by": by, **facts, "label": label}
    return given | ({"re": re} if re else {})


def next_label(story: Story) -> str:
    """A name for the next step that no other has."""
    used = {e.get("label") for e in story["events"]}
    number = len(story["events"]) + 1
    while f"s{number}" in used:
        number += 1
    return f"s{number}"


def next_moment(story: Story, now: datetime) -> datetime:
    """An hour after the last step; to begin with today at nine."""
    if story["events"]:
        last: datetime = story["events"][-1]["at"]
        return last + timedelta(hours=1)
    return now.replace(hour=9, minute=0, second=0, microsecond=0)


# -- as text


def text(story: Story, notes: list[str] | None = None) -> str:
    """The story as TOML; `notes` stand above it as comments."""
    lines = [f"# {_one_line(note)}" for note in notes or ()]
    lines.append("[[example]]")
    lines += [
        f"{name:<9} = {_value(story[name])}" for name in KEPT if name not in ("events", "now") and story.get(name)
    ]
    lines.append("events    = [")
    lines += [f"  {_value(event)}," for event in story["events"]]
    lines.append("]")
    if story.get("now"):
        lines.append(f"now       = {_value(story['now'])}")
    return "\n".join(lines) + "\n"


def _one_line(note: str) -> str:
    return " ".join(note.split())


def _value(value: Any) -> str:
    """One value in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Period):
        return _value(to_plain(value))
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return str(value) if isinstance(value, int | float) else _string(str(value))


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _string(name)


def _string(value: str) -> str:
    escaped = UNWRITABLE.sub("", value).replace("\\", "\\\\").replace('"', '\\"')
    for char, written in (("\n", "\\n"), ("\r", ""), ("\t", "\\t")):
        escaped = escaped.replace(char, written)
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
