"""The commands of `huiyin`, one module each; the file's name is the command's name (`rules.py` -> `huiyin rules`).

A command module has a docstring (its help), `add_arguments(parser)` and `run(args) -> int` (the exit code). A group such as
`huiyin calendar due` is a module that adds sub-parsers itself. A name that Python reserves ends in an underscore (`import_.py`).
Importing a command module must not import Django: rules, calendar and examples answer in a moment and need no database.
Commands that do need it call `django_ready()` or `database_ready()` first and import models after that, inside `run`.
"""

import gettext
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huiyin.core.vocabulary import Vocabulary

TRADITIONAL = ("zh_hant", "zh_hk", "zh_mo", "zh_tw")


def wanted(environment: Sequence[str] = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")) -> str:
    """The folder of the operator's language, by the first of these variables that is set; none for simplified Chinese, and for any
    language that we do not have."""
    named = next((os.environ[name] for name in environment if os.environ.get(name)), "")
    for one in named.lower().replace("-", "_").split(":"):
        name = one.partition(".")[0]
        if name.startswith(TRADITIONAL):
            return "zh_Hant"
        if name == "zh" or name.startswith("zh_"):
            return ""
        if name.partition("_")[0] == "en":
            return "en"
    return ""


_language = wanted()
_catalogue = (
    gettext.translation("django", Path(__file__).parents[1] / "locale", [_language])
    if _language
    else gettext.NullTranslations()
)


def _(text: str) -> str:
    """The text in the operator's language, without needing Django; the same catalogue as the pages."""
    return _catalogue.gettext(text)


def in_words(vocabulary: "Vocabulary") -> "Vocabulary":
    """The vocabulary with its labels in the operator's language."""
    if not _language:
        return vocabulary
    from huiyin import languages

    return languages.translated(vocabulary, _catalogue.pgettext)


class Stop(Exception):
    """What the operator asked cannot be done. The text says what happened, why, and what to do next; exit code 2."""


def django_ready() -> None:
    """Load the settings and the models. Raises SettingsError when an environment variable has a wrong value."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huiyin.settings")
    django.setup()
    from django.utils import translation

    if _language:
        translation.activate(_language.replace("_", "-").lower())


def database_ready() -> None:
    """django_ready(), and then make sure the database is there, safe to write to, and has all its tables."""
    django_ready()
    from huiyin import checks

    if problems := checks.database_problems():
        raise Stop("\n".join(problems))
