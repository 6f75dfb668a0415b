"""The pages in English and in traditional characters: nothing of the interface is left in Chinese, what people wrote stays as it is."""

import os
import re
import subprocess
import sys
import time
from html import escape

import pytest
from django.test import Client
from django.utils import translation

from huiyin import languages
from huiyin.cases.actions import record
from huiyin.cases.models import Case
from huiyin.cases.queries import open_case
from huiyin.org.models import Area, Authority, CompiledProcedure, Person, Unit
from huiyin.web import reading, words
from tests.cases import office
from tests.cases.office import FACTS, PARTIES, a_case, officer
from tests.support.reading import HAN, Known, texts
from tests.web.test_access import TABLE

pytestmark = pytest.mark.django_db
OWN_NAMES = ("简体中文", "繁體中文")
SIMPLIFIED = re.compile(
    "[这们时间单办业记说话为应发书页]"
)  # characters that every page in simplified Chinese has and no other may have


def reader(language, who=None):
    client = Client(headers={"Accept-Language": language})
    if who is not None:
        client.force_login(who.person)
    return client


@pytest.fixture
def known(db):
    data = [
        Unit.objects.values_list("label", flat=True), Area.objects.values_list("label", flat=True),
        Person.objects.values_list("display_name", flat=True), CompiledProcedure.objects.values_list("label", flat=True),
        re.findall(r'"(.*?)"', office.TEXT), OWN_NAMES, ("李**", "甲***", office.ENTRY["label"]),
    ]  # fmt: skip
    for row in Authority.objects.all():
        data.append([row.label, row.address, row.hours, row.note, *row.matters])
    return Known(*data, [str(v) for given in (FACTS, *PARTIES) for v in given.values()])


def pages(language, case):
    """Every page that answers a GET, once: as nobody where that is enough, else as an intake officer, else as an administrator."""
    people = [None, officer("intake_officer", "city"), officer("administrator", "province")]
    for name, (_method, address, public, _outsider, own) in TABLE.items():
        who = people[0] if public == 200 else people[1] if own == 200 else people[2]
        answer = reader(language, who).get(address.format(pk=case.pk))
        if answer.status_code not in (301, 302, 303, 405) and "html" in answer.headers.get("Content-Type", ""):
            yield name, answer.content.decode()


def test_no_page_in_english_has_chinese_of_ours_and_the_rest_is_marked(known, monkeypatch):
    """Held against the page before Chinese is marked: whatever is Chinese there must come from rules, names or people."""
    made, before = reading.for_reader, list[str]()
    monkeypatch.setattr(reading, "for_reader", lambda page, language: before.append(page) or made(page, language))
    seen = list(pages("en-GB,en;q=0.8", a_case()))
    assert len(seen) > 60
    assert [strange for page in before if (strange := known.strange(page))] == []
    for name, page in seen:
        assert '<html lang="en">' in page or "<html" not in page, name
        assert [
            t
            for t, lang, _w, spoken in texts(page)
            if lang != "zh-Hans" and HAN.search(t) and not spoken and t not in OWN_NAMES
        ] == [], name


def test_no_page_in_traditional_characters_has_simplified_ones():
    for name, page in pages("zh-HK,zh-TW;q=0.9", a_case()):
        assert '<html lang="zh-Hant">' in page or "<html" not in page, name
        own = [text for text, _language, written, _spoken in texts(page) if not written and text not in OWN_NAMES]
        assert [text for text in own if SIMPLIFIED.search(text)] == [], name


def test_the_language_is_chosen_by_button_then_by_browser_else_simplified(client):
    assert '<html lang="zh-Hans">' in client.get("/").content.decode()
    assert '<html lang="zh-Hans">' in client.get("/", headers={"Accept-Language": "de"}).content.decode()
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "en-US"}).content.decode()
    assert '<html lang="zh-Hant">' in client.get("/", headers={"Accept-Language": "zh-MO"}).content.decode()
    back = client.post("/language/", {"language": "en"}, headers={"Referer": "http://testserver/track/"})
    assert (back.status_code, back.url) == (302, "http://testserver/track/")
    answer = client.get("/", headers={"Accept-Language": "zh-TW"})
    assert '<html lang="en">' in answer.content.decode()
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].replace(" ", "").split(","))
    assert client.post("/language/", {"language": "xx"}, headers={"Referer": "https://elsewhere.example/"}).url == "/"
    assert '<html lang="en">' in client.get("/").content.decode()


# -- what stays


def test_what_somebody_wrote_is_not_written_over():
    page = '<p data-as-written>后面的范某<b>说</b></p><p title="关于">关于</p><textarea>后面</textarea><input value="后面">'
    made = reading.for_reader(page, languages.TRADITIONAL)
    assert (
        made
        == '<p data-as-written>后面的范某<b>说</b></p><p title="關於">關於</p><textarea>后面</textarea><input value="后面">'
    )


def test_the_words_of_the_parties_stay_on_the_case_page():
    case = a_case(facts=FACTS | {"what": "后来店里的范某说，台账里没有这只水壶"})
    for who, address in ((officer("intake_officer", "city"), f"/cases/~{case.pk}/"),):
        page = reader("zh-hant", who).get(address).content.decode()
        assert "后来店里的范某说，台账里没有这只水壶" in page


