"""What intake needs beyond registering: the category trees, whose matter it is, two cases of one letter, one case of several complaints."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from huiyin.api import shapes, showing
from huiyin.api.desk import DeskRequest, Key, case_of, writes
from huiyin.cases import actions
from huiyin.core.categories import Category
from huiyin.org import categories, directory
from huiyin.org.queries import today
from huiyin.org.systems import systems

MOST = 500  # categories in one answer
ON = Query(None, description="该日使用的；默认今天")
router = Router()


class CategoryOut(Schema):
    """A category. `id` is what stands in a case (scheme:code); `path` its names from the top down."""

    id: str
    scheme: str
    label: str
    path: list[str]
    parent: str | None = None
    words: list[str] = Field(default_factory=list)
    maps: dict[str, str] = Field(default_factory=dict)
    since: date
    until: date | None = None


class AuthorityOut(Schema):
    """Another authority, with the day on which somebody last made sure of its telephone. `refer_to`: what an event may name it by."""

    refer_to: str
    label: str
    matters: list[str]
    telephone: str
    address: str
    hours: str
    url: str
    area: str
    checked: date
    told: str


class SystemOut(Schema):
    """An outside system that knows cases by numbers of its own. `of_record`: a case with its number is a mirror."""

    code: str
    label: str
    of_record: bool


class Splitting(shapes.Strict):
    """The other half of a matter. What is not given is handed on from the first case."""

    kind: str
    procedure: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    parties: shapes.Parties | None = None
    without: list[str] = Field(default_factory=list)
    reason: str | None = None
    shown_seq: int | None = None


class Joining(shapes.Strict):
    """Complaints that become one with this. `consenting`: numbers of the cases (this one included) whose complainants agreed."""

    cases: list[str] = Field(min_length=1, max_length=50)
    consenting: list[str] = Field(default_factory=list)
    representatives: list[str] = Field(default_factory=list)
    method: str | None = None
    reason: str | None = None
    files: list[str] = Field(default_factory=list)


@router.get("/categories", response=list[CategoryOut], tags=["public"], summary="分类：可供选择的类别")
def category_list(
    request: HttpRequest,
    q: str = Query("", max_length=60, description="字词；不写列出全部"),
    scheme: str | None = Query(None, max_length=40),
    kind: str | None = Query(None, max_length=40, description="事项类别，如 complaint"),
    on: date | None = ON,
) -> list[CategoryOut]:
    """Categories that may be given to a case on that day."""
    found = categories.search(q.replace("\x00", ""), on or today(), kind=kind, scheme=scheme, most=MOST)
    return [_category(one) for one in found]


def _category(one: Category) -> CategoryOut:
    scheme = one.id.partition(":")[0]
    return CategoryOut(
        id=one.id, scheme=scheme, label=one.label, path=list(one.path), parent=f"{scheme}:{one.parent}" if one.parent else None,
        words=list(one.words), maps=dict(one.maps), since=one.since, until=one.until,
    )  # fmt: skip


@router.get("/authorities", response=list[AuthorityOut], tags=["public"], summary="这件事归谁管：其他部门及电话")
def authority_list(
    request: HttpRequest,
    q: str = Query("", max_length=60, description="什么事，或部门名称；不写列出全部"),
    area: str | None = Query(None, max_length=20, description="地区代码"),
) -> list[AuthorityOut]:
    """Entries of the directory of other authorities, the best first."""
    return [
        AuthorityOut(
            refer_to=f"{directory.CHOSEN}{e.code}", label=e.label, matters=directory.matter_words(e), telephone=e.telephone, address=e.address,
            hours=e.hours, url=e.url, area=e.area, checked=e.checked, told=directory.told(e),
        )
        for e in directory.search(q.replace("\x00", ""), area=area)
    ]  # fmt: skip


@router.get("/external-systems", response=list[SystemOut], tags=["public"], summary="已知的外部系统")
def system_list(request: HttpRequest) -> list[SystemOut]:
    """Systems whose numbers a case may carry."""
    return [SystemOut(code=one.code, label=one.label, of_record=one.of_record) for one in systems().values()]


@router.post(
    "/cases/{number}/split", auth=writes, response={201: shapes.Registered}, summary="分案：另一部分登记为一件"
)
def split(request: DeskRequest, body: Splitting, number: str = Path(...), key: str | None = Key) -> Status:
    """Both cases are linked; the answer is the new one, with its query code this once."""
    request.event = "split"
    new = actions.split(
        case_of(request, number), by=request.officer, kind=body.kind, procedure=body.procedure, facts=body.facts, parties=body.parties,
        without=body.without, reason=body.reason, shown_seq=body.shown_seq, key=key,
    )  # fmt: skip
    return Status(201, showing.registered(new))


@router.post("/cases/{number}/join", auth=writes, response={201: shapes.Registered}, summary="合并为共同投诉")
def join(request: DeskRequest, body: Joining, number: str = Path(...), key: str | None = Key) -> Status:
    """The oldest case goes on and is the answer; the others end as merged into it."""
    request.event = "joint_formed"
    own = case_of(request, number)
    there = {name: case_of(request, name) for name in {*body.cases, *body.consenting, *body.representatives}}
    lead = actions.join(
        [own, *(there[name] for name in body.cases)], by=request.officer, consenting=[there[n].pk for n in body.consenting],
        representatives=[there[n].pk for n in body.representatives], method=body.method, reason=body.reason, files=body.files, key=key,
    )  # fmt: skip
    return Status(201, showing.registered(lead))
