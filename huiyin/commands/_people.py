"""Invented people and shops for `huiyin fill`. No network gives out numbers that begin with 160, and no code belongs to anybody."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
GIVEN: Final = (
    "安禾远桐墨棠越思可子衿南听雨允明朗若谷向晚春生念真千里见微以宁采薇一鸣长望舒小满"
    "山秋实竹君立谷星野未云临川初有年知牧问青朝冬其白露同舟寒如东半夏"
)
STREETS: Final = ["示范路", "和平巷", "新民街", "桥头街", "书院路", "东风里", "解放街", "学府路", "河滨路", "站前街"]
TRADES: Final = (
    "电器行", "超市", "服饰店", "家具城", "餐饮店", "美发店", "数码店", "食品店",
    "车行", "药店", "培训中心", "健身房", "眼镜店", "花店", "洗衣店",
)  # fmt: skip
WORDS: Final = [
    "晨光",
    "惠邻",
    "云边",
    "家和",
    "福满",
    "清泉",
    "山水",
    "安居",
    "好又多",
    "小步",
    "鲜到家",
    "乐居",
    "平安",
    "四方",
    "暖阳",
    "远行",
]
SHOPS: Final = 20_000  # so many take turns as respondents; the first ones are complained of most
ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS: Final = tuple(pow(3, n, 31) for n in range(17))  # GB 32100-2015


@dataclass(frozen=True, slots=True)
class Somebody:
    """What a party is known by. `code`: the credit code of a shop; empty for a person."""

    name: str
    phone: str
    address: str
    code: str = ""


def person(chance: Random) -> Somebody:
    """Somebody who was not there before."""
    name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
    address = f"甲县{chance.choice(STREETS)}{chance.randrange(1, 400)}号{chance.randrange(1, 30)}楼{chance.randrange(101, 999)}室"
    return Somebody(name, f"160{chance.randrange(10**8):08d}", address)


def shop(chance: Random) -> Somebody:
    """One of the shops of the town: of a few much is heard, of most little."""
    number = int(SHOPS * chance.random() ** 2)
    own = Random(number)
    name = f"甲县{own.choice(WORDS)}{own.choice(TRADES)}{number:05d}"
    return Somebody(name, f"0990-65{number:06d}", f"甲县{own.choice(STREETS)}{number % 500 + 1}号", credit_code(number))


def credit_code(number: int) -> str:
    """A unified social credit code that checks out and was given to nobody: its division does not exist."""
    body = f"91990121MA8{number:06d}"
    left = 31 - sum(ALPHABET.index(sign) * weight for sign, weight in zip(body, WEIGHTS, strict=True)) % 31
    return body + ALPHABET[left % 31]
