"""One place where moments cross the border between core (local, without zone) and the outside (with zone, stored in UTC) (D13)."""

from datetime import UTC, datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))  # Asia/Shanghai: no daylight saving since 1991, so one offset serves every case


def local(moment: datetime) -> datetime:
    """Into the core: naive local time. What comes without zone is taken as local."""
    return moment if moment.tzinfo is None else moment.astimezone(ZONE).replace(tzinfo=None)


def stored(moment: datetime) -> datetime:
    """Into the database: the same moment in UTC, with its zone."""
    return (moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment).astimezone(UTC)
