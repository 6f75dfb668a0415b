"""Does a text or a file name tell who somebody is? Exact and near spellings of what is known of a person, each with its place in the text.

What is looked for is only what is known: name (also called by surname and title, in pinyin, by signs of the same sound, with signs between),
telephone in any grouping and its last digits, identity number and its parts, mail, accounts, and road and number or estate and building of the
address. It reads text alone: handwriting, voice, pictures and what only insiders would understand it cannot find. Knows no case and no database.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiyin.core import spelling
from huiyin.core.spelling import GAP, HAN, Folded, fold

NAME, CALLED, PINYIN, PHONE, ID_NUMBER, BIRTH, EMAIL, ACCOUNT, ADDRESS = KINDS = (
    "name", "called", "pinyin", "phone", "id_number", "birth_date", "email", "account", "address",
)  # fmt: skip
OF_FACT: Final[Mapping[str, str]] = {
    "name": NAME, "contact_person": NAME, "phone": PHONE, "id_number": ID_NUMBER, "email": EMAIL, "address": ADDRESS, "account": ACCOUNT,
}  # fmt: skip
"""What a fact of a party is looked for as."""
Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text, in characters, and what it gives away: one of KINDS."""

    start: int
    end: int
    kind: str


class Finder:
    """Looks for what is known of some people. `known`: (fact of a party, value); `open_anyway`: values that the reader knows as his own, such
    as the respondent's telephone or road: what is the same there gives nothing away."""

    def __init__(self, known: Iterable[tuple[str, str]], open_anyway: Iterable[str] = ()) -> None:
        others = "\n".join(fold(value).digits for value in open_anyway)
        self._patterns: list[tuple[str, Pattern]] = []
        for fact, value in dict.fromkeys(known):
            kind = OF_FACT.get(fact)
            if kind is not None and value.strip():
                self._patterns += _patterns(kind, unicodedata.normalize("NFKC", value).strip()[:200], others)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def marks(self, text: str) -> list[Mark]:
        """Every place, in order; of places that overlap the longest."""
        folded = fold(text)
        found = [
            Mark(folded.places[hit.start()], folded.places[hit.end() - 1] + 1, kind)
            for kind, pattern in self._patterns
            for hit in pattern.finditer(folded.digits if kind in _IN_DIGITS else folded.signs)
            if hit.end() > hit.start()
        ]
        kept: list[Mark] = []
        for mark in sorted(found, key=lambda m: (m.start - m.end, m.start, KINDS.index(m.kind))):
            at = bisect_left(
                kept, mark.end, key=lambda m: m.start
            )  # those kept do not overlap: only the one before can reach into it
            if at == 0 or kept[at - 1].end <= mark.start:
                kept.insert(at, mark)
        return kept


_IN_DIGITS: Final = frozenset({PHONE, ID_NUMBER, BIRTH, ADDRESS})  # there numerals of any kind count as digits


def _patterns(kind: str, value: str, others: str) -> list[tuple[str, Pattern]]:
    made = {
        NAME: _of_name, PHONE: _of_phone, ID_NUMBER: _of_id_number, EMAIL: _of_email, ACCOUNT: _of_account, ADDRESS: _of_address,
    }[kind](value, others)  # fmt: skip
    return [(found, re.compile(written)) for found, written in made]


Written = Iterator[tuple[str, str]]

# -- names

_TITLES: Final = (
    "先生|女士|小姐|太太|老师|师傅|同志|同学|大哥|大姐|大爷|大妈|大叔|大婶|阿姨|叔叔|奶奶|爷爷|婆婆|姐姐|哥哥|医生|大夫|工程师"
    "|姓(?:男子|女子|市民|群众|消费者|举报人|投诉人|顾客|客户|居民|业主|员工|职工)"
)
_NOT_SOMEBODY: Final = (
    "些|个(?!人)|种|天|日|月|年|市|县|区|省|镇|村|乡|街|路|公司|企业|店|单位|局|地|时|处|品|商|超|项|次|款|类|条|方|段|期|点|号|家"
    "|网|平台|饭|酒|药|医|学|银|小区|大|一|件|酸|氏"
)
_MASKED: Final = "[*x某○〇口□_#?]"
_ENDS: Final = "[^，。！？；：、,!?;:\n\\w]{0,3}"  # between two signs: nothing by which a sentence is divided
_ORGANISATION: Final = re.compile(r"公司|商店|商行|超市|中心|酒店|饭店|厂$|店$|部$|院$|校$|局$|会$|所$|社$|行$|馆$|站$")
_OTHER_WORDS: Final = frozenset("时于区米车包康麦牛龙白石马金黄花林江方项计单乔山水风云雷安平常和成道门项")
"""Surnames that make another word behind 小 or 老: 小时, 小区."""


