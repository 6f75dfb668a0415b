"""How often the look through what leaves stops an innocent text, and how many disguises of a person it finds. Bars: 2 %, 95 %.

Prints one JSON line. Innocent: answers that real offices wrote and letters they got (HUIYIN_DATA/zh, or shared/data/zh beside the repository),
each looked through for three made-up people who have nothing to do with it. Disguises: the same people written into such texts in ways that
one meets, one of each kind a person; those in BEYOND are known to be beyond a look at spellings and are counted apart, without a bar.
"""

import csv
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from huiyin.core.leaks import Finder
from huiyin.core.spelling import sounds

DATA = Path(os.environ.get("HUIYIN_DATA", Path(__file__).parents[2] / "shared" / "data")) / "zh"
TEXTS = (("letters_with_replies.csv", "reply"), ("hotline_river.csv", "reply"), ("letters_with_replies.csv", "detail"))
PEOPLE, EACH = 300, 3
BAR_FALSE, BAR_FOUND = 0.02, 0.95
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
    "石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂建国华文玉红春梅海燕志宇浩欣怡梓涵子轩诗雨晨阳佳琪思雪婷鹏飞俊峰慧颖晓东"
    "小龙永健家豪德福金凤淑珍立新"
)
ROADS = ("人民路", "建设路", "幸福路", "解放大道", "中山西路", "城关一路", "文化街", "和平巷", "青年路", "五一大道")
ESTATES = ("阳光小区", "金色家园", "翠湖花园", "锦绣新村", "东方苑", "万和公寓", "桂花园", "祥和家属院")
CHINESE = "零一二三四五六七八九"
FORMAL = "零壹贰叁肆伍陆柒捌玖"
HOMOPHONES = dict(zip("小明伟芳丽静军红华玉文平", "晓鸣玮方莉婧君虹桦钰雯萍", strict=True))
TRADITIONAL = str.maketrans(
    "张刘陈杨黄赵吴孙马罗郑谢许韩冯邓曾萧蒋余叶苏吕任卢钟谭陆范贾韦邹邱龙顾龚邵钱严汤伟静丽强军洋艳涛兰刚国华红凤飞东龙",
    "張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧曾蕭蔣余葉蘇呂任盧鍾譚陸範賈韋鄒邱龍顧龔邵錢嚴湯偉靜麗強軍洋艷濤蘭剛國華紅鳳飛東龍",
)

Person = dict[str, str]


def person(chance: random.Random) -> Person:
    """Somebody who does not exist."""
    name = chance.choice(SURNAMES) + "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2, 2))))
    phone = f"1{chance.choice('3578')}{chance.randrange(10**9):09}"
    born = f"{chance.randrange(1950, 2005)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
    number = f"410{chance.randrange(100, 200)}{born}{chance.randrange(1000):03}{chance.choice('0123456789X')}"
    spelt = "".join(sorted(sounds(c))[0] for c in name)
    road, estate = chance.choice(ROADS), chance.choice(ESTATES)
    house, block, room = chance.randrange(1, 300), chance.randrange(1, 30), chance.randrange(101, 1800)
    return {
        "name": name, "phone": phone, "id_number": number, "email": f"{spelt}{chance.randrange(10, 99)}@163.com",
        "address": f"示范省示范市甲县城关镇{road}{house}号{estate}{block}号楼2单元{room}室", "account": f"wx_{spelt}{chance.randrange(100)}",
        "road": road, "house": str(house), "estate": estate, "block": str(block), "room": str(room),
    }  # fmt: skip


def finder(one: Person) -> Finder:
    return Finder([(n, one[n]) for n in ("name", "phone", "id_number", "email", "address", "account")])


def spelt(name: str) -> list[str]:
    return [sorted(sounds(c))[0] for c in name]


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def digits_as(text: str, signs: str) -> str:
    return "".join(signs[int(c)] if c.isdecimal() else c for c in text)


def chinese_number(text: str) -> str:
    """Up to 99 as it is said; larger sign by sign."""
    number = int(text)
    tens, ones = divmod(number, 10)
    if number > 99:
        return digits_as(text, CHINESE)
    return (("" if tens == 1 else CHINESE[tens]) + "十" if tens else "") + (CHINESE[ones] if ones or not tens else "")


