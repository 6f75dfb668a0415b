"""What a password must be made of, and passwords that are made here for somebody's first log-in. The limits are settings (huiyin.entrance)."""

import secrets
import string
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# none that is taken for another
LETTERS: Final = "".join(c for c in string.ascii_letters + string.digits if c not in "0O1lI")
LENGTH: Final = 16
MOST_KINDS: Final = 3  # that may be asked for: those made here have so many
KINDS: Final = (str.isupper, str.islower, str.isdecimal)


def kinds_of(text: str) -> int:
    """Of how many kinds its signs are: capital letters, small letters, digits, anything else."""
    other = any(not any(kind(c) for kind in KINDS) for c in text)
    return sum(any(kind(c) for c in text) for kind in KINDS) + other


def made() -> str:
    """A password for one log-in: at least 93 random bits, of three kinds, as long as the setting asks."""
    while True:
        text = "".join(secrets.choice(LETTERS) for _letter in range(max(LENGTH, settings.ENTRANCE.password_length)))
        if kinds_of(text) >= MOST_KINDS:
            return text


class SeveralKinds:
    """A validator of Django's: at least so many kinds of signs."""

    def __init__(self, least: int = 1) -> None:
        self.least = least

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError."""
        if kinds_of(password) < self.least:
            raise ValidationError(self.get_help_text(), code="password_too_few_kinds")

    def get_help_text(self) -> str:
        """What is asked for, in words."""
        return _("密码要有大写字母、小写字母、数字、其他符号中的至少 %(least)d 种。") % {"least": self.least}