def _of_name(value: str, others: str) -> Written:
    bare = "".join(c for c in fold(value).signs if c.isalnum())
    if len(bare) < 2 or (len(bare) > 1 and bare in spelling.squeezed(others)):
        return
    if not all(map(HAN.fullmatch, bare)):
        yield from _of_foreign_name(value, bare)
        return
    if len(bare) > 6 or _ORGANISATION.search(bare):
        yield NAME, GAP.join(bare)
        return
    surname = bare[:2] if bare[:2] in spelling.COMPOUND and len(bare) > 2 else bare[:1]
    given = bare[len(surname) :]
    between = GAP if len(bare) > 2 else _ENDS
    yield NAME, between.join(bare)
    yield CALLED, f"{surname}(?:{_TITLES})|{surname}某(?:某|(?!{_NOT_SOMEBODY}))|{surname}(?:[*×]{{1,2}}|[○〇口□]{{2}})"
    if len(surname) == 2 or surname not in _OTHER_WORDS:
        yield CALLED, f"(?<![大中])[老小阿]{surname}(?!{HAN.pattern}{HAN.pattern}?(?:路|街|店|村|区|镇|公司))"
    if len(given) == 2:
        yield NAME, f"{surname}{_MASKED}{given[1]}|{surname}{given[0]}[*×某○□](?!\\w)"
        yield CALLED, f"{given}(?:{_TITLES})"
        yield NAME, between.join(reversed(bare))
    yield from _by_sound(surname, given)


def _by_sound(surname: str, given: str) -> Written:
    """In pinyin, either way round and with or without tones; and in other signs of the same sound, where the surname or the rest is as it is."""
    sounds = [spelling.sounds(c) for c in surname + given]
    if not all(sounds):
        return
    written = [f"(?:{'|'.join(sorted(one))})[1-5]?" for one in sounds]
    split = r"[\s_.'·,-]{0,2}"
    first, last = split.join(written[: len(surname)]), split.join(written[len(surname) :])
    yield PINYIN, f"(?<![a-z])(?:{first}{split}{last}|{last}{split}{first})(?![a-z])"
    letters = "".join(sorted(one)[0][0] for one in sounds[len(surname) :])
    if len(letters) > 1:
        yield PINYIN, f"{surname}\\s?{letters}(?![a-z])"
    if len(given) < 2:
        return  # two signs of common sound are too often something else
    alike = [f"[{''.join(spelling.signs_of(one) | {sign})}]" for one, sign in zip(sounds, surname + given, strict=True)]
    yield NAME, GAP.join([*surname, *alike[len(surname) :]])
    yield NAME, GAP.join([*alike[: len(surname)], *given])


def _of_foreign_name(value: str, bare: str) -> Written:
    parts = [p for p in re.split(r"[\W_]+", fold(value).signs) if p]
    if len(bare) >= 4:
        there = GAP.join(map(re.escape, parts))
        back = GAP.join(map(re.escape, reversed(parts)))
        yield NAME, f"(?<![a-z0-9])(?:{there}|{back})(?![a-z0-9])"


# -- numbers

_LOOKS_LIKE: Final = {"0": "[0o]", "1": "[1li]"}
_CUE: Final = "(?:尾号|末尾|末位|末4位|后4位|后5位|后6位|结尾|电话|手机|号码|联系|来电|致电|微信)[^0-9]{0,6}"
_COUNTED: Final = "(?![0-9.:%年月日元块万亿斤吨克米件个人次号楼栋幢室页部台分点时度平吋寸路集届期户级型款])"


def _in_groups(digits: str) -> str:
    return "[^0-9a-z一-鿿]{0,3}".join(_LOOKS_LIKE.get(d, d) for d in digits)


