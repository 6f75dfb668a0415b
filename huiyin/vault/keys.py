"""The key ring: a folder of its own (HUIYIN_KEYS), backed up apart from the database, made once at the first start.

`keyring.json` holds the master keys by id, which of them wraps new data keys, and the keys of the chain, the blind indexes and the search
tokens. The database keeps a fingerprint of each, so that a wrong or missing ring stops the start instead of making unreadable records.
`destroyed.txt` names the data keys that were destroyed: a restored backup loses them again (D3).
"""

import fcntl
import hmac
import json
import os
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.translation import gettext as _

from huiyin.durable import append_lines, sync_folder
from huiyin.vault import ciphers
from huiyin.vault.ciphers import Closer
from huiyin.vault.errors import Damaged, KeyDestroyed

if TYPE_CHECKING:
    from huiyin.vault.models import DataKey

FILE: Final = "keyring.json"
DESTROYED: Final = "destroyed.txt"
LENGTH: Final = 32  # bytes of every key


class KeyRingError(ImproperlyConfigured):
    """The ring is missing, damaged, open to others, or not the one this database was written with. The text is for the operator."""


@dataclass(frozen=True)
class KeyRing:
    """The keys of one installation. `masters` by id; `current` wraps new data keys."""

    masters: Mapping[str, bytes] = field(repr=False)
    current: str
    chain: bytes = field(repr=False)
    blind: bytes = field(repr=False)
    search: bytes = field(repr=False)
    blind_digest: str = ciphers.SHA256  # of the blind indexes; moved by a rotation alone, which makes them anew

    @classmethod
    def fresh(cls) -> "KeyRing":
        """A new ring of random keys."""
        key = secrets.token_bytes
        by = ciphers.DIGEST_OF[ciphers.chosen()]
        return cls({"m1": key(LENGTH)}, "m1", key(LENGTH), key(LENGTH), key(LENGTH), by)

    def with_new_master(self) -> "KeyRing":
        """The ring with one more master key, which is the current one from now on; blind indexes by the digest of the setting."""
        name = f"m{max(int(known[1:]) for known in self.masters) + 1}"
        by = ciphers.DIGEST_OF[ciphers.chosen()]
        masters = {**self.masters, name: secrets.token_bytes(LENGTH)}
        return replace(self, masters=masters, current=name, blind_digest=by)

    def only(self, names: Iterable[str]) -> "KeyRing":
        """The ring with no other master keys than these and the current one."""
        kept = {*names, self.current}
        return replace(self, masters={name: key for name, key in self.masters.items() if name in kept})

    @cached_property
    def _closers(self) -> dict[str, Closer]:
        return {name: Closer(key) for name, key in self.masters.items()}

    def wrap(self, raw: bytes, about: bytes) -> bytes:
        """A data key closed under the current master key; it opens again only for the same `about`."""
        return self._closers[self.current].close(raw, about)

    def unwrap(self, master: str, wrapped: bytes, about: bytes) -> bytes:
        """The data key. Raises KeyError for a master key that is not here, cryptography's InvalidTag for an altered or foreign one."""
        return self._closers[master].open(wrapped, about)

    def fingerprints(self) -> dict[str, str]:
        """Name -> what the database remembers of each key; it tells nothing about the key."""
        named = {f"master:{name}": key for name, key in self.masters.items()}
        named |= {"chain": self.chain, "blind": self.blind, "search": self.search}
        return {
            n: hmac.digest(key, f"huiyin fingerprint\0{n}".encode(), "sha256").hex()[:32] for n, key in named.items()
        }


_lock = threading.RLock()
_rings: dict[str, tuple[KeyRing, int]] = {}  # by folder, with the file's time of change
_in_use: list[KeyRing] = []


def ring() -> KeyRing:
    """The ring of this installation, compared with the database once in a process. Made when neither knows of one. Raises KeyRingError."""
    if _in_use:
        return _in_use[-1]
    folder = str(settings.KEYS)
    found = _rings.get(folder)
    if found is None:
        with _lock:
            found = _rings.get(folder) or _open(Path(folder))
            _rings[folder] = found
    return found[0]


def newest() -> KeyRing:
    """The ring as its file is now: before a new data key is wrapped, another process may have rotated it."""
    folder = str(settings.KEYS)
    known = _rings.get(folder)
    if not _in_use and known is not None and known[1] != _changed(folder):
        return reload()
    return ring()


def reload() -> KeyRing:
    """Read the ring again and compare it with the database. Raises KeyRingError."""
    with _lock:
        _rings.pop(str(settings.KEYS), None)
        return ring()


def data_key(row: "DataKey") -> bytes:
    """The data key of a row. Raises KeyDestroyed, Damaged, or KeyRingError when its master key is not here."""
    if row.wrapped is None:
        raise KeyDestroyed(f"key {row.id} of case {row.case_id} was destroyed")
    found = ring()
    if row.master not in found.masters:
        found = reload()
    if row.master not in found.masters:
        raise KeyRingError(_("密钥环中没有主密钥 %(name)s，请恢复密钥文件夹的备份。") % {"name": row.master})
    try:
        return found.unwrap(row.master, bytes(row.wrapped), row.about)
    except InvalidTag as error:
        raise Damaged(f"data key {row.id} of case {row.case_id} does not open") from error


def _changed(folder: str | Path) -> int:
    try:
        return os.stat(f"{folder}/{FILE}").st_mtime_ns  # asked for every new case: no Path is made
    except FileNotFoundError:
        return 0


