"""The cases of the demonstration: the shipped stories (sample/*.toml), told as if today were the day on which they stand."""

from __future__ import annotations

from huiyin.cases import calendars, clock
from huiyin.cases.models import Case
from huiyin.commands._stories import Telling, When, begins, shipped, stands_at


def made() -> bool:
    """Is there any case at all? Then nothing is added."""
    return Case.objects.exists()


def make() -> int:
    """Tell every story, those that begin first before the others, so that numbers grow with time. Returns how many were told.

    Raises Refused, BadFact or StoryError for a story that does not fit the rules of today: `huiyin examples` says where."""
    now, calendar = clock.now(), calendars.current()
    stories = sorted(shipped(), key=begins)
    for raw in stories:
        Telling(raw, When(stands_at(raw), now.date(), calendar), now).tell()
    return len(stories)
