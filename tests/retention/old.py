"""Cases that were archived long ago, and the people who dispose of them."""

from datetime import timedelta

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.retention import actions
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer
from tests.evidence.sent import by, fact, send

LATER = MONDAY.replace(year=2037, month=1, day=1)  # the first day on which a case archived in 2026 may go


def archived(at=MONDAY, *, kind="complaint", files=0, **more):
    """A complaint to the city, or a report, with so many files, that was concluded and archived within three days."""
    intake = officer("intake_officer", "city")
    facts = {**FACTS, "kind": kind} | (
        {"files": fact(*(send(owner=by(intake)) for _n in range(files)))} if files else {}
    )
    role = "reporter" if kind == "report" else "complainant"
    case = a_case(at, by=intake, facts=facts, parties=[{**PARTIES[0], "role": role}, PARTIES[1]], **more)
    with clock.at(at + timedelta(days=1)):
        record(case, "accepted", by=intake)
        record(case, "concluded", by=officer("handler", "city"), facts={"outcome": "settled", "text": "双方已经谈妥"})
    with clock.at(at + timedelta(days=2)):
        record(case, "archived", by=officer("archivist", "city"), facts={"doc_no": "2026-001"})
    case.refresh_from_db()
    return case


def keeper():
    return officer("archivist", "city")


def reviewers():
    return officer("unit_head", "city"), officer("leader", "city")


def proposed(*cases, at=LATER):
    with clock.at(at):
        return actions.propose([case.pk for case in cases], by=keeper())


def agreed(*cases, at=LATER):
    """A list of these cases that two people agreed to."""
    proposal = proposed(*cases, at=at)
    with clock.at(at):
        for one in reviewers():
            actions.review(lines(proposal), by=one, agrees=True)
    return proposal


def lines(proposal):
    return list(proposal.items.order_by("pk").values_list("pk", flat=True))


def disposed(*cases, at=LATER):
    """These cases, destroyed as they should be."""
    proposal = agreed(*cases, at=at)
    with clock.at(at):
        actions.run()
    return proposal
