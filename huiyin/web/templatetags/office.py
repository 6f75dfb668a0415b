"""How offices are reached, on pages."""

from datetime import date

from django import template

from huiyin.org import contacts
from huiyin.org.contacts import NOWHERE, Reached

register = template.Library()


@register.simple_tag
def reached(unit: str, on: date | None = None) -> Reached:
    """Telephone, address and hours of a unit as they are on the day (today)."""
    return contacts.reached(unit, on) if unit else NOWHERE
