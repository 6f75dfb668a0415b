"""The number of new notices in the header of the desk."""

from typing import Any

from django import template

from huiyin.notices import queries
from huiyin.web import words

register = template.Library()


@register.filter
def role(name: str) -> str:
    """A role as people call it."""
    return words.role_label(name) if name else ""


@register.simple_tag
def new_notices(request: Any) -> str:
    """How many are new for the one who looks, in digits; empty when there is none. 99+ where there are more."""
    officer = getattr(request, "officer", None)
    count = queries.unread_count(officer) if officer is not None else 0
    return "" if not count else "99+" if count > 99 else str(count)
