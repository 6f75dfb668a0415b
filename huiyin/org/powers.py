"""The three administrators, and which act is whose: nobody can both let somebody in and say what he may do there, and nobody who does
either can tidy up the record of it (GB/T 22239, level 3: system, security and audit administrators are three people).

An act of huiyin.org.actions and of the accounts stands here by its name; one that does not is the system administrator's.
"""

from collections.abc import Mapping
from typing import Final

SYSTEM: Final = "administrator"  # what there is: units, areas, accounts, rules, settings, calendars, directory
SECURITY: Final = "security_administrator"  # who may do what: postings, passwords, second factors, tokens, keys, locks
AUDIT: Final = "auditor"  # what was done: the logs. Changes nothing
SEPARATE: Final = frozenset({SYSTEM, SECURITY, AUDIT})
"""Roles of which a person holds at most one at a time."""

_BOTH: Final = frozenset({SYSTEM, SECURITY})
_SECURITY: Final = frozenset({SECURITY})
POWERS: Final[Mapping[str, frozenset[str]]] = {
    # who may do what
    "appoint": _SECURITY,
    "set_password": _SECURITY,
    "rotate_keys": _SECURITY,
    "reset_factors": _SECURITY,
    "unlock": _SECURITY,
    "end_sessions": _SECURITY,
    "create_token": _SECURITY,
    "revoke_token": _SECURITY,
    # taking away is never too much: whoever is first on the spot
    "end_posting": _BOTH,
    "set_active": _BOTH,
    "switch_off": _BOTH,
    "switch_on": _SECURITY,
}


def allowed(act: str) -> frozenset[str]:
    """Roles that may do it."""
    return POWERS.get(act, frozenset({SYSTEM}))
