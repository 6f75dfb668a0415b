"""What somebody who types a notice of holidays got wrong, in words, and at which field of the form."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.core.workdays import CalendarError

REST: Final = "rest"
WORDS: Final[dict[str, tuple[str, str | Promise]]] = {
    "ends_before": (REST, gettext_lazy("“%(name)s”的最后一天（%(last)s）早于第一天（%(first)s）。")),
    "too_long": (REST, gettext_lazy("“%(name)s”从 %(first)s 到 %(last)s，超过%(most)s天，请核对日期。")),
    "rest_twice": (REST, gettext_lazy("“%(name)s”在放假里写了两次，请合成一行。")),
    "overlaps": (REST, gettext_lazy("“%(name)s”和“%(other)s”都有 %(day)s 这一天，请核对日期。")),
    "rest_on_makeup": (REST, gettext_lazy("%(day)s 是调休上班的日子，不能又在“%(name)s”放假。")),
    "other_year": (REST, gettext_lazy("%(day)s 不在%(year)s年，也不在上一年的最后一周，请核对日期和年份。")),
    "published_when": ("known_from", gettext_lazy("公布日期 %(day)s 不在%(year)s年，也不在上一年，请核对。")),
    "makeup_for_nothing": (
        "makeup", gettext_lazy("%(day)s 是为“%(name)s”调休，但放假里没有“%(name)s”，请把两处的名称写成一样。"),
    ),
    "makeup_on_weekday": ("makeup", gettext_lazy("%(day)s 是周一至周五，本来就上班，不用写在调休里，请核对日期。")),
    "makeup_twice": ("makeup", gettext_lazy("调休里 %(day)s 写了两次，请去掉一行。")),
    "makeup_in_rest": ("makeup", gettext_lazy("%(day)s 在“%(other)s”的放假期间，不能又调休上班，请核对日期。")),
}  # fmt: skip


def of(wrong: CalendarError) -> tuple[str, str]:
    """The field and the sentence. What no form can get wrong is told as the file reader says it, for whoever looks after the system."""
    field, words = WORDS.get(wrong.code, (REST, ""))
    if words:
        return field, str(words) % wrong.data
    return field, _("这份放假安排不能用：%(what)s") % {"what": wrong}
