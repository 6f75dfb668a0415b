"""A test database that is emptied is empty of words, too."""

import pytest
from django.core.management import call_command

from huiyin.search.index import INDEXES
from huiyin.search.words import OPEN, terms
from tests.cases.office import FACTS, a_case


@pytest.mark.django_db(transaction=True)
def test_words_of_before_are_not_found_again(sample_world):
    one = a_case()
    call_command("flush", verbosity=0, interactive=False)
    from huiyin.org import sample

    sample.make()
    other = a_case(facts={**FACTS, "subject": "电视机", "what": "没有声音"})
    assert INDEXES[OPEN].cases([terms("漏水", 1)[0].phrases(OPEN)], 0, 1 << 40) == []
    assert INDEXES[OPEN].cases([terms("声音", 1)[0].phrases(OPEN)], 0, 1 << 40) == [other.pk]
    assert one.pk
