"""The sample world of the vocabulary, put into the database: for demonstrations, trials and tests. All names are invented.

It goes through the same acts as an administrator's work, so that the log of administration tells of it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import transaction

from huiyin.core.vocabulary import load_vocabulary
from huiyin.core.world import INNER_LEVELS, area_stem
from huiyin.org import actions, log, procedures, queries
from huiyin.org.models import AdminEvent, Adoption, Authority, Officer, Person, Unit

SINCE: Final = date(2000, 1, 1)
MADE: Final = "sample_world_made"
PASSWORD: Final = "huiyin-shifan"
ORDINALS: Final = "甲乙丙丁"

# What somebody's log-in name begins with, by role.
LOGIN: Final = {
    "intake_officer": "intake", "handler": "handler", "mediator": "mediator", "enforcement_officer": "inspector", "unit_head": "head",
    "leader": "leader", "director": "director", "supervisor": "supervisor", "caller_back": "callback", "designated": "designated",
    "duty_officer": "duty", "archivist": "archive", "administrator": "admin", "security_administrator": "security", "auditor": "auditor",
    "reviewer": "reviewer",
}  # fmt: skip
BUREAU: Final = (
    "intake_officer", "handler", "handler", "mediator", "enforcement_officer", "enforcement_officer", "unit_head", "leader", "director",
    "supervisor", "caller_back", "duty_officer", "archivist",
)  # fmt: skip
SECTION: Final = ("intake_officer", "handler", "handler", "unit_head")
TOP: Final = ("administrator", "security_administrator", "auditor", "reviewer", "designated")


@dataclass(frozen=True, slots=True)
class Login:
    """Who can log in: name, unit, role, as it is printed."""

    username: str
    name: str
    role: str
    unit: str


def made() -> bool:
    """Is the sample world in this database?"""
    return AdminEvent.objects.filter(name=MADE).exists()


def taken() -> bool:
    """Does the database hold an organisation of its own?"""
    return Unit.objects.exists() and not made()


def make() -> None:
    """Make the sample world, or do nothing where it is. One transaction."""
    with transaction.atomic():
        if made():
            return
        _units()
        _areas_and_places()
        _authorities()
        _people()
        _adoptions()
        log.write(MADE, {"units": Unit.objects.count(), "people": Person.objects.count()})


def refresh() -> list[str]:
    """After an update of the rules: adopt versions that are new. Returns the procedures, newest first adopted."""
    with transaction.atomic():
        if not Authority.objects.exists():  # made before there was a directory
            _authorities()
        return _adoptions()


def _units() -> None:
    raw = load_vocabulary().raw
    left = dict(raw["world_unit"])
    while left:  # parents first
        for id in [id for id, unit in left.items() if unit.get("parent") not in left]:
            unit = left.pop(id)
            hours = raw["hours"][unit["hours"]]
            actions.create_unit(
                id, unit["label_zh"], unit["level"], since=SINCE, parent=unit.get("parent"), functions=unit["functions"],
                area=unit.get("area", ""), hours={"days": hours["days"], "open": hours["open"]},
            )  # fmt: skip


def _areas_and_places() -> None:
    raw = load_vocabulary().raw
    codes = sorted(raw["world_area"], key=lambda code: (len(area_stem(code)), code))
    for code in codes:
        above = [c for c in codes if c != code and area_stem(code).startswith(area_stem(c))]
        actions.set_area(
            code, raw["world_area"][code], parent=max(above, key=lambda c: len(area_stem(c)), default=None)
        )
    for id, place in raw["world_place"].items():
        actions.set_place(id, place["label_zh"], place["area"], drawn=place["areas"])


# (code, name, what it takes, outside body of the tree). Telephones with the area code 0000 belong to nobody: there is no such area.
AUTHORITIES: Final = (
    ("housing", "示范市住房和城乡建设局", ("物业", "物业费", "商品房", "装修质量", "房屋中介", "goods:house"), "external:housing"),
    ("transport", "示范市交通运输局", ("公交", "出租车", "客运", "网约车", "车票", "services:transport"), ""),
    ("labour", "示范市人力资源和社会保障局", ("拖欠工资", "工资", "社保", "劳动合同", "招聘"), "external:labour"),
    ("education", "示范市教育局", ("学校", "幼儿园", "校外培训", "学费", "services:education"), ""),
    ("health", "示范市卫生健康委员会", ("医院", "看病", "医疗纠纷", "诊所", "services:medical"), "external:health"),
    ("commerce", "示范市商务局", ("预付卡", "家政", "加油站", "成品油", "单用途卡"), "external:commerce"),
    ("finance", "示范市金融管理部门", ("银行", "保险", "贷款", "信用卡", "services:finance"), ""),
    ("telecom", "示范省通信管理局", ("话费", "宽带", "骚扰电话", "流量", "services:telecom"), ""),
    ("post", "示范市邮政管理局", ("快递", "包裹丢失", "邮件", "services:post"), ""),
    ("tourism", "示范市文化和旅游局", ("旅行社", "导游", "景区", "网吧", "services:tourism"), ""),
    ("agriculture", "示范市农业农村局", ("种子", "农药", "化肥", "兽药", "goods:farm_supplies"), ""),
    ("environment", "示范市生态环境局", ("噪声", "油烟", "污水", "扬尘", "污染"), ""),
    ("city_management", "示范市城市管理局", ("占道经营", "违章建筑", "停车收费", "乱摆摊"), ""),
    ("police", "示范市公安局", ("诈骗", "盗窃", "打架", "人身安全"), "external:police"),
    ("court", "示范市人民法院", ("起诉", "诉讼", "强制执行"), "external:court"),
    ("letters", "示范市信访局", ("信访", "上访", "征地", "拆迁"), "external:letters"),
)  # fmt: skip


def _authorities() -> None:
    """The directory of other authorities. Each entry says that it is a sample and that its telephone does not exist."""
    area = min((c for c in load_vocabulary().raw["world_area"] if c.endswith("0100")), default="")
    for number, (code, label, matters, unit) in enumerate(AUTHORITIES, 1):
        actions.set_authority(
            code, label=label, telephone=f"0000-55501{number:02}", matters=matters, area=area, unit=unit,
            address=f"示范市政务大道{number}号", hours="工作日 8:30-12:00、14:30-18:00", note="示例数据，电话是虚构的",
            since=SINCE,
        )  # fmt: skip


def _people() -> None:
    people = []
    for role, unit, number in _wanted():
        username = f"{LOGIN[role]}{'' if number == 1 else number}.{unit}"
        person = actions.create_person(username, f"{title(role)}{ORDINALS[number - 1]}")
        actions.appoint(person, role, unit, since=SINCE)
        people.append(person.pk)
    Person.objects.filter(pk__in=people).update(
        password=make_password(PASSWORD)
    )  # one salt for all: hashing sixty times takes seconds


def title(role: str) -> str:
    """The role as people say it, without what the vocabulary puts in brackets."""
    return re.sub(r"\(.*?\)", "", load_vocabulary().roles[role]["label_zh"])


def _wanted() -> Iterator[tuple[str, str, int]]:
    """(role, unit, which of them) at all units below the province: who is needed to live a case from end to end."""
    units = load_vocabulary().raw["world_unit"]
    for id in _below("province"):
        roles = list(SECTION if units[id]["level"] in INNER_LEVELS else BUREAU)
        if id == "province":
            roles += TOP
        roles += _by_function(units[id]["functions"], roles)
        for index, role in enumerate(roles):
            yield role, id, roles[: index + 1].count(role)


def _by_function(functions: Iterable[str], have: Iterable[str]) -> list[str]:
    wanted = {
        "supervision_office": ["supervisor"],
        "duty_room": ["duty_officer"],
        "local_office": ["mediator", "archivist"],
        "enforcement": ["enforcement_officer", "enforcement_officer"],
    }
    return [role for function in functions for role in wanted.get(function, ()) if role not in have]


def _below(root: str) -> list[str]:
    units = load_vocabulary().raw["world_unit"]
    found = [root]
    for id in found:
        found += [child for child, unit in units.items() if unit.get("parent") == id]
    return found


def _adoptions() -> list[str]:
    """Each procedure there is, adopted by the unit that plays its body, in every version from its day on; a text that changed, from today."""
    rules, vocabulary = procedures.library(), load_vocabulary()
    done = []
    for id in rules.procedures:
        body = vocabulary.bodies.get(id.partition("/")[0])
        if body is None:
            continue
        done += [id for since in _days(id, body["played_by"]) if actions.adopt(body["played_by"], id, since=since)]
    return done


def _days(id: str, unit: str) -> list[date]:
    """From when on to adopt: at first every version from its day on, the oldest from the beginning; later what changed, from today."""
    rules = procedures.library()
    own = Adoption.objects.filter(unit_id=unit, procedure_id=id)
    if own.exists():
        now = rules.procedure(id, queries.today())
        return [] if own.filter(compiled_id=now.hash).exists() else [queries.today()]
    found, last = [SINCE], rules.procedure(id, SINCE).hash
    for procedure in procedures.all_versions(rules, id):
        if procedure.hash != last:
            found.append(procedure.version)
            last = procedure.hash
    return found


def logins(units: Iterable[str] = ("province", "city", "county_a", "county_b")) -> list[Login]:
    """Who can log in at these units, unit by unit, for printing."""
    rows = Officer.objects.filter(deputy_for=None).select_related("person", "unit").order_by("pk")
    return [
        Login(o.person.username, o.person.display_name, title(o.role), o.unit.label)
        for id in units
        for o in rows.filter(unit_id=id)
    ]