def _of_phone(value: str, others: str) -> Written:
    digits = re.sub("[^0-9]", "", fold(value).digits)
    digits = re.sub(r"^(?:00)?86(?=1[0-9]{10}$)", "", digits)
    if len(digits) < 7 or digits in re.sub("[^0-9\n]", "", others):
        return
    local = digits[-8:] if digits.startswith("0") and len(digits) >= 11 else ""
    yield PHONE, _in_groups(digits)
    if local:
        yield PHONE, f"(?<![0-9]){_in_groups(local)}(?![0-9])"
    else:
        hidden = r"[*x×#•·._…~ -]{1,8}|(?:开头|打头|起头)[^0-9]{0,10}"
        yield PHONE, f"(?<![0-9]){digits[:3]}(?:{hidden}){digits[-4:]}(?![0-9])"
        yield PHONE, f"(?<![0-9]){_in_groups(digits[:7])}(?:[*x×#]{{1,6}}|(?![0-9]))"
    yield PHONE, f"(?<![0-9]){_in_groups(digits[-7:])}(?![0-9])"
    for count in (6, 5, 4):
        tail = digits[-count:]
        yield PHONE, f"{_CUE}{tail}(?![0-9])"
        if not re.fullmatch("(?:19|20)[0-9]{2}|[0-9]0{3}|[0-9]{2}0{3}", tail):  # a year, a round sum
            yield PHONE, f"(?<![0-9.:¥$#第-]){tail}{_COUNTED}(?![-/][0-9])"


def _of_id_number(value: str, others: str) -> Written:
    number = re.sub("[^0-9x]", "", fold(value).digits)
    if len(number) < 6 or number in re.sub("[^0-9x\n]", "", others):
        return
    yield ID_NUMBER, _in_groups(number)
    for count in range(len(number) - 1, 6, -1):  # a part of it, standing alone; the first six tell a county only
        yield from (
            (ID_NUMBER, f"(?<![0-9]){number[at : at + count]}(?![0-9x])") for at in range(len(number) - count + 1)
        )
    yield ID_NUMBER, f"(?<![0-9]){number[-6:]}(?![0-9x])"
    yield ID_NUMBER, f"(?:身份证|证件|证号|尾号|末4位|后4位)[^0-9]{{0,8}}{number[-4:]}(?![0-9x])"
    if len(number) == 18:
        year, month, day = number[6:10], int(number[10:12]), int(number[12:14])
        yield BIRTH, f"(?<![0-9]){year}[年./ -]{{1,2}}{_counted(month)}[月./ -]{{1,2}}{_counted(day)}(?![0-9])[日号]?"


def _counted(number: int) -> str:
    """A number as people write it: 12, 012, 十二, where numerals are digits already and 十 is left."""
    tens, ones = divmod(number, 10)
    more = f"|{tens if tens > 1 else '1?'}十{ones or ''}" if 10 <= number < 100 else ""
    return f"(?:0?{number}{more})"


# -- mail and accounts


def _of_email(value: str, others: str) -> Written:
    user, at, host = fold(value).signs.replace(" ", "").partition("@")
    if not at or f"{user}@{host}" in others:
        return
    said = r"\s?".join(map(re.escape, user))
    dots = r"\s?(?:[.。·点]|\(?dot\)?)\s?".join(map(re.escape, host.split(".")))
    yield EMAIL, rf"(?<![a-z0-9]){said}\s?(?:@|[\[(]?\s?at\s?[\])]?|#|艾特|\*)\s?{dots}"
    if len(user) >= 5:
        yield EMAIL, f"(?<![a-z0-9._-]){re.escape(user)}(?![a-z0-9_-])"


def _of_account(value: str, others: str) -> Written:
    account = fold(value).signs.strip()
    if len(account) >= 5 and account not in others:
        letters = r"[\s_.-]?".join(re.escape(c) for c in account if c.isalnum())
        yield ACCOUNT, f"(?<![a-z0-9]){letters}(?![a-z0-9])"


# -- addresses. Numerals are digits already: 城关一路 is 城关1路 on both sides

