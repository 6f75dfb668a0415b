"""The words of notices: files read strictly, values put in once, a text for whatever the shipped rules tell."""

import pytest

from huiyin.commands.rules import library
from huiyin.core.errors import RuleError
from huiyin.core.vocabulary import RULES, load_vocabulary
from huiyin.notices import texts
from huiyin.notices.channels import segments
from huiyin.notices.checking import untold

GOOD = '[next]\ntrack = "查询：{track}"\n\n[[text]]\nevent = "accepted"\nsubject = "受理{number}"\ntext = "您好。[{due}前办结。]"\nnext = ["track"]\n'


def written(folder, text, body="trial"):
    place = folder / body if body else folder
    place.mkdir(exist_ok=True)
    (place / "notices.toml").write_text(text, encoding="utf-8")
    return texts.load([RULES, folder])


def test_everything_that_the_shipped_rules_tell_has_a_text():
    assert list(untold(library(), texts.load([RULES]))) == []


def test_a_rule_without_a_text_is_named(tmp_path):
    found = library()
    bare = texts.Book(tuple(p for p in texts.load([RULES]).pages if p.body))
    assert any("JM-3-1d" in line for line in untold(found, bare))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (('event = "accepted"', 'event = "acepted"'), "event"),
        (('event = "accepted"', 'evnt = "accepted"'), "evnt"),
        (("{number}", "{numbr}"), "subject"),
        (("[{due}前", "{due}前"), "text"),
        (("[{due}前办结。]", "[[{due}前]办结。]"), "text"),
        (('next = ["track"]', 'next = ["trak"]'), "next"),
        (('subject = "受理{number}"', 'subject = ""'), "subject"),
        (('subject = "受理{number}"', 'subject = "{text}"'), "subject"),
        (('event = "accepted"', 'event = "accepted"\nfor = "everybody"'), "for"),
        (('event = "accepted"', 'event = "accepted"\ntopic = "tomorrow"'), "topic"),
        (('event = "accepted"', 'about = "weather"'), "about"),
        (('event = "accepted"', 'role = "unit_head"'), "role"),
    ],
)
def test_a_mistake_is_named_with_its_file_entry_and_key(tmp_path, change, key):
    with pytest.raises(RuleError) as error:
        written(tmp_path, GOOD.replace(*change))
    assert (error.value.file, error.value.key) == ("trial/notices.toml", key)
    assert error.value.entry


def test_an_office_s_own_text_goes_before_the_shipped_one_and_the_more_special_before_the_general(tmp_path):
    book = written(tmp_path, GOOD, body="")
    own = book.find("trial/complaint", texts.Wanted(texts.PARTY, "accepted"))
    assert own is not None
    assert own.subject == "受理{number}"
    shipped = book.find(
        "jiangmen/complaint", texts.Wanted(texts.PARTY, "accepted", "acceptance", frozenset({"JM-3-2a"}))
    )
    assert shipped is not None
    assert shipped.clause == {"JM-3-2a"}


def test_a_silent_event_adds_nothing(tmp_path):
    assert [t.about for t in texts.load([RULES]).tells("trial/complaint", "registered")] == ["receipt"]
    assert list(written(tmp_path, 'silent = ["registered"]\n').tells("trial/complaint", "registered")) == []


@pytest.mark.parametrize(
    "value", ["{number}", "{{number}}", "[{due}]", "%(number)s", "{0.__class__}", "${number}", "{% now 'Y' %}"]
)
def test_what_a_value_says_is_never_read_as_a_slot(value):
    assert texts.fill("编号{number}，{text}", {"number": "7", "text": value}) == f"编号7，{value}"


def test_a_part_without_its_value_is_left_out():
    assert texts.fill("甲[，乙{due}]丙", {"due": ""}) == "甲丙"
    assert texts.fill("甲[，乙{due}]丙", {"due": "九日"}) == "甲，乙九日丙"


def test_signs_that_turn_or_hide_writing_do_not_pass():
    assert texts.fill("{text}", {"text": "a\u202eb\x00c\u200bd\r\ne"}) == "abcd\ne"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("好" * 70, 1),
        ("好" * 71, 2),
        ("好" * 134, 2),
        ("好" * 135, 3),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("[" * 80, 1),
        ("[" * 81, 2),
    ],
)
def test_parts_of_a_short_message_are_counted_as_the_networks_do(text, parts):
    assert segments(text) == parts


def test_every_text_for_the_public_says_number_and_how_to_go_on():
    for page in texts.load([RULES]).pages:
        for text in page.texts:
            if text.audience == texts.PARTY:
                assert "number" in texts.slots_of(text.subject + text.text), (page.file, text.subject)
                assert text.next, (page.file, text.subject)


def test_every_event_and_subject_of_telling_has_a_text():
    book, words = texts.load([RULES]), load_vocabulary()
    for about in words.values["about"]:
        assert book.find("national/complaint", texts.Wanted(texts.PARTY, "party_informed", about)) is not None, about