Disguise = Callable[[Person], str]
DISGUISES: dict[str, Disguise] = {
    "name as it is": lambda p: p["name"], "name, spaces": lambda p: " ".join(p["name"]), "name, points": lambda p: "·".join(p["name"]),
    "name, strokes": lambda p: "-".join(p["name"]), "name, wide spaces": lambda p: "\u3000".join(p["name"]),
    "name, unseen signs": lambda p: "\u200b".join(p["name"]), "name, traditional": lambda p: p["name"].translate(TRADITIONAL),
    "name, pinyin": lambda p: "".join(spelt(p["name"])), "name, Pinyin apart": lambda p: " ".join(spelt(p["name"])).title(),
    "name, pinyin turned": lambda p: "".join(spelt(p["name"][1:])) + " " + spelt(p["name"])[0],
    "surname and title": lambda p: p["name"][0] + "先生", "surname, 女士": lambda p: p["name"][0] + "女士",
    "surname 某": lambda p: p["name"][0] + "某",
    "surname 某某": lambda p: p["name"][0] + "某某", "surname and stars": lambda p: p["name"][0] + "**",
    "surname 姓": lambda p: p["name"][0] + "姓市民",
    "phone as it is": lambda p: p["phone"], "phone, 3-4-4 strokes": lambda p: f"{p['phone'][:3]}-{p['phone'][3:7]}-{p['phone'][7:]}",
    "phone, spaces": lambda p: " ".join(p["phone"]), "phone, points": lambda p: ".".join((p["phone"][:4], p["phone"][4:8], p["phone"][8:])),
    "phone, wide": lambda p: wide(p["phone"]), "phone, numerals": lambda p: digits_as(p["phone"], CHINESE),
    "phone, formal numerals": lambda p: digits_as(p["phone"], FORMAL),
    "phone, 幺": lambda p: digits_as(p["phone"], CHINESE).replace("一", "幺"),
    "phone, +86": lambda p: "+86 " + p["phone"], "phone, o and l": lambda p: p["phone"].replace("0", "o").replace("1", "l"),
    "phone, middle hidden": lambda p: p["phone"][:3] + "****" + p["phone"][7:], "phone, last seven": lambda p: p["phone"][-7:],
    "phone, last four": lambda p: "尾号" + p["phone"][-4:],
    "phone, last four in numerals": lambda p: "尾号" + digits_as(p["phone"][-4:], CHINESE),
    "identity number": lambda p: p["id_number"],
    "identity number, groups": lambda p: " ".join((p["id_number"][:6], p["id_number"][6:14], p["id_number"][14:])),
    "identity number, birth": lambda p: p["id_number"][6:14], "identity number, last six": lambda p: p["id_number"][-6:],
    "day of birth": lambda p: f"{p['id_number'][6:10]}年{int(p['id_number'][10:12])}月{int(p['id_number'][12:14])}日",
    "mail": lambda p: p["email"], "mail, wide": lambda p: wide(p["email"]), "mail, (at)": lambda p: p["email"].replace("@", "(at)"),
    "mail, 艾特 点": lambda p: p["email"].replace("@", "艾特").replace(".", "点"), "account": lambda p: p["account"],
    "account, capitals": lambda p: p["account"].upper().replace("_", "-"), "road and number": lambda p: f"{p['road']}{p['house']}号",
    "road and number in numerals": lambda p: f"{p['road']}{chinese_number(p['house'])}号",
    "estate and building": lambda p: f"{p['estate']}{p['block']}栋",
    "estate and building in numerals": lambda p: f"{p['estate']}{chinese_number(p['block'])}号楼",
    "building, stair, door": lambda p: f"{p['block']}-2-{p['room']}",
}  # fmt: skip
BEYOND: dict[str, Disguise] = {
    "initials alone": lambda p: "".join(s[0] for s in spelt(p["name"])).upper(), "given name alone": lambda p: p["name"][1:],
    "another sign of the same sound": lambda p: p["name"][0] + "".join(HOMOPHONES.get(c, c) for c in p["name"][1:]),
    "estate alone": lambda p: f"{p['estate']}的一位业主", "who he is": lambda p: "上月来店里退水壶的那位顾客",
}  # fmt: skip


def texts() -> Iterator[str]:
    for file, column in TEXTS:
        with (DATA / file).open(encoding="utf-8", newline="") as opened:
            yield from (row[column] for row in csv.DictReader(opened) if row[column].strip())


def main() -> int:
    """Measure, print, and fail when a bar is missed."""
    if not DATA.is_dir():
        print(f"no texts in {DATA}", file=sys.stderr)
        return 2
    chance = random.Random(20260511)
    innocent = list(texts())
    people = [person(chance) for _ in range(PEOPLE)]
    finders = [finder(one) for one in people]
    stopped, by_kind, began = 0, Counter[str](), time.process_time()
    for text in innocent:
        for found in chance.sample(finders, EACH):
            marks = found.marks(text)
            stopped += bool(marks)
            by_kind.update({mark.kind for mark in marks})
    seconds = time.process_time() - began
    looked, signs = len(innocent) * EACH, EACH * sum(map(len, innocent))
    found_by = {name: _found(make, people, finders, innocent, chance) for name, make in {**DISGUISES, **BEYOND}.items()}
    rate = sum(found_by[name] for name in DISGUISES) / len(DISGUISES)
    false = stopped / looked
    told = {
        "bench": "leaks", "texts": len(innocent), "looked": looked, "stopped": stopped, "stopped_share": round(false, 4),
        "stopped_by_kind": dict(by_kind.most_common()), "thousand_signs_ms": round(1e6 * seconds / signs, 2), "disguises": len(DISGUISES),
        "found_share": round(rate, 4), "below_all": {n: round(s, 3) for n, s in found_by.items() if s < 1 and n in DISGUISES},
        "beyond": {n: round(found_by[n], 3) for n in BEYOND}, "bars": {"stopped": BAR_FALSE, "found": BAR_FOUND},
    }  # fmt: skip
    print(json.dumps(told, ensure_ascii=False))
    return 0 if false <= BAR_FALSE and rate >= BAR_FOUND else 1


def _found(
    make: Disguise, people: list[Person], finders: list[Finder], innocent: list[str], chance: random.Random
) -> float:
    """The share of people whose disguise is found in the very place where it was put."""
    hits = 0
    for one, found in zip(people, finders, strict=True):
        text, said = chance.choice(innocent)[:400], make(one)
        at = chance.randrange(len(text) + 1)
        marks = found.marks(f"{text[:at]}，{said}，{text[at:]}")
        hits += any(mark.start < at + 1 + len(said) and mark.end > at + 1 for mark in marks)
    return hits / len(people)


if __name__ == "__main__":
    sys.exit(main())
