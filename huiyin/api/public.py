"""What anybody may do: send a matter in, and track it by number and query code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.http import HttpRequest
from ninja import Header, Router, Status

from huiyin.accounts import throttle
from huiyin.api import describe, shapes, showing
from huiyin.api.desk import Key
from huiyin.cases import actions, queries
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.models import Case
from huiyin.cases.people import Outside
from huiyin.core.facts import BadFact
from huiyin.org import procedures
from huiyin.org import queries as org

router = Router(tags=["public"])
Code = Header(
    ..., alias="X-Query-Code", max_length=80, description="回执上的查询码。写在这里而不是网址里，免得留在途中的日志中"
)
ROLES = {"report": "reporter"}  # who sends it in, where it is not the complainant
SAYS = ("what", "summary", "subject", "demand")  # one of these at least: what it is about


@router.get("/units", response=list[shapes.PublicUnit], summary="接收公众来件的单位")
def units(request: HttpRequest, kind: str = "complaint") -> list[shapes.PublicUnit]:
    """Units that take in matters of a kind."""
    found = []
    for id, unit in org.tree().units.items():
        adopted = procedures.adopted(id, kind) if "intake" in unit.functions and not id.startswith("external:") else []
        if adopted:
            found.append(shapes.PublicUnit(unit=id, label=unit.label, procedures=[a.procedure for a in adopted]))
    return sorted(found, key=lambda u: u.unit)


@router.post(
    "/cases", response={201: shapes.Registered}, summary="公众来件", openapi_extra=describe.registering(public=True)
)
def send_in(request: HttpRequest, body: shapes.PublicRegistering, key: str | None = Key) -> Status:
    """A member of the public sends a matter in: party 1 is the one who sends it. The query code is in the answer, this once."""
    kind = str(body.facts.get("kind") or "complaint")
    procedure = _procedure(body.unit, kind, body.procedure)
    role = ROLES.get(kind, "complainant")
    parties = body.parties if isinstance(body.parties, list) else list(body.parties.values())
    if not parties or parties[0].get("role") != role:
        parties = [{"role": role}, *parties]
    _leave_to_the_office(body.facts, parties)
    facts = {"source": "direct", **body.facts, "kind": kind, "to": body.unit}
    if not any(str(facts.get(name) or "").strip() for name in SAYS):
        raise BadFact("registered", "what", "needed")  # whatever the rules ask beyond that, a matter says something
    throttle.sent(request)
    unnamed = (
        facts.get("real_name") is False
    )  # then nothing may stay that leads back, not even beside the key of the request
    by = Outside(role, via="api", client="" if unnamed else throttle.client(request))
    case = actions.register(procedure, body.unit, by=by, facts=facts, parties=parties, key=key)
    return Status(201, showing.registered(case))


OF_THE_OFFICE: Final = ("case_secrecy", "identity_verified", "first_contact", "answered_by", "duty_officer")
"""What whoever sends something in does not say: by a class of secrecy he would keep the case from everybody who should handle it, by naming
officers he could try who is there and whom to keep away."""


def _leave_to_the_office(facts: Mapping[str, Any], parties: Iterable[Mapping[str, Any]]) -> None:
    found = [name for name in OF_THE_OFFICE if name in facts]
    found += [f"{one.get('role', 'respondent')}.officer" for one in parties if "officer" in one]
    if found:
        raise BadFact("registered", found[0], "not_yours_to_name", "text")


def by_code(request: HttpRequest, number: str, code: str) -> Case:
    """The case of a number and its code. Raises NoSuchCase; TooMany after many wrong ones from one address."""
    case = throttle.found(request, lambda: queries.by_code(number, code))
    if case is None:
        raise NoSuchCase(number)
    return case


def _procedure(unit: str, kind: str, wanted: str | None) -> str:
    there = org.tree().units.get(unit)
    if there is None or "intake" not in there.functions:
        raise BadFact("registered", "to", "unknown_unit", "unit", unit)
    adopted = [a for a in procedures.adopted(unit, kind) if wanted in (None, a.procedure)]
    own = [a for a in adopted if a.kinds[:1] == (kind,)] or adopted
    if not own:
        raise BadFact("registered", "kind", "no_procedure", "code", kind)
    return own[0].procedure


@router.get("/cases/{number}", response=shapes.PublicCase, summary="凭编号和查询码查看进度")
def track(request: HttpRequest, number: str, code: str = Code) -> shapes.PublicCase:
    """How far it is. A wrong code is a 404 like a number that is not there."""
    opened = queries.open_case(by_code(request, number, code))
    return showing.tracked(opened, queries.sender(opened, "api"))
