"""How offices are reached, on pages."""

from datetime import date

from django import template

from huiyin.cases import extracts
from huiyin.org import contacts
from huiyin.org.contacts import NOWHERE, Reached
from huiyin.org.models import Officer
from huiyin.retention.queries import READERS

register = template.Library()


@register.simple_tag
def reached(unit: str, on: date | None = None) -> Reached:
    """Telephone, address and hours of a unit as they are on the day (today)."""
    return contacts.reached(unit, on) if unit else NOWHERE


@register.filter
def reads_figures(officer: Officer) -> bool:
    """May he read what departments have solved?"""
    return officer.role in extracts.READERS


@register.filter
def extracts_credit(officer: Officer) -> bool:
    """May he make the credit extract of a business?"""
    return officer.role in extracts.EXTRACTORS


@register.filter
def keeps_archives(officer: Officer) -> bool:
    """Has he to do with how long cases are kept and what is destroyed?"""
    return officer.role in READERS
