"""In which order the case page puts what may be done."""

from huiyin.core.offers import Offer
from huiyin.web.casepage import REST, SO_MANY, steps


def ranked(*offers, stage="handling"):
    return steps(offers, [], stage)


def test_decisions_come_first_then_proposals_then_what_moves_the_case_on():
    found = ranked(
        Offer("note_added", True), Offer("task_given", True, clauses=("X-1",)), Offer("checked", True), Offer("approved", True, re=(3,)),
        Offer("answer_submitted", False, "not_approved", ("X-2",)),
    )  # fmt: skip
    assert [card.event for card in found.first] == ["approved", "answer_submitted", "checked", "task_given"]
    assert [card.urgent for card in found.first] == [True, False, False, False]
    assert (found.first[1].opens, found.first[1].query) == ("proposed", "?for=answer_submitted")
    assert [[card.event for card in cards] for _label, cards in found.more] == [["note_added"]]


def test_what_lies_unsigned_and_what_was_approved_come_before_everything_else():
    offers = [
        Offer("checked", True),
        Offer("received", True, re=(2,)),
        Offer("answer_submitted", True, clauses=("X-2",)),
    ]
    found = steps(offers, [], "handling", frozenset({"answer_submitted"}))
    assert [card.event for card in found.first] == ["received", "answer_submitted", "checked"]
    assert [card.urgent for card in found.first] == [True, True, False]


def test_steps_back_and_endings_are_no_next_step():
    found = ranked(Offer("reopened", True), Offer("withdrawn", True), Offer("received", True), stage="feedback")
    assert found.first == []


def test_what_is_not_open_is_told_with_its_reason_or_not_at_all():
    found = ranked(
        Offer("concluded", False, "gate", ("X-1",), ("先答复",)),
        Offer("registered", False, "already_registered"),
        Offer("paid", False, "not_open"),
    )
    assert [offer.event for offer in found.blocked] == ["concluded"]


def test_no_more_cards_than_one_takes_in():
    events = [
        "contacted",
        "checked",
        "mediated",
        "settled",
        "performed",
        "task_given",
        "messaged",
        "evidence_added",
        "materials_supplied",
        "replied",
        "linked",
    ]
    found = ranked(*(Offer(event, True, clauses=("X-1",)) for event in events))
    assert len(found.first) == SO_MANY
    assert sum(len(cards) for _label, cards in found.more) == len(events) - SO_MANY
    assert REST > 4
