"""How near a limit is to its end, as lists and figures show it: red is late, amber becomes late within three days, green later."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q

from huiyin.moments import stored

LIGHTS: Final = ("red", "amber", "green")
SOON: Final = timedelta(days=3)


def spans(now: datetime) -> dict[str, dict[str, datetime]]:
    """What each light covers, as lists are asked for it: late after the one moment and by the other (local)."""
    return {
        "red": {"late_by": now},
        "amber": {"late_after": now, "late_by": now + SOON},
        "green": {"late_after": now + SOON},
    }


def counts(now: datetime) -> dict[str, Count]:
    """The same for dues that are counted: an aggregate for each light."""
    late, near = stored(now), stored(now + SOON)
    return {
        "red": Count("pk", filter=Q(late_at__lte=late)),
        "amber": Count("pk", filter=Q(late_at__gt=late, late_at__lte=near)),
        "green": Count("pk", filter=Q(late_at__gt=near)),
    }


def light_of(late_at: datetime, now: datetime) -> str:
    """The same for one limit that becomes late at that moment (local)."""
    return "red" if late_at <= now else "amber" if late_at <= now + SOON else "green"
