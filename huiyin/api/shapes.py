"""What the API takes and gives, as pydantic models. Facts of requests are checked by the core, which says in words what is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field

Parties = list[dict[str, Any]] | dict[str, dict[str, Any]]


class Strict(Schema):
    """A request: what it has beyond its members is a mistake of the caller."""

    model_config = ConfigDict(extra="forbid")


class Recording(Strict):
    """One event to be recorded."""

    facts: dict[str, Any] = Field(default_factory=dict)
    parties: Parties = Field(default_factory=list)
    occurred: datetime | None = None
    re: list[int] = Field(default_factory=list)
    late_reason: str | None = None
    shown_seq: int | None = None
    let_go: str | None = None


class Registering(Strict):
    """A case to be registered by an officer."""

    procedure: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    parties: Parties = Field(default_factory=list)
    occurred: datetime | None = None
    late_reason: str | None = None


class PublicRegistering(Strict):
    """A case that a member of the public sends in. It begins when it is sent: limits count from there."""

    unit: str
    procedure: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    parties: Parties = Field(default_factory=list)


# -- answers


class Coded(Schema):
    """A code with what people call it."""

    code: str
    label: str


class Fact(Schema):
    """One fact. `state`: plain, masked (个人信息已遮盖), hidden (不可见), erased (已销毁)."""

    name: str
    label: str
    value: Any
    state: str = "plain"


class By(Schema):
    """Who recorded it. `person` is a key, never a name."""

    role: str
    unit: str | None = None
    person: str | None = None
    party: str | None = None


class Event(Schema):
    """One event of the log, as this reader may see it."""

    seq: int
    name: str
    label: str
    occurred: str
    recorded: str
    by: By
    facts: list[Fact]
    round: int
    re: list[int]
    clauses: list[str]
    late_entry: bool = Field(description="补录")
    annulled: bool = Field(description="已作废")
    amended_by: list[int]


class Counted(Schema):
    """One step of a count: a day that counts (`counted` is its number) or not, an extension, a pause, the roll, the end."""

    kind: str
    at: str
    counted: int | None = None
    note: str = ""
    name: str | None = None
    provisional: bool = False


class Counting(Schema):
    """How the end of a limit came about."""

    start: str
    length: str
    roll: str
    steps: list[Counted]


class Limit(Schema):
    """One limit as it stands now."""

    name: str
    clauses: list[str]
    says: str
    target: str | None
    strength: str
    state: str
    late: bool
    provisional: bool = Field(description="放假通知未公布，日期暂定")
    effective: bool
    end: str | None = Field(description="日期（至该日24时）或时间")
    act_by: str | None
    owed_by: str | None
    opened_by: int
    closed_by: int | None
    moved_by: list[str]
    window: bool = Field(description="是一项机会，不是义务")
    unit: str | None
    counting: Counting | None


class Offer(Schema):
    """An event that may be recorded now, or (open = false) why it may not yet."""

    event: str
    label: str
    open: bool
    code: str
    clauses: list[str]
    says: list[str]
    needs: list[Coded]
    re: list[int]
    waits_for: list[Coded]


class CaseLine(Schema):
    """A case in a list."""

    id: int
    number: str | None
    procedure: str
    kind: Coded
    channel: Coded | None
    category: list[str]
    stage: Coded
    round: int
    unit: str
    handling_unit: str
    secrecy: str
    marks: list[str]
    ended: bool
    archived: bool
    began: str
    updated: str
    seq: int


class CasePage(Schema):
    """A part of a list; `next` is the value of `before` for the following part, none at the end. With a filter a part may hold fewer than
    `size`, or none, and yet not be the last."""

    items: list[CaseLine]
    next: int | None


class Party(Schema):
    """A party, masked."""

    no: str
    role: Coded
    facts: list[Fact]


class CaseFull(CaseLine):
    """A case with all that this reader may see and do."""

    facts: list[Fact]
    parties: list[Party]
    limits: list[Limit]
    offers: list[Offer]


class Events(Schema):
    """The events of a case. `seq` is the newest: give it as shown_seq."""

    seq: int
    items: list[Event]


class Recorded(Schema):
    """What was written: the event, and what followed from it."""

    number: str | None
    seq: int
    events: list[int]
    names: list[str]


class Registered(Schema):
    """A case that was registered. `code` is the query code: it is told this once."""

    id: int
    number: str | None
    code: str | None
    seq: int


class Todo(Schema):
    """Something owed, by the moment at which it becomes late."""

    case: int
    number: str | None
    name: str
    clauses: list[str]
    end: str | None
    act_by: str | None
    late: bool
    provisional: bool
    owed_role: str | None
    owed_unit: str | None


class TodoPage(Schema):
    """A part of the list; `next` is the value of `after` for the following part."""

    items: list[Todo]
    next: str | None


class PublicUnit(Schema):
    """A unit that takes in matters from the public."""

    unit: str
    label: str
    procedures: list[str]


class PublicCase(Schema):
    """A case as the person who sent it in may track it."""

    number: str | None
    kind: Coded
    stage: Coded
    unit: str
    registered: str
    events: list[Event]
    limits: list[Limit]


class Asked(Schema):
    """A fact that a step takes. `clauses` and `says`: the rules that ask for it; `usual`: the value it has when it is left out."""

    name: str
    label: str
    type: str
    required: bool
    clauses: list[str]
    says: list[str]
    usual: Any = None


class Step(Offer):
    """What may be recorded, with the facts it takes, what it may answer, who must approve it first, and what it begins and meets."""

    facts: list[Asked]
    answers: list[int] = Field(description="可以回应的步骤的序号，新的在前")
    approvers: list[str] = Field(description="须先批准的人：岗位@单位或关系")
    begins: list[str] = Field(description="由此开始的时限的条款")
    meets: list[str] = Field(description="由此完成的时限的条款")


class Steps(Schema):
    """The steps of a case for this reader. `seq` is the newest event: give it as shown_seq."""

    seq: int
    items: list[Step]


class Effect(Schema):
    """One limit that an act begins, ends or moves."""

    clauses: list[str]
    says: str
    end: str | None
    was: str | None = None
    state: str
    late: bool
    owed_by: str | None


class Told(Schema):
    """A notice that an act sends."""

    to: str
    says: str
    about: str | None
    clauses: list[str]


class Tried(Schema):
    """What an act would bring about; nothing was recorded."""

    writes: list[str] = Field(description="同时写入的事件")
    stage: Coded | None = Field(description="进入的阶段；不变为空")
    ends: bool = Field(description="案件由此结束")
    opened: list[Effect]
    closed: list[Effect]
    moved: list[Effect]
    notices: list[Told]
    documents: list[Coded] = Field(description="还须制作的文书")


class LinkedCase(Schema):
    """Another case that belongs to this one."""

    number: str | None
    id: int
    relation: Coded
    stage: Coded
    began: str


class OpenEnd(Schema):
    """Something that is open in a case."""

    case: int
    number: str | None
    seq: int
    sort: str
    unit: str
    role: str | None
    since: str


class OpenPage(Schema):
    """A part of the list; `next` is the value of `after` for the following part."""

    items: list[OpenEnd]
    next: str | None


class BoardLine(Schema):
    """The figures of one unit, by name."""

    unit: str
    label: str
    figures: dict[str, int]


class Board(Schema):
    """The figures of the units, as they were counted at that moment."""

    counted: str
    units: list[BoardLine]
