"""Second factors: one-time codes by the clock (RFC 6238), passkeys (WebAuthn), and recovery codes for when the device is gone.

Pure checks and the reads behind them; what changes an account stands in huiyin.accounts.actions.
"""

import base64
import hashlib
import os
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    UserVerificationRequirement,
)

from huiyin.accounts.models import Account, Passkey, RecoveryCode
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org.models import Officer, Person
from huiyin.vault import lists

STEP: Final = 30  # seconds
DIGITS: Final = 6
SEED: Final = 20  # bytes
CODES: Final = 10
LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is taken for another; 16 of them are 78 bits, so 17
CODE_LENGTH: Final = 17
ISSUER: Final = "回音"
MADE_UP: Final = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error, NotImplementedError, RecursionError, UnsupportedAlgorithm,
)  # fmt: skip  # what the parsers of the library run into on an answer or a key that no device gave
Answer = TypeVar("Answer", RegistrationResponse, AuthenticationResponse)


class BadFactor(ValueError):
    """What the device answered does not fit what was asked. For the log, not for people."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What somebody has beside the password."""

    totp: bool
    totp_since: datetime | None
    passkeys: tuple[Passkey, ...]
    codes: int

    @property
    def any(self) -> bool:
        """Recovery codes alone are no second factor: they stand in for one."""
        return self.totp or bool(self.passkeys)


def of(person: Person) -> Factors:
    """What the person has set up."""
    account = Account.objects.filter(person=person).first()
    keys = tuple(Passkey.objects.filter(person=person).order_by("pk"))
    codes = RecoveryCode.objects.filter(person=person).count()
    return Factors(bool(account and account.totp), account.totp_since if account else None, keys, codes)


def problems() -> list[str]:
    """Why the site must not start: a role that must have a second factor and is none would leave somebody without one in silence."""
    unknown = sorted(settings.ENTRANCE.second_factor - load_vocabulary().roles.keys())
    if not unknown:
        return []
    return [_("HUIYIN_SECOND_FACTOR 里有不认识的角色：%(roles)s。") % {"roles": "、".join(unknown)}]


def required(postings: list[Officer]) -> bool:
    """Must somebody who holds these postings have a second factor?"""
    return any(posting.role in settings.ENTRANCE.second_factor for posting in postings)


# -- one-time codes


def new_seed() -> bytes:
    """160 random bits."""
    return os.urandom(SEED)


def written(seed: bytes) -> str:
    """The seed as one types it into an app, in groups of four."""
    text = base64.b32encode(seed).decode()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def address(person: Person, seed: bytes) -> str:
    """What the square code on the page holds."""
    name = quote(f"{ISSUER}:{person.username}")
    return f"otpauth://totp/{name}?secret={base64.b32encode(seed).decode()}&issuer={quote(ISSUER)}"


def closed(person: Person, seed: bytes) -> bytes:
    """The seed as it is kept."""
    return lists.close(_about(person.pk), base64.b64encode(seed).decode())


def opened(account: Account) -> bytes | None:
    """The seed, to check a code."""
    return base64.b64decode(lists.opened(_about(account.person_id), bytes(account.totp))) if account.totp else None


def move_seeds() -> int:
    """Close the seeds by the suite of the setting; part of a rotation. Returns how many."""
    return lists.close_anew(Account.objects.filter(totp__isnull=False), "totp", lambda row: _about(row.person_id))


def _about(person: int) -> str:
    return f"totp\0p{person}"


def step_of(seed: bytes, code: str, now: float | None = None) -> int | None:
    """The step of time for which this is the code: the present one, or one before or after for clocks that differ. None: it is wrong."""
    digits = "".join(c for c in code if c.isdecimal() and c.isascii())
    if len(digits) != DIGITS:
        return None
    totp = TOTP(seed, DIGITS, SHA1(), STEP)
    at = int(now if now is not None else timezone.now().timestamp())
    found = None
    for near in (-1, 0, 1):  # all three are computed, whichever fits
        moment = at + near * STEP
        if secrets.compare_digest(totp.generate(moment), digits.encode()):
            found = moment // STEP
    return found