_SIGN: Final = "[一-鿿0-9a-z]"
_DIVISIONS: Final = re.compile(
    r"^(?:[^省]{1,7}省|[^区]{1,8}自治区)?(?:[^市州盟]{1,7}(?:自治州|地区|市|盟))?(?:[^区县市旗]{1,8}(?:(?<![小社园景])区|县|市|旗))?"
    r"(?:[^镇乡街路村]{1,6}(?:镇|乡|街道))?"
)  # fmt: skip
_ROAD: Final = re.compile(
    rf"({_SIGN}{{1,8}}?(?:大道|大街|胡同|路|街|道|巷|弄|线))[^0-9一-鿿]{{0,2}}([0-9]+)(?:附?[号弄#-]|$)"
)
_ESTATE: Final = re.compile(
    rf"({_SIGN}{{2,12}}?(?:小区|社区|花园|花苑|家园|公寓|大厦|广场|新村|山庄|家属院|[苑城园居邸府庄湾郡院]))"
    r"(?:[a-z0-9]{1,2}[期区])?([a-z]?[0-9]+|[a-z])(?:号?[楼栋幢座院]|单元|号|#|-)"
)
_VILLAGE: Final = re.compile(rf"({_SIGN}{{1,6}}村)(?:委会)?([0-9]+)(?:组|号|队|社)")
_DOOR: Final = re.compile(r"([0-9]+)(?:号?[楼栋幢座]|#)?-?([0-9]+)(?:单元)?-?([0-9]{3,4})(?:室|号|户|$)")


def _of_address(value: str, others: str) -> Written:
    whole = fold(value).digits
    rest = _DIVISIONS.sub("", whole).strip()
    pieces = 0
    for form, near, said in ((_ROAD, 3, "号?"), (_ESTATE, 8, "(?:号?[楼栋幢座院]|号)?"), (_VILLAGE, 4, "[组号队社]?")):
        for hit in form.finditer(_behind_road(rest) if form is _ESTATE else rest):
            pieces += 1
            place, number = hit[1], _number(hit[2])
            written = f"{GAP.join(map(re.escape, place))}[^0-9\n]{{0,{near}}}{number}(?![0-9]){said}"
            if not re.search(written, others):
                yield ADDRESS, written
    door = _DOOR.search(rest)
    if door is not None:
        between = "[^0-9\n]{1,4}"
        written = f"(?<![0-9]){between.join(_number(door[n]) for n in (1, 2, 3))}(?![0-9])"
        if not re.search(written, others):
            yield ADDRESS, written
    if not pieces and len(rest) >= 6 and rest not in others:
        yield ADDRESS, GAP.join(re.escape(c) for c in rest if c.isalnum())


def _behind_road(text: str) -> str:
    """What stands behind the last road and number: where an estate begins."""
    *_others, last = (0, *(hit.end() for hit in _ROAD.finditer(text)))
    return text[last:]


def _number(text: str) -> str:
    return _counted(int(text)) if text.isdecimal() and len(text) < 4 else re.escape(text)


# -- what somebody tells of himself in a text

_OF_MYSELF: Final = re.compile(
    r"(?:我|本人|自己|联系)[^，。；,;\n0-9a-z]{0,6}?(电话|手机|微信|v信|vx|wx|wechat|qq|邮箱|email)(?:号码|号|id)?[\s:是为]{0,3}([a-z0-9_.@+-]{5,40})"
)


def told_of_oneself(text: str) -> Iterator[tuple[str, str]]:
    """(fact, value) of numbers and accounts that somebody names as his own in a text: 我的微信是…, 本人电话…"""
    for hit in _OF_MYSELF.finditer(fold(text).signs):
        label, value = hit[1], hit[2].strip(".-")
        if "@" in value:
            yield "email", value
        elif label in ("电话", "手机") and re.fullmatch(r"[0-9-]{7,13}", value):
            yield "phone", value
        elif label not in ("电话", "手机"):
            yield "account", value


@lru_cache(maxsize=64)
def finder(known: tuple[tuple[str, str], ...], open_anyway: tuple[str, ...] = ()) -> Finder:
    """The same finder for the same people, so that several texts of one act cost one."""
    return Finder(known, open_anyway)


def around(text: str, mark: Mark, signs: int = 12) -> tuple[str, str, str]:
    """What stands before a place, at it and behind it, for showing."""
    before = text[max(0, mark.start - signs) : mark.start]
    return before, text[mark.start : mark.end], text[mark.end : mark.end + signs]


__all__: Sequence[str] = ["KINDS", "Finder", "Folded", "Mark", "around", "finder", "told_of_oneself"]
