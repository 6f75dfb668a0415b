"""Looking up a business for somebody who fills in the public form: by name, by words of its address, by its credit code.

What is found here is in the register because somebody once complained about it openly; that is said to nobody, and a report never brings a
business into it. An answer is short, and asks for two signs at least: the register cannot be leafed through.
"""

import re
from collections.abc import Mapping
from typing import Final

from huiyin.cases import businesses
from huiyin.cases.businesses import Known
from huiyin.core.facts import UNWRITABLE
from huiyin.core.identifiers import CODE_LENGTH, credit_code

SHOWN: Final = 6
LEAST_OF_CODE: Final = 8
CODE: Final = re.compile(r"[0-9A-Z]+", re.ASCII)
Answers = Mapping[str, list[str]]


def businesses_like(text: str) -> list[Known]:
    """The few that fit best."""
    asked = UNWRITABLE.sub("", text).strip()[:60]
    code = credit_code(asked)
    if CODE.fullmatch(code) and len(code) >= LEAST_OF_CODE:
        return businesses.by_code(code[:CODE_LENGTH], most=SHOWN)
    return businesses.by_words(asked, most=SHOWN)


def chosen(code: str) -> dict[str, list[str]]:
    """The answers that a chosen business gives; none where there is no such one."""
    found = businesses.by_code(code) if CODE.fullmatch(code) and len(code) == CODE_LENGTH else []
    if not found:
        return {}
    one = found[0]
    given = {"name": one.name, "credit_code": one.code, "address": one.address, "area": one.area}
    return {"respondent_known": ["true"], **{f"respondent-{name}": [value] for name, value in given.items() if value}}