@contextmanager
def using(other: KeyRing) -> Iterator[KeyRing]:
    """Work with another ring for a while: verifying what a backup holds, tests without a database."""
    _in_use.append(other)
    try:
        yield other
    finally:
        _in_use.remove(other)


def problems() -> list[str]:
    """Why the site must not start with these keys; empty when it may."""
    try:
        reload()
    except KeyRingError as error:
        return [str(error)]
    return []


def _open(folder: Path) -> tuple[KeyRing, int]:
    from huiyin.vault.models import DataKey, KeyCheck

    known = dict(KeyCheck.objects.values_list("name", "fingerprint"))
    changed = _changed(folder)
    if not changed and not known and not DataKey.objects.exists():
        found = make(folder)
        changed = _changed(folder)
    else:
        found = read(folder)
    wrong = _strangers(found, known) if known else _cannot_open(found)
    if wrong:
        raise KeyRingError(
            _("密钥环与数据库不符（%(names)s）。请把 %(folder)s 恢复为与此数据库配套的备份；不要新建密钥。")
            % {"names": "、".join(wrong), "folder": folder}
        )
    if not known:
        remember(found)
    return found, changed


def _strangers(found: KeyRing, known: Mapping[str, str]) -> list[str]:
    """Names of keys that the database remembers otherwise, or that are missing in the ring."""
    own = found.fingerprints()
    return sorted(name for name, fingerprint in known.items() if own.get(name) != fingerprint)


def _cannot_open(found: KeyRing) -> list[str]:
    """With no fingerprints in the database: the data keys that are there must open."""
    from huiyin.vault.models import DataKey

    key = DataKey.objects.filter(wrapped__isnull=False).first()
    try:
        if key is not None:
            found.unwrap(key.master, bytes(key.wrapped or b""), key.about)
    except (KeyError, InvalidTag):
        return [f"master:{key.master}"] if key is not None else []
    return []


def remember(new: KeyRing) -> None:
    """Enter the fingerprints of a ring in the database, and forget those of keys it has no longer."""
    from huiyin.vault.models import KeyCheck

    prints = new.fingerprints()
    with transaction.atomic():
        KeyCheck.objects.bulk_create(
            [KeyCheck(name=n, fingerprint=f) for n, f in prints.items()], ignore_conflicts=True
        )
        KeyCheck.objects.exclude(name__in=prints).delete()


def make(folder: Path) -> KeyRing:
    """Make the ring of a new installation; when two processes start together, one wins and both read the same."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _draft(folder, KeyRing.fresh())
    try:
        os.link(draft, folder / FILE)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_folder(folder)
    return read(folder)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Only one process changes the ring: of two that each made the next master key, one would wrap with a key that no file holds. What a change
    that was broken off left beside the ring goes. Raises KeyRingError while another is at it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise KeyRingError(_("另一处正在更换主密钥，请等它完成以后再运行。")) from error
        for draft in folder.glob(f".{FILE}.*"):
            draft.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)  # and the lock with it


def write(folder: Path, new: KeyRing) -> None:
    """Put another ring in the place of the old one, whole or not at all."""
    _draft(folder, new).replace(folder / FILE)
    sync_folder(folder)
    with _lock:
        _rings[str(folder)] = (new, _changed(folder))


def _draft(folder: Path, new: KeyRing) -> Path:
    draft = folder / f".{FILE}.{os.getpid()}.{threading.get_ident()}"
    table = {"format": 1, "current": new.current, "masters": {n: k.hex() for n, k in new.masters.items()}}
    table |= {"blind_digest": new.blind_digest} if new.blind_digest != ciphers.SHA256 else {}
    table |= {"chain": new.chain.hex(), "blind": new.blind.hex(), "search": new.search.hex()}
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(table, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return draft


def read(folder: Path) -> KeyRing:
    """The ring of a folder. Raises KeyRingError when it is missing, readable by others, or damaged."""
    path = folder / FILE
    if not path.exists():
        raise KeyRingError(
            _("找不到密钥环 %(path)s，而数据库中已有加密的资料。请从备份恢复密钥文件夹，或改正 HUIYIN_KEYS。")
            % {"path": path}
        )
    if path.stat().st_mode & 0o077:
        raise KeyRingError(_("密钥环 %(path)s 可被他人读取，请运行：chmod 600 %(path)s") % {"path": path})
    try:
        table = json.loads(path.read_text(encoding="ascii"))
        masters = {str(name): bytes.fromhex(key) for name, key in table["masters"].items()}
        chain, blind, search = (bytes.fromhex(table[name]) for name in ("chain", "blind", "search"))
        found = KeyRing(masters, table["current"], chain, blind, search, table.get("blind_digest", ciphers.SHA256))
        whole = table["format"] == 1 and found.current in masters and found.blind_digest in ciphers.DIGEST_OF.values()
        whole = whole and all(len(key) == LENGTH for key in (*masters.values(), found.chain, found.blind, found.search))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyRingError(_("密钥环 %(path)s 已损坏，请从备份恢复。") % {"path": path}) from error
    if not whole:
        raise KeyRingError(_("密钥环 %(path)s 不完整，请从备份恢复。") % {"path": path})
    return found


def note_destroyed(key_ids: Iterable[str]) -> None:
    """Add destroyed data keys to the list beside the ring, written through."""
    append_lines(Path(settings.KEYS) / DESTROYED, key_ids)


def destroyed() -> list[str]:
    """Ids of all data keys that were ever destroyed here."""
    path = Path(settings.KEYS) / DESTROYED
    return path.read_text(encoding="ascii").split() if path.exists() else []