# -- recovery codes


def new_codes() -> list[str]:
    """Ten codes of 83 random bits, in groups."""
    return ["-".join(_code()[i : i + 6] for i in range(0, CODE_LENGTH, 6)) for _number in range(CODES)]


def _code() -> str:
    return "".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH))


def digest_of(code: str) -> str:
    """What is kept of a recovery code."""
    signs = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(f"huiyin recovery code\0{signs}".encode("utf-8", "surrogatepass")).hexdigest()


# -- passkeys


def server(request: HttpRequest) -> Fido2Server:
    """Passkeys of this site belong to its host name: on any other, a phishing page among them, the browser does not offer them."""
    host = request.get_host().rsplit(":", 1)[0] if not request.get_host().endswith("]") else request.get_host()
    own = f"{'https' if request.is_secure() else 'http'}://{request.get_host()}"
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name=ISSUER), verify_origin=lambda origin: origin == own)


def begin_registration(request: HttpRequest, person: Person) -> tuple[dict[str, Any], Any]:
    """What the browser is asked, and what to remember until it answers."""
    user = PublicKeyCredentialUserEntity(
        id=str(person.pk).encode(), name=person.username, display_name=person.display_name
    )
    known = [credential(key) for key in Passkey.objects.filter(person=person)]
    asked, state = server(request).register_begin(user, known, user_verification=UserVerificationRequirement.PREFERRED)
    return dict(asked), state


def _read(kind: type[Answer], answer: Mapping[str, Any]) -> Answer:
    """The answer of a device, taken apart. Raises BadFactor. Only here, with nothing but what somebody sent, is every error of theirs."""
    try:
        return kind.from_dict(answer)
    except MADE_UP as error:
        raise BadFactor(f"{type(error).__name__}: {error}") from error


def registered(request: HttpRequest, state: Any, answer: Mapping[str, Any]) -> AttestedCredentialData:
    """The new key. Raises BadFactor; also for one that could never be checked."""
    given = _read(RegistrationResponse, answer)
    if given.response.attestation_object.auth_data.credential_data is None:
        raise BadFactor("no credential")
    try:
        found = server(request).register_complete(state, given).credential_data
    except ValueError as error:  # so the library refuses
        raise BadFactor(str(error)) from error
    assert found is not None
    try:
        found.public_key.verify(b"", b"")
    except InvalidSignature:
        return found  # it can be checked with: nothing was signed yet
    except MADE_UP as error:
        raise BadFactor(f"no key to check with: {error}") from error
    raise BadFactor("a key that accepts anything")


def begin_check(request: HttpRequest, person: Person) -> tuple[dict[str, Any], Any]:
    """The same for a log-in."""
    known = [credential(key) for key in Passkey.objects.filter(person=person)]
    asked, state = server(request).authenticate_begin(known, user_verification=UserVerificationRequirement.PREFERRED)
    return dict(asked), state


def checked(request: HttpRequest, person: Person, state: Any, answer: Mapping[str, Any]) -> tuple[Passkey, int]:
    """The passkey that signed, and its count. Raises BadFactor; also when the count went back, as of a copied key."""
    keys = {key.credential: key for key in Passkey.objects.filter(person=person)}
    given, known = _read(AuthenticationResponse, answer), [credential(key) for key in keys.values()]
    try:
        used = server(request).authenticate_complete(state, known, given)
    except ValueError as error:  # so the library refuses
        raise BadFactor(str(error)) from error
    found, count = keys[credential_digest(used.credential_id)], int(given.response.authenticator_data.counter)
    if found.count and count <= found.count:
        raise BadFactor("the count of signatures went back")
    return found, count


def credential(key: Passkey) -> AttestedCredentialData:
    """The key as the library takes it."""
    return AttestedCredentialData(bytes(key.data))


def credential_digest(id: bytes) -> str:
    """By which a passkey is found."""
    return hashlib.sha256(id).hexdigest()
