"""The act on keys: they are the vault's, the log of administration knows of it."""

from django.db import transaction

from huiyin.org.acts import done, may
from huiyin.org.models import Officer
from huiyin.vault import ciphers, rotating


def rotate_keys(*, by: Officer | None = None) -> int:
    """A new master key; all data keys are wrapped anew, and what another cipher than that of the setting closed is moved. Not one transaction:
    interrupted, it is run again. Returns how many data keys were wrapped."""
    may("rotate_keys", by)
    moved = rotating.rotate()
    told = {"keys": moved.keys, "values": moved.values, "cases": moved.cases, "cipher": ciphers.chosen()}
    with transaction.atomic():
        done("keys_rotated", told, by)
    return moved.keys
