"""Wording of rule sets: questions in order, lines when they may be said, refusals in words, forbidden words in outgoing texts."""

from __future__ import annotations

from datetime import datetime

import pytest

from huiyin.core import phrases
from huiyin.core.errors import RuleError
from huiyin.core.model import Sealed
from tests.core.mini import holds, library, play, rule_set, stage

SCRIPT = """
[[ground]]
code    = "T-B2"
for     = "refused"
only_if = { date = "warranty_until", before = "registered" }
clause  = "T-B2"
says    = "已过保修期"
[[phrase]]
asks   = ["goods", "goods_model"]
text   = "您购买的商品名称、型号是什么？"
when   = { kind = "complaint" }
clause = "T-1"
says   = "询问商品名称和型号"
[[phrase]]
asks   = "warranty_until"
text   = "保修期到哪一天？"
clause = "T-2"
says   = "询问保修期"
[[phrase]]
asks   = "complainant.email"
text   = "能否留下电子邮箱？"
optional = true
clause = "T-3"
says   = "询问联系方式"
[[phrase]]
asks   = "demand"
first  = true
text   = "请问有什么需要帮助？"
clause = "T-4"
says   = "先问需求"
[[phrase]]
moment = "greeting"
hours  = ["06:00", "12:00"]
text   = "早上好，这里是{unit}，请讲。"
clause = "T-5"
says   = "问候，自报单位"
[[phrase]]
moment = "accepted"
on     = { event = "party_informed", where = { about = "acceptance" } }
when   = { seen = "accepted" }
text   = "您的投诉已经受理。"
clause = "T-6"
says   = "受理后方可告知已受理"
[[phrase]]
name   = "expired"
ground = "T-B2"
text   = "您购买的商品已超过保修期（{warranty_until}），不予受理。"
clause = "T-7"
says   = "以保修期满为由不予受理的用语"
[[phrase]]
name   = "calm"
moment = "calm"
text   = "您别急，请慢慢说。"
clause = "T-8"
says   = "安抚"
[[phrase]]
forbidden = ["急什么", "找领导去，我管不着", "不在…没法找"]
advice    = "请安抚对方"
instead   = "calm"
clause    = "T-9"
says      = "不得使用推诿的说法"
[[phrase]]
forbidden = ["不知道", "不清楚"]
whole     = true
clause    = "T-10"
says      = "不得只答不知道、不清楚"
"""
TELL = '{{ event = "party_informed", at = 2025-09-15T12:00:00, by = "handler@county_a", about = "progress", text = "{}" }},'


def test_questions_come_in_order_and_what_is_known_is_skipped():
    holds(SCRIPT, "", 'asks = ["demand", "goods", "goods_model", "warranty_until", "complainant.email"]', before="")
    known = 'case = { goods = "电视机", demand = "退货", warranty_until = 2025-01-01 }\nasks = ["goods_model", "complainant.email"]'
    holds(SCRIPT, "", known, before="")
    holds(SCRIPT, "", 'case = { kind = "report", demand = "x" }\nasks = ["warranty_until"]', before="")


def test_when_everything_is_known_nothing_is_asked():
    rules = '[[phrase]]\nasks = "complainant.phone"\ntext = "电话？"\nclause = "T-1"\nsays = "问电话"'
    holds(rules, "", "asks = []", before="")
    holds(rules, "", 'parties = { consumer_a = { phone = "" } }\nasks = ["complainant.phone"]', before="")
    assert not play(rules, "", 'asks = ["complainant.phone"]', before="").passed


def test_the_facts_lead_to_the_refusal_and_its_words():
    holds(
        SCRIPT,
        "",
        'case = { warranty_until = 2025-01-01 }\nnow = 2025-03-01T09:00:00\nphrases = { "T-7" = "不予受理" }',
        before="",
    )
    holds(
        SCRIPT, "", 'case = { warranty_until = 2025-04-01 }\nnow = 2025-03-01T09:00:00\nno_phrases = ["T-7"]', before=""
    )


