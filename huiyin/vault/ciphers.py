"""The authenticated ciphers and keyed digests that may close what is stored: AES-256-GCM with SHA-256, or SM4-GCM with SM3 (GB/T 32907, GB/T 32905).

Which of them closes new values is a setting (HUIYIN_CIPHERS). What is closed says by itself which it was: SM4 puts a mark before its nonce,
AES-256-GCM, which came first, has none. So both are read at any time, whatever the setting, and `huiyin keys rotate` moves one to the other.
Every key here has 32 bytes; SM4, whose keys have 16, gets one derived from it.
"""

import hmac
import os
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.utils.translation import gettext as _

AES: Final = "aes-256-gcm"
SM4: Final = "sm4-gcm"
SUITES: Final = (AES, SM4)
SHA256: Final = "sha256"
SM3: Final = "sm3"
DIGEST_OF: Final = {AES: SHA256, SM4: SM3}
MARK: Final = b"SM4\x01"  # before the nonce of what SM4-GCM closed
NONCE: Final = 12  # bytes
TAG: Final = 16


class Aead(Protocol):
    """One key of an authenticated cipher. `decrypt` raises InvalidTag for what was altered, or is about something else."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...


class Sm4Gcm:
    """SM4-GCM in the form of cryptography's AESGCM: the tag stands behind the text."""

    def __init__(self, key: bytes) -> None:
        self._key = algorithms.SM4(digest(SM3, key, b"huiyin sm4 key")[:16])

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Text and tag."""
        one = Cipher(self._key, modes.GCM(nonce)).encryptor()
        one.authenticate_additional_data(associated_data or b"")
        return one.update(data) + one.finalize() + one.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """The text. Raises InvalidTag."""
        if len(data) < TAG:
            raise InvalidTag
        one = Cipher(self._key, modes.GCM(nonce, data[-TAG:])).decryptor()
        one.authenticate_additional_data(associated_data or b"")
        return one.update(data[:-TAG]) + one.finalize()


def chosen() -> str:
    """The suite that closes new values."""
    return str(settings.CIPHERS)


def cipher(suite: str, key: bytes) -> Aead:
    """A cipher of that suite under a key of 32 bytes, for who keeps nonces himself."""
    return Sm4Gcm(key) if suite == SM4 else AESGCM(key)


class Closer:
    """Closes and opens under one key of 32 bytes; the closed form is mark, nonce, text and tag."""

    __slots__ = ("_key", "_made")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._made: dict[str, Aead] = {}

    def _of(self, suite: str) -> Aead:
        if suite not in self._made:
            self._made[suite] = cipher(suite, self._key)
        return self._made[suite]

    def close(self, plain: bytes, about: bytes) -> bytes:
        """The value as it is kept, by the suite of the setting. It opens again only for the same `about`."""
        nonce, suite = os.urandom(NONCE), chosen()
        return (MARK if suite == SM4 else b"") + nonce + self._of(suite).encrypt(nonce, plain, about)

    def open(self, closed: bytes, about: bytes) -> bytes:
        """The value. Raises InvalidTag when it was altered, is about something else, or belongs to another key."""
        if suite_of(closed) == SM4:
            try:
                return self._open(SM4, closed[len(MARK) :], about)
            except InvalidTag:
                pass  # one in four thousand million of AES begins like that by chance
        return self._open(AES, closed, about)

    def _open(self, suite: str, closed: bytes, about: bytes) -> bytes:
        if len(closed) < NONCE + TAG:
            raise InvalidTag
        return self._of(suite).decrypt(closed[:NONCE], closed[NONCE:], about)


def suite_of(closed: bytes) -> str:
    """Which suite closed it, as it says itself."""
    return SM4 if closed[: len(MARK)] == MARK else AES


def digest(name: str, key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 or HMAC-SM3, 32 bytes."""
    if name == SM3:  # not every Python's hashlib knows it
        one = HMAC(key, hashes.SM3())
        one.update(message)
        return one.finalize()
    return hmac.digest(key, message, name)


def commitment(salt: bytes, text: bytes) -> str:
    """What an event holds of a sealed value: 64 hexadecimal digits, by the digest of the suite in use."""
    return digest(DIGEST_OF[chosen()], salt, text).hex()


def fits(salt: bytes, text: bytes, commitment: str) -> bool:
    """Is the commitment one to this value? Events are never written anew, so it may be by either digest."""
    names = (SM3, SHA256) if chosen() == SM4 else (SHA256, SM3)
    return any(hmac.compare_digest(digest(name, salt, text).hex(), commitment) for name in names)


def problems() -> list[str]:
    """Why the site must not start: the setting asks for what this machine does not have."""
    if chosen() == SM4 and not _has_sm4():
        return [
            _("HUIYIN_CIPHERS 设为 sm4-gcm，但这台机器的密码库不提供 SM4 和 SM3；请更新密码库，或改回 aes-256-gcm。")
        ]
    return []


@lru_cache(maxsize=1)
def _has_sm4() -> bool:
    try:
        key = Sm4Gcm(bytes(32))
        return key.decrypt(bytes(NONCE), key.encrypt(bytes(NONCE), b"", b""), b"") == b""
    except UnsupportedAlgorithm:
        return False
