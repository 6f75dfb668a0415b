"""What several commands read from their arguments."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING

from huiyin.commands import Stop, _

if TYPE_CHECKING:
    from huiyin.org.models import Officer


def day(text: str) -> date:
    """A type of argparse: a date, as 2026-05-29."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("“%s”不是日期，请写成 2026-05-29") % text)


def the_officer(text: str) -> Officer:
    """The posting named as USER or USER:ROLE@UNIT. Needs the database. Raises Stop, which says which there are."""
    from huiyin.org import queries
    from huiyin.org.models import Person

    username, _colon, posting = text.partition(":")
    person = Person.objects.filter(username=username).first()
    if person is None:
        raise Stop(_("没有用户“%s”。") % username)
    held = queries.postings(person)
    chosen = [o for o in held if not posting or str(o) == posting]
    if len(chosen) == 1:
        return chosen[0]
    known = "、".join(map(str, held)) or _("（无）")
    if not chosen:
        raise Stop(_("用户“%(user)s”没有这个任职。现有任职：%(known)s。") % {"user": username, "known": known})
    raise Stop(
        _("用户“%(user)s”有多个任职：%(known)s。请写成 %(user)s:角色@单位。") % {"user": username, "known": known}
    )
