"""The indexes follow every act, hold what can be made again from the sealed texts, and forget with the keys. On both databases."""

import random

import pytest
from django.db import connection

from huiyin.cases import rebuilding
from huiyin.cases.actions import record
from huiyin.cases.models import Case
from huiyin.search import finding, indexing
from huiyin.search.index import INDEXES, Entry
from huiyin.search.models import PARTS
from huiyin.search.words import CLOSED, OPEN, terms
from huiyin.vault import erasing
from huiyin.vault.actions import destroy_keys
from tests.cases.office import FACTS, PARTIES, a_case, officer

pytestmark = pytest.mark.django_db
OPENED, CLOSED_ONE = INDEXES[OPEN], INDEXES[CLOSED]


def having(index, *looked_for):
    return index.cases([term.phrases(index.name) for term in terms(" ".join(looked_for), 5)], 0, 1 << 50)


def a_report(what="举报仓库里有过期的奶粉"):
    return a_case(
        facts={**FACTS, "kind": "report", "what": what}, parties=[{**PARTIES[0], "role": "reporter"}, PARTIES[1]]
    )


def test_two_signs_of_a_text_find_the_case():
    one, other = a_case(), a_case(facts={**FACTS, "what": "电视机没有声音"})
    assert having(OPENED, "漏水") == [other.pk, one.pk]  # it stands in the subject of both
    assert having(OPENED, "两天") == [one.pk]
    assert having(OPENED, "声音") == [other.pk]
    assert having(OPENED, "声水") == []
    assert having(OPENED, "就漏水") == [one.pk]


def test_two_terms_may_stand_in_two_events():
    one, other = a_case(), a_case()
    record(one, "note_added", by=officer("intake_officer", "city"), facts={"text": "已联系仓储公司"})
    assert having(OPENED, "漏水", "仓储") == [one.pk]
    assert having(OPENED, "漏水") == [other.pk, one.pk]
    assert OPENED.events(terms("仓储", 1)[0].phrases(OPEN), [one.pk, other.pk]) == [(one.pk, 2)]


def test_reports_have_an_index_of_their_own():
    case = a_report()
    assert having(OPENED, "奶粉") == []
    assert having(CLOSED_ONE, "奶粉") == [case.pk]


def test_names_and_telephones_have_no_tokens():
    a_case()
    for hidden in ("李四方", "13800138000", "城关一路"):
        assert not terms(hidden, 1) or having(OPENED, hidden) == []


def test_what_is_stored_is_what_follows_from_the_texts():
    one, other = a_case(), a_report()
    record(
        one, "note_added", by=officer("intake_officer", "city"), facts={"text": "第二次漏水，" + "很长的说明" * 1200}
    )
    assert indexing.differences([one.pk, other.pk]) == []
    before = {index.name: index.stored([one.pk, other.pk]) for index in INDEXES.values()}
    assert len(before[OPEN]) > 3
    OPENED.remove([one.pk])
    assert indexing.differences([one.pk])
    rebuilding.rebuild([one.pk, other.pk], "search")
    assert {index.name: index.stored([one.pk, other.pk]) for index in INDEXES.values()} == before
    assert having(OPENED, "第二次") == [one.pk]


def test_an_erased_case_is_not_found_and_not_indexed_again():
    case, other = a_case(), a_case()
    destroy_keys(case.pk)
    assert having(OPENED, "漏水") == [other.pk]
    assert OPENED.stored([case.pk]) == {}
    rebuilding.rebuild([case.pk, other.pk], "search")
    assert having(OPENED, "漏水") == [other.pk]


def test_an_erased_party_takes_no_text_along():
    case = a_case()
    destroy_keys(case.pk, party="1")
    assert having(OPENED, "漏水") == [case.pk]


def test_a_restored_backup_forgets_the_tokens_again(settings, tmp_path):
    settings.KEYS = str(tmp_path)
    case = a_case()
    from huiyin.vault import keys
    from huiyin.vault.models import DataKey

    keys.note_destroyed(DataKey.objects.filter(case_id=case.pk).values_list("id", flat=True))
    erasing.reconcile()
    assert having(OPENED, "漏水") == []


def test_a_case_that_becomes_a_report_moves_to_the_other_index():
    case = a_case()
    record(case, "note_added", by=officer("intake_officer", "city"), facts={"text": "又来电话"})
    Case.objects.filter(pk=case.pk).update(secrecy="report")
    indexing.renew({case.pk: "report"})
    assert having(OPENED, "漏水") == []
    assert having(CLOSED_ONE, "漏水") == [case.pk]
    assert having(CLOSED_ONE, "来电") == [case.pk]
    assert indexing.differences([case.pk]) == []


def test_a_state_secret_is_in_no_index():
    case = a_case(facts={**FACTS, "case_secrecy": "state_secret"})
    assert having(OPENED, "漏水") == having(CLOSED_ONE, "漏水") == []
    assert indexing.differences([case.pk]) == []


def test_a_refused_act_leaves_no_words_behind():
    from huiyin.core.model import Refused

    case = a_case()
    with pytest.raises(Refused):
        record(case, "refused", by=officer("intake_officer", "city"), facts={"ground": "HN-FWEI-B2"})
    assert indexing.differences([case.pk]) == []


def test_spans_are_asked_alike_on_both_databases():
    case = a_case()
    phrases = [terms("漏水", 1)[0].phrases(OPEN)]
    assert OPENED.cases(phrases, case.pk, case.pk + 1) == [case.pk]
    assert OPENED.cases(phrases, 0, case.pk) == []
    assert OPENED.cases(phrases, case.pk + 1, case.pk + 100) == []
    assert connection.vendor in ("sqlite", "postgresql")


@pytest.mark.parametrize(("few", "many"), [(0, 0), (3, 2), (8, 100), (1000, 1000)])
def test_terms_together_are_found_whatever_is_asked_first(monkeypatch, few, many):
    """Rows as they might lie there: the same answer whether the rarest term leads, leads astray or does not lead."""
    monkeypatch.setattr(finding, "FEW_TOGETHER", few)
    monkeypatch.setattr(finding, "MANY_TOGETHER", many)
    chance = random.Random(7)
    newest = {"aaaaaaaa": 0.4, "bbbbbbbb": 0.3, "cccccccc": 0.1, "dddddddd": 0.0}
    before = {"aaaaaaaa": 0.4, "bbbbbbbb": 0.3, "cccccccc": 0.1, "dddddddd": 0.4}
    held = {
        (pk, row): tuple(word for word, share in (newest if pk >= 60 else before).items() if chance.random() < share)
        for pk in range(1, 80)
        for row in range(2)
    }
    OPENED.add([Entry(pk * PARTS + row, pk, row + 1, tokens) for (pk, row), tokens in held.items() if tokens])
    for looked_for in (
        ("aaaaaaaa", "cccccccc"),
        ("bbbbbbbb", "aaaaaaaa", "dddddddd"),
        ("dddddddd", "cccccccc"),
        ("bbbbbbbb",),
    ):
        together = finding.Together(OPENED, [[[word]] for word in looked_for])
        found = [pk for low, high in ((60, 80), (20, 60), (0, 20)) for pk in together.cases(low, high)]
        standing = [{pk for (pk, row), tokens in held.items() if word in tokens} for word in looked_for]
        assert found == sorted(set.intersection(*standing), reverse=True)
