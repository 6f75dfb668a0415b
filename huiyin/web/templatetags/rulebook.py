"""What pages of the rules need: addresses of procedures, days."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import template
from django.urls import reverse

from huiyin.core.model import Due
from huiyin.org import procedures
from huiyin.web import words

register = template.Library()


@register.filter
def day(value: date | None) -> str:
    """2026年5月29日, without the day of the week: rules last for years."""
    return words.date_text(value) if value is not None else ""


@register.filter
def sheet(procedure: str) -> str:
    """The address of a procedure's page."""
    return reverse("procedure", args=procedure.split("/", 1))


@register.filter
def trial(procedure: str) -> str:
    """The address where a case is tried under it."""
    return reverse("rules_try", args=procedure.split("/", 1))


@register.filter
def due_end(due: Due | None) -> str:
    """When it ends, in words; the dash where it does not."""
    return words.end_text(due.end) if due is not None and due.end is not None else "—"


@register.simple_tag
def cited(limits: Iterable[Any]) -> list[tuple[str, str]]:
    """The rule sets whose articles stand behind these limits, as (code, title): a reader who is no officer does not know the codes."""
    sets = procedures.library().sets
    named = {clause for limit in limits for clause in limit.due.clauses}
    codes = {code for code in sets for clause in named if clause.startswith(f"{code}-")}
    return [(code, sets[code][-1].title) for code in sorted(codes)]