def test_a_line_is_offered_at_its_hours_and_when_its_condition_holds():
    holds(SCRIPT, "", 'now = 2025-03-01T09:00:00\nphrases = ["T-5"]\nno_phrases = ["T-6"]', before="")
    holds(SCRIPT, "", 'now = 2025-03-01T12:00:00\nno_phrases = ["T-5"]', before="")
    told = '{ event = "party_informed", at = 2025-09-15T12:10:00, by = "handler@county_a", about = "acceptance", method = "phone" },'
    holds(SCRIPT, told, 'no_phrases = ["T-6"]')
    accepted = '{ event = "accepted", at = 2025-09-15T12:00:00, by = "handler@county_a" },'
    holds(SCRIPT, accepted + told, 'phrases = ["T-6"]')


def test_slots_are_filled_and_those_that_are_not_are_named():
    procedure = library(SCRIPT).procedure("henan/complaint")
    greeting = next(p for p in procedure.lines if p.moment == "greeting")
    assert phrases.filled(greeting, {"unit": "示范县局"}) == ("早上好，这里是示范县局，请讲。", ())
    text, missing = phrases.filled(greeting, {})
    assert (missing, "{unit}" in text) == (("unit",), True)
    assert [p.name for p in phrases.wording(procedure, "T-B2")] == ["expired"]


def test_forbidden_words_are_found_through_punctuation_with_what_to_say_instead():
    procedure = library(SCRIPT).procedure("henan/complaint")
    text = "您好。找领导去 我——管不着！"
    (flaw,) = phrases.forbidden(procedure, text, "replied")
    assert (text[flaw.start : flaw.end], flaw.phrase) == ("找领导去 我——管不着", "找领导去，我管不着")
    assert (flaw.clauses, flaw.advice, flaw.instead, flaw.stops) == (
        ("T-9",),
        "请安抚对方",
        ("您别急，请慢慢说。",),
        True,
    )
    assert [f.phrase for f in phrases.forbidden(procedure, "王主任不在,今天没法找")] == ["不在…没法找"]
    assert phrases.forbidden(procedure, "急什么", "checked") == []  # not a text that leaves the house
    assert phrases.forbidden(procedure, "请不必着急") == []


def test_a_text_with_forbidden_words_does_not_go_out():
    holds(SCRIPT, TELL.format("急什么，过几天再说"), 'refused = "T-9"')
    holds(SCRIPT, TELL.format("正在办理"), 'no_hints = ["T-9", "T-10"]')


def test_as_the_whole_answer_it_is_refused_in_a_longer_one_it_is_only_flagged():
    holds(SCRIPT, TELL.format("不清楚。"), 'refused = "T-10"')
    holds(SCRIPT, TELL.format("消费者称不清楚生产厂家"), 'hints = ["T-10"]')


def test_of_a_sealed_text_only_one_that_is_still_being_decided_is_looked_through():
    played = stage(SCRIPT)
    event = played.main.view.events[-1]

    class Fresh(Sealed):
        def words(self):
            return "急什么"

    from huiyin.core.context import Ctx
    from huiyin.core.model import changed

    for value, found in ((Fresh("a"), ["急什么"]), (Sealed("b"), [])):
        told = changed(event, name="replied", facts={"text": value})
        ctx = Ctx(played.main.view, told, told.seq, procedure=played.main.procedure, now=datetime(2025, 9, 15))
        assert [f.phrase for f in phrases.unsaid(ctx, told)] == found


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('text = "x"', "one of asks"),
        ('asks = "goods"\nmoment = "greeting"\ntext = "x"', "one of asks"),
        ('asks = "colour"\ntext = "x"', "unknown fact"),
        ('moment = "midnight"\ntext = "x"', "not known"),
        ('moment = "greeting"\ntext = "{colour}"', "unknown fact"),
        ('moment = "greeting"\ntext = "{ unit"', "slot"),
        ('moment = "greeting"', "missing"),
        ('moment = "greeting"\ntext = "x"\nhours = ["12:00", "06:00"]', "from and to"),
        ('forbidden = ["……"]', "no punctuation"),
    ],
)
def test_a_mistake_in_a_phrase_is_named(entry, says):
    with pytest.raises(RuleError, match=says):
        rule_set(f'[[phrase]]\n{entry}\nclause = "T-1"\nsays = "x"')
