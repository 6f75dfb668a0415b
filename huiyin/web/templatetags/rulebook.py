"""What pages of the rules need: addresses of procedures, days."""

from datetime import date

from django import template
from django.urls import reverse

from huiyin.core.model import Due
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
