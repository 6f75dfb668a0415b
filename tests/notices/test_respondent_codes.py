"""The notice to a respondent carries a code of its own; what a machine cannot send waits for the officer with that very code in its words."""

import re
from dataclasses import replace

import pytest

from huiyin.cases import respondents
from huiyin.cases.actions import record
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.models import PartyCode
from huiyin.notices.delivery import Sender, sealed_words
from huiyin.notices.models import Outbox
from huiyin.vault.models import Record
from tests.cases.office import MONDAY, PARTIES, a_case, officer
from tests.notices.test_delivery import at
from tests.support.doubles import mail_server

pytestmark = pytest.mark.django_db(transaction=True)
SHOP = {**PARTIES[1], "email": "shop@example.org"}


def notified(respondent, **more):
    """A complaint whose respondent was notified, and the notice to it."""
    with at():
        case = a_case(MONDAY, parties=[PARTIES[0], respondent])
        facts = {"method": "email", "text": "请说明水壶的情况", "answer_by": "2026-05-18T17:00", **more}
        record(case, "respondent_notified", by=officer("intake_officer", "city"), facts=facts)
    Outbox.objects.filter(case_id=case.pk).exclude(to="2").delete()
    return case, Outbox.objects.get(case_id=case.pk)


def code_in(text):
    return re.search(r"(?:[2-9A-HJ-NP-Z]{5}-){3}[2-9A-HJ-NP-Z]{5}", text)[0]


def test_the_mail_to_a_respondent_has_address_and_code_and_only_a_digest_is_kept(sending):
    case, row = notified(SHOP)
    with mail_server() as server, at(1):
        sending(mail=server.port)
        Sender("w1").run()
    text = server.got[0].get_content()
    code = code_in(text)
    assert "https://12345.example.org/respond/" in text
    assert "请说明水壶的情况" in text
    assert PARTIES[0]["name"] not in text
    kept = PartyCode.objects.get()
    assert (kept.case_id, kept.party, kept.round, kept.seq) == (case.pk, "2", 1, row.seq)
    assert kept.code_hash == respondents.digest(code)
    assert code not in str([bytes(r.cipher) for r in Record.objects.all()]) + str(list(PartyCode.objects.values()))
    assert respondents.opening(code.lower().replace("-", "")).by.party == "2"


def test_what_nobody_can_send_waits_with_its_code_for_the_officer(sending):
    case, row = notified({k: v for k, v in SHOP.items() if k != "email"})
    sending()
    with at(1):
        Sender("w1").run()
    row.refresh_from_db()
    assert row.state == "by_hand"
    words = sealed_words(row)
    assert words.personal  # who may not read the texts of the case does not read the code either
    assert respondents.opening(code_in(words.text)).case.pk == case.pk


def test_without_an_address_of_the_site_no_code_is_made(sending, settings):
    notified(SHOP)
    with mail_server() as server, at(1):
        sending(mail=server.port)
        settings.SENDING = replace(settings.SENDING, site="")
        Sender("w1").run()
    assert "答复码" not in server.got[0].get_content()
    assert not PartyCode.objects.exists()


def test_a_code_is_over_with_its_round_when_replaced_and_when_the_case_ends():
    with at():
        case = a_case(MONDAY)
        first = respondents.issue(case, "2")
        assert respondents.opening(first).case.pk == case.pk
        second = respondents.issue(case, "2", by="p1", replace=True)
        with pytest.raises(respondents.CodeOver):
            respondents.opening(first)
        respondents.opening(second)
        record(case, "withdrawn", by=officer("intake_officer", "city"), facts={"party": "1", "reason": "已和解"})
    with pytest.raises(respondents.CodeOver):
        respondents.opening(second)
    with pytest.raises(NoSuchCase) as wrong:
        respondents.opening(second[::-1])
    assert type(wrong.value) is NoSuchCase


def test_nobody_but_a_respondent_gets_a_code():
    with at():
        case = a_case(MONDAY)
    for party in ("1", "3", ""):
        with pytest.raises(NoSuchCase):
            respondents.issue(case, party)