@pytest.mark.parametrize(
    ("page", "made"),
    [
        ("<p>Due：Monday</p>", "<p>Due: Monday</p>"),
        ("<li>由甲县局办理（HN-FL-05a）。</li>", '<li lang="zh-Hans">由甲县局办理（HN-FL-05a）。</li>'),
        ("<p>By 甲县局、乙县局 today</p>", '<p>By <span lang="zh-Hans">甲县局、乙县局</span> today</p>'),
        (
            "<p>甲县局Archivist：归档</p>",
            '<p><span lang="zh-Hans">甲县局</span> Archivist: <span lang="zh-Hans">归档</span></p>',
        ),
        ("<p>Saved.What you wrote</p>", "<p>Saved. What you wrote</p>"),
        ("<option>甲县局</option>", '<option lang="zh-Hans">甲县局</option>'),
        (
            "<p data-as-written>Saved.水壶：漏水</p>",
            '<p data-as-written>Saved.<span lang="zh-Hans">水壶：漏水</span></p>',
        ),
        ("<textarea>甲：乙</textarea>", "<textarea>甲：乙</textarea>"),
    ],
)
def test_chinese_between_english_words_is_marked_and_its_signs_are_english(page, made):
    assert reading.for_reader(page, languages.ENGLISH) == made


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_what_is_kept_is_chinese_whoever_reads_the_page(language):
    case = a_case()
    client = reader(language)
    assert client.post("/track/", {"number": case.number, "code": case.code}).status_code == 302
    with translation.override(languages.SOURCE):
        record(case, "accepted", by=officer("intake_officer", "city"), facts={})
    shown = case_seq(case)
    given = {"rating": "satisfied", "text": "办得好", "key": "0" * 32, "shown_seq": shown}
    client.post("/track/case/rate/", given)
    said = [str(v) for event in open_case(Case.objects.get(pk=case.pk)).log.events for v in event.facts.values()]
    assert not any("Satisfied" in text or "滿意" in text for text in said)


def case_seq(case):
    return open_case(Case.objects.get(pk=case.pk)).log.events[-1].seq


# -- dates, numbers, money; the interface for programs, commands


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh-hans", ("2026年10月12日", "2026年10月12日（周一）", "2026年10月12日 17:05", "1,234.50元", "5个工作日")),
        ("zh-hant", ("2026年10月12日", "2026年10月12日（週一）", "2026年10月12日 17:05", "1,234.50元", "5個工作日")),
        ("en", ("12 October 2026", "Mon 12 October 2026", "12 October 2026, 17:05", "¥1,234.50", "5 working days")),
    ],
)
def test_dates_and_money_have_the_form_of_the_language(language, expected):
    from datetime import datetime

    from huiyin.core.workdays import Period

    at = datetime(2026, 10, 12, 17, 5)
    with translation.override(language):
        found = (
            words.date_text(at.date()), words.day_text(at.date()), words.moment_text(at), words.money_text(123450),
            words.period_text(Period(5, "working_day")),
        )  # fmt: skip
    assert found == expected


def test_the_vocabulary_has_the_names_of_the_language_and_the_meaning_of_the_rules():
    plain = languages.load_vocabulary()
    with translation.override("en"):
        english = languages.load_vocabulary()
        assert english.events["accepted"].label_zh == "Accept"
        assert languages.done(plain.events["accepted"].label_zh) == "Accepted"
    assert plain.events["accepted"].label_zh == "受理"
    assert list(english.events) == list(plain.events)
    assert english.stage_of == plain.stage_of
    assert english.covers == plain.covers


@pytest.mark.parametrize(("language", "title"), [("en", "Not found"), ("zh-hant", "沒有找到"), ("zh-hans", "没有找到")])
def test_problems_of_the_api_are_in_the_language_of_the_caller(client, language, title):
    answer = client.get("/api/no/such/address", headers={"Accept-Language": language})
    assert answer.json()["title"] == title


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("en_GB.UTF-8", "Run the site."),
        ("zh_HK.UTF-8", "啟動網站。"),
        ("zh_CN.UTF-8", "启动网站。"),
        ("C.UTF-8", "启动网站。"),
    ],
)
def test_commands_speak_the_language_of_the_machine(variable, said):
    env = {k: v for k, v in os.environ.items() if k not in ("LANGUAGE", "LC_ALL", "LC_MESSAGES")} | {"LANG": variable}
    done = subprocess.run(
        [sys.executable, "-m", "huiyin", "--help"], env=env, capture_output=True, check=True, timeout=300
    )
    assert said in done.stdout.decode()


def test_a_procedure_is_shown_in_the_words_of_the_operator():
    env = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LC_MESSAGES")} | {"LANGUAGE": "en"}
    command = [sys.executable, "-m", "huiyin", "rules", "show", "jiangmen/complaint"]
    said = subprocess.run(command, env=env, capture_output=True, check=True, timeout=300).stdout.decode()
    assert "10 working days" in said
    assert "Sign for receipt" in said
    assert "登记即受理，不再另作受理决定" in said


@pytest.mark.parametrize("one", ["“", "“一", "一(", "（", "<", "a一", "《《a"])
def test_a_page_with_a_long_row_of_one_sign_takes_time_by_its_length(one):
    page = f"<p>{escape((one * 300_000)[:300_000])}</p>"
    began = time.process_time()
    reading.for_reader(page, "en")
    assert time.process_time() - began < 5
