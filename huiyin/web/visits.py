"""What a visitor without an account carries through a visit: the receipt just given, the case being looked at."""

import secrets
from dataclasses import asdict, dataclass
from typing import Final

from django.http import HttpRequest

from huiyin.web import closed

RECEIPT: Final = "receipt"
TRACKED: Final = "tracked"
RESPONDING: Final = "responding"
KIOSK: Final = "kiosk"


@dataclass(frozen=True)
class Receipt:
    """What is handed to the person. The query code is stored nowhere else."""

    case_id: int
    number: str
    code: str
    kind: str
    at: str
    unit: str
    anonymous: bool = False  # nobody knows who it was: only the code leads back
    unit_id: str = ""


def new_key() -> str:
    """A fresh idempotency key for a form: sent twice, it is carried out once."""
    return secrets.token_urlsafe(18)


def keep_receipt(request: HttpRequest, receipt: Receipt) -> None:
    """For the rest of this visit; whoever has the receipt may look at the case."""
    request.session[RECEIPT] = closed.close(asdict(receipt))
    track(request, receipt.case_id)


def receipt(request: HttpRequest) -> Receipt | None:
    """The receipt of this visit."""
    found = closed.opened(request.session.get(RECEIPT))
    return Receipt(**found) if found else None


def track(request: HttpRequest, case_id: int) -> None:
    """This visitor knew number and code of the case. The session gets a new name: one that somebody else put there opens nothing."""
    request.session.cycle_key()
    request.session[TRACKED] = case_id


def tracked(request: HttpRequest) -> int | None:
    """The case this visitor may look at."""
    found: int | None = request.session.get(TRACKED)
    return found


def respond(request: HttpRequest, code_id: int) -> None:
    """This visitor gave the code of a notice. As with tracking, the session gets a new name."""
    request.session.cycle_key()
    request.session[RESPONDING] = code_id


def responding(request: HttpRequest) -> int | None:
    """The code this visitor gave, by its row."""
    found: int | None = request.session.get(RESPONDING)
    return found


def leave(request: HttpRequest) -> None:
    """Whoever sits down at this machine next opens neither case nor receipt."""
    for name in (RECEIPT, TRACKED, RESPONDING):
        request.session.pop(name, None)


def stand_in_the_hall(request: HttpRequest) -> None:
    """This browser is a machine that strangers use one after the other."""
    request.session[KIOSK] = True


def in_the_hall(request: HttpRequest) -> bool:
    """Is it?"""
    return bool(request.session.get(KIOSK))
