"""Search over cases for other systems: what is looked for is in the body of the request, never in its address."""

from __future__ import annotations

from datetime import date
from typing import Literal

from ninja import Router, Schema
from pydantic import Field

from huiyin.api import shapes, showing
from huiyin.api.desk import MOST, DeskRequest, reads
from huiyin.core.facts import UNWRITABLE, BadFact
from huiyin.languages import load_vocabulary
from huiyin.search import searching, shown
from huiyin.search.searching import LONGEST, Filters

router = Router()


class Searching(Schema):
    """What is looked for. Words stand apart by spaces, and all of them must be found."""

    words: str = Field(
        "", max_length=LONGEST, description="内容里的词（两个字起）、编号、全名、电话、证件号码、统一社会信用代码"
    )
    kind: str = ""
    stage: str = ""
    unit: str = Field("", description="登记或承办单位")
    category: str = ""
    state: Literal["", "open", "done"] = ""
    since: date | None = Field(None, description="提出日期，从这一天起")
    until: date | None = Field(None, description="到这一天止")
    before: int | None = Field(None, ge=1, le=2**62, description="上一页的 next")
    size: int = Field(20, ge=1, le=MOST)


class Hit(Schema):
    """A case that was found. `same`: number, phone, name, id_number or credit_code that agrees; `event` and `passage`: where the words stand,
    masked."""

    case: shapes.CaseLine
    same: list[str]
    event: shapes.Coded | None = None
    passage: str | None = None


class SearchPage(Schema):
    """A part of what was found, the newest first; `next` is the value of `before` for the following part. A part may hold fewer than `size`, and
    yet not be the last. `too_short`: nothing in the words can be looked for."""

    items: list[Hit]
    next: int | None
    too_short: bool


@router.post("/search", auth=reads, response=SearchPage, summary="查找案件：内容、编号、姓名、电话")
def search(request: DeskRequest, body: Searching) -> SearchPage:
    """Cases this officer may find, by words of their texts, by number, or by whom they concern. Every search is noted, without its words."""
    given = {name: getattr(body, name) for name in Filters.__dataclass_fields__}
    for name, value in {"words": body.words, **given}.items():
        if isinstance(value, str) and UNWRITABLE.search(value):
            raise BadFact(None, name, "bad_characters", "text")
    found = searching.search(request.officer, body.words, Filters(**given), body.before, body.size)
    passages = shown.passages(found.events, found.looked_for)
    items = []
    for hit in found.hits:
        passage = passages.get(hit.case.pk)
        items.append(
            Hit(
                case=showing.line(hit.case), same=list(hit.same),
                event=_event(passage.event) if passage else None, passage="".join(passage.pieces) if passage else None,
            )
        )  # fmt: skip
    return SearchPage(items=items, next=found.before, too_short=found.too_short)


def _event(name: str) -> shapes.Coded:
    return shapes.Coded(code=name, label=load_vocabulary().events[name].label_zh)
