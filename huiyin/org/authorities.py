"""Acts on the directory of other authorities; directory.py reads it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from huiyin.core import identifiers
from huiyin.org import queries
from huiyin.org.acts import BadAct, act, done, iso
from huiyin.org.models import Area, Authority, Officer, Unit
from huiyin.org.units import UNIT_ID


@act
def set_authority(
    code: str, *, label: str, telephone: str, matters: Iterable[str], address: str = "", hours: str = "", url: str = "", area: str = "",
    unit: str = "", note: str = "", checked: date | None = None, since: date | None = None, by: Officer | None = None,
) -> Authority:  # fmt: skip
    """A new entry of the directory of other authorities, or the same one with these words from now on. Whoever writes it has made sure of the
    telephone (`checked`, default today). Errors: BadAct."""
    found = {
        "label": label.strip(), "telephone": telephone.strip(), "matters": _matters(matters), "address": address.strip(),
        "hours": hours.strip(), "url": url.strip(), "area": area, "unit": unit, "note": note.strip(),
    }  # fmt: skip
    _check_authority(code, found)
    before = Authority.objects.filter(pk=code).first()
    if before is not None and before.until is not None:
        raise BadAct("code", _("代号 %(code)s 用过，已经停用，请另取一个。") % {"code": code})
    row = before or Authority(code=code, since=since or queries.today())
    row.checked = checked or queries.today()
    for name, value in found.items():
        setattr(row, name, value)
    row.save(force_insert=before is None)
    shown = {name: value for name, value in found.items() if value}
    done("authority_set", {"authority": code, **shown, "checked": iso(row.checked), "since": iso(row.since)}, by)
    return row


def _matters(given: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in given if word.strip()))


def _check_authority(code: str, found: Mapping[str, Any]) -> None:
    if not UNIT_ID.fullmatch(code) or ":" in code:
        raise BadAct("code", _("代号由小写字母、数字和下划线组成，以字母开头。"))
    for name, said in (("label", _("请填写部门名称。")), ("matters", _("请填写受理的事项。"))):
        if not found[name]:
            raise BadAct(name, said)
    numbers = [part for part in re.split(r"[、,，;；/]", found["telephone"]) if part.strip()]
    if not numbers or not all(identifiers.is_phone(number) for number in numbers):
        raise BadAct("telephone", _("请填写完整的电话，带区号；几个号码用顿号隔开。"))
    if found["url"] and not re.match(r"https?://[^\s]+$", found["url"]):
        raise BadAct("url", _("网址应以 http:// 或 https:// 开头。"))
    if found["area"] and not Area.objects.filter(code=found["area"]).exists():
        raise BadAct("area", _("没有代码为 %(code)s 的地区。") % {"code": found["area"]})
    if found["unit"] and not Unit.objects.filter(id=found["unit"], level="external").exists():
        raise BadAct("unit", _("没有代号为 %(id)s 的外部机关。") % {"id": found["unit"]})


@act
def check_authority(code: str, *, checked: date | None = None, by: Officer | None = None) -> Authority:
    """Somebody called and the telephone is right: only the date of the last check moves. Errors: BadAct."""
    row = _authority(code)
    row.checked = checked or queries.today()
    if row.checked > queries.today():
        raise BadAct("checked", _("核对日期晚于今天。"))
    row.save(update_fields=["checked"])
    done("authority_checked", {"authority": code, "checked": iso(row.checked)}, by)
    return row


@act
def close_authority(code: str, *, until: date | None = None, by: Officer | None = None) -> Authority:
    """The entry is shown until that day (default: yesterday, so not any more). What was told before stands in its cases. Errors: BadAct."""
    row = _authority(code)
    row.until = until or queries.today() - timedelta(days=1)
    row.save(update_fields=["until"])
    done("authority_closed", {"authority": code, "until": iso(row.until)}, by)
    return row


def _authority(code: str) -> Authority:
    found = Authority.objects.filter(queries.in_force(queries.today()), pk=code).first()
    if found is None:
        raise BadAct("code", _("没有代号为 %(code)s 的部门。") % {"code": code})
    return found
