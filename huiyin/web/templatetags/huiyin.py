"""What our templates need beyond Django's own: icons, clauses, labels, moments."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxSelectMultiple, Textarea
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from huiyin import languages
from huiyin.core.workdays import End
from huiyin.moments import local
from huiyin.org.models import Officer
from huiyin.web import words
from huiyin.web.suggest import fills_of

register = template.Library()

# Our own drawings on a 24-unit grid, strokes only.
ICONS: Final[Mapping[str, str]] = {
    "echo": "M6 9v6M10 7c2.200 3 2.200 7 0 10M14.500 4.500c3.700 4.600 3.700 10.400 0 15",
    "complaint": "M4 5h16v11H10l-4 4v-4H4zM12 8.500v3M12 13.700v.01",
    "report": "M6 21V4M6 5h11l-2.500 4L17 13H6",
    "enquiry": "M12 21a9 9 0 1 0-9-9c0 1.600.4 3 1.100 4.300L3 21l4.700-1.100A9 9 0 0 0 12 21"
    "M9.700 9.500a2.400 2.400 0 1 1 3.400 2.200c-.7.3-1.100.8-1.100 1.600M12 16.300v.01",
    "voice": "M12 20s-7-4.300-7-9.500A4 4 0 0 1 12 8a4 4 0 0 1 7 2.500C19 15.700 12 20 12 20",
    "track": "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13M15.300 15.300 20 20",
    "clock": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3.500 2",
    "print": "M7 8V3h10v5M7 17H4V9h16v8h-3M7 14h10v7H7z",
    "back": "M15 5l-7 7 7 7",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing beside a word that says the same; readers of the screen skip it."""
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', ICONS[name])


@register.simple_tag
def page_language() -> str:
    """The language of the page for `lang`: zh-Hans, zh-Hant, en."""
    return languages.tag()


@register.filter
def named(label: str) -> str:
    """The name of a procedure in the language of the page, if it is one of those that come with the program."""
    return languages.named(label)


@register.simple_tag
def own_languages() -> list[dict[str, Any]]:
    """The languages to choose from, each by its own name."""
    now = languages.active()
    return [{"code": c, "name": n, "tag": languages.TAGS[c], "current": c == now} for c, n in settings.LANGUAGES]


@register.filter
def clauses(entry: Any) -> SafeString:
    """The articles of an entry (or a list of them) as small marks behind its words."""
    found = getattr(entry, "clauses", entry) or ()
    if not found:
        return mark_safe("")
    return format_html('<span class="clause">{}</span>', _("、").join(found))


@register.filter
def asks(field: BoundField) -> Any:
    """Who demands this field, by which article: what the form was told."""
    return getattr(field.form, "asked", {}).get(field.name, ())


@register.filter
def says_once(ask: Any, field: BoundField) -> str:
    """The rule's sentence at the first field it asks for; at the others its article alone."""
    said: dict[str, str] = field.form.__dict__.setdefault("said", {})
    return ask.says if said.setdefault(ask.says, field.name) == field.name else ""


@register.filter
def posting_label(officer: Officer) -> str:
    """示范市中心 · 受理登记人员（代）."""
    text = f"{officer.unit.label} · {words.role_label(officer.role)}"
    return text + _("（代）") if officer.deputy_for_id else text


@register.filter
def when(moment: datetime | None) -> SafeString:
    """A moment in local time, with the machine's form beside it."""
    if moment is None:
        return mark_safe("")
    at = local(moment)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(timespec="seconds"), words.moment_text(at))


@register.filter
def end(value: End) -> SafeString:
    """The end of a limit."""
    return format_html('<time datetime="{}">{}</time>', value.as_text(), words.end_text(value))


@register.filter
def unit(value: str) -> str:
    """A unit's name."""
    return words.unit_label(value)


@register.filter
def event(value: str) -> str:
    """An event's name."""
    return words.event_label(value)


@register.filter
def kind(value: str) -> str:
    """A kind of case."""
    return words.kind_label(value)


@register.filter
def stage(value: str) -> str:
    """A stage."""
    return words.stage_label(value)


@register.filter
def who(value: str) -> str:
    """role@place or role@unit in words."""
    return words.who_label(value)


@register.filter
def mark(value: str) -> str:
    """A mark or red line."""
    found = words.vocabulary().values
    return found["mark"].get(value) or found["red_line"].get(value, value)


@register.filter
def broad(field: BoundField) -> bool:
    """Does the field take a whole line of a grid? Long texts and long lists do."""
    widget = field.field.widget
    many = isinstance(widget, CheckboxSelectMultiple) and len(list(widget.choices)) > 6
    return many or isinstance(widget, Textarea) or widget.needs_multipart_form


@register.filter
def fills(business: Any) -> str:
    """A known business for the script of the desk: name of the input -> value."""
    return json.dumps(fills_of(business), ensure_ascii=False)
