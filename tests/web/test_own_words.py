"""What the rules say is to be said, in the office's own way: kept whole, nothing forbidden in it, used at the desk, entered in the log."""

import json
import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from django.test import Client

from huiyin.core import phrases
from huiyin.org import owntexts, ownwords, procedures, snapshot
from huiyin.org.models import AdminEvent
from tests.cases.office import officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(desk):
    return desk("administrator", "province")


def adopted(id="henan/complaint"):
    found = next(a for a in snapshot.current().adoptions if a.procedure == id)
    return found.hash, procedures.procedure_for(found.hash)


def address(hash, phrase):
    return f"/manage/wording/?procedure={hash}&change={quote(ownwords.key(phrase))}"


def test_a_question_is_put_in_our_own_way_at_the_desk_and_back_again(system):
    hash, procedure = adopted()
    phrase = next(p for p in procedure.script if "complainant.phone" in p.asks)
    page = system.get(f"/manage/wording/?procedure={hash}").content.decode()
    assert quote(ownwords.key(phrase)) in page
    assert ownwords.worded(phrase) in system.get(address(hash, phrase)).content.decode()
    answer = system.post(address(hash, phrase), {"text": "麻烦您留个电话，办好了我们打给您。"}, follow=True)
    assert "已改用本单位的说法" in answer.content.decode()
    assert "本单位的说法" in answer.content.decode()
    row = AdminEvent.objects.order_by("-seq").first()
    assert (row.name, "麻烦您" in row.body) == ("phrase_put", False)
    assert json.loads(row.body)["facts"]["text"] == ownwords.key(phrase)
    clerk = Client()
    clerk.force_login(officer("intake_officer", "city").person)
    assert "麻烦您留个电话" in clerk.get("/cases/new/?procedure=henan/complaint").content.decode()
    assert "修改规范用语的说法" in system.get("/manage/").content.decode()
    assert system.post(address(hash, phrase), {"what": "drop"}).status_code == 302
    assert "麻烦您留个电话" not in clerk.get("/cases/new/?procedure=henan/complaint").content.decode()
    snapshot.current()
    assert not ownwords.is_own(phrase)


def test_what_has_to_be_said_stays_in_it_and_nothing_forbidden_comes_in(system):
    hash, procedure = adopted()
    line = next(p for p in procedure.lines if p.slots)
    forbidden = next(p for p in procedure.forbidden if not p.warn and not p.whole).forbidden[0]
    whole = "".join(f"{{{slot}}}" for slot in line.slots)
    wrong = {
        "": "请写明怎样说", f"{whole}{{nothing}}": "没有 {nothing} 这一项", "您好。": f"请保留 {{{sorted(line.slots)[0]}}}",
        f"{whole}{{": "花括号里只能写", f"{whole}{forbidden}": "规定里不能说的话", whole + "长" * 600: "不超过500字",
    }  # fmt: skip
    for text, says in wrong.items():
        answer = system.post(address(hash, line), {"text": text})
        assert answer.status_code == 422, text
        if text:
            assert says in answer.content.decode(), text
    assert not owntexts.in_use(owntexts.PHRASE)
    assert system.post(address(hash, line), {"text": f"{whole}，谢谢您来电。"}).status_code == 302
    snapshot.current()  # as the next page does
    said, missing = phrases.filled(ownwords.of(line), dict.fromkeys(line.slots, "某"))
    assert (said, missing) == ("某" * len(line.slots) + "，谢谢您来电。", ())


def test_what_must_not_be_said_is_not_for_the_office_to_change_and_others_change_nothing(system, desk):
    hash, procedure = adopted()
    page = system.get(f"/manage/wording/?procedure={hash}").content.decode()
    assert "change=" not in page.partition('id="forbidden"')[2]
    assert system.get(address(hash, procedure.forbidden[0])).status_code == 404
    assert system.get(f"/manage/wording/?procedure={hash}&change=nothing").status_code == 404
    phrase = procedure.script[0]
    assert desk("handler", "county_a").post(address(hash, phrase), {"text": "另一种说法"}).status_code == 403
    assert not re.search("另一种说法", ownwords.of(phrase).text)


def test_an_edition_that_words_it_anew_makes_the_own_text_fall_away(sample_world):
    _hash, procedure = adopted()
    phrase = next(p for p in procedure.script if p.text)
    ownwords.put(procedure, phrase, "我们的说法")
    snapshot.current()
    assert ownwords.of(phrase).text == "我们的说法"
    anew = replace(phrase, text=phrase.text + "（新）")
    assert ownwords.of(anew) == anew
