"""The inbox: who finds what in it, what is new, and what people decide on where a machine could not tell."""

from datetime import timedelta

import pytest

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.notices import queries
from huiyin.notices.delivery import Sender
from huiyin.notices.models import Outbox
from huiyin.org.models import AdminEvent
from tests.cases.office import FACTS, PARTIES, a_case, officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    case = a_case()
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    return case


def page(client, address="/inbox/"):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_unit_finds_what_it_was_told_and_its_neighbour_does_not(desk, case):
    assert case.number in page(desk("intake_officer", "county_a"))
    assert case.number in page(desk("unit_head", "county_a"))
    assert case.number not in page(desk("intake_officer", "county_b"))
    assert case.number not in page(desk("handler", "city"))


TABLE = [
    (("intake_officer", "county_a"), 302, True), (("handler", "county_a"), 302, True), (("unit_head", "county_a"), 302, True),
    (("intake_officer", "county_b"), 404, False), (("handler", "county_b"), 404, False), (("intake_officer", "city"), 404, False),
    (("director", "province"), 404, False), (("handler", "station_a1"), 404, False),
]  # fmt: skip


@pytest.mark.parametrize(("who", "status", "read"), TABLE)
def test_who_may_open_a_notice(desk, case, who, status, read):
    notice = Outbox.objects.get(to="county_a", clauses="")
    answer = desk(*who).post(f"/inbox/{notice.pk}/open/")
    assert answer.status_code == status
    assert (notice.readers.count() == 1) is read
    if read:
        assert answer.url == f"/cases/{case.number}/"


def test_a_walled_officer_finds_nothing_of_it():
    about = officer("handler", "county_a", 2)
    case = a_case(
        facts={**FACTS, "kind": "report"},
        parties=[{**PARTIES[0], "role": "reporter"}, {**PARTIES[1], "officer": about.person.key}],
    )
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    assert queries.unread_count(about) == 0
    assert queries.inbox(about).rows == []
    assert queries.unread_count(officer("handler", "county_a")) >= 1


def test_new_ones_are_counted_in_the_header_and_each_person_reads_for_himself(desk, case):
    client = desk("intake_officer", "county_a")
    count = queries.unread_count(officer("intake_officer", "county_a"))
    assert f'<span class="badge">{count}</span>' in page(client)
    pks = list(Outbox.objects.filter(to__contains="county_a").values_list("pk", flat=True))
    assert client.post("/inbox/read/", {"notice": pks}).url == "/inbox/"
    assert queries.unread_count(officer("intake_officer", "county_a")) == 0
    assert 'class="badge"' not in page(client)
    assert case.number in page(client, "/inbox/?show=all")
    assert queries.unread_count(officer("unit_head", "county_a")) > 0
    with clock.at(clock.now() + timedelta(days=31)):  # what nobody read for a month is not new
        assert queries.unread_count(officer("unit_head", "county_a")) == 0


def test_others_notices_cannot_be_marked(desk, case):
    pks = list(Outbox.objects.values_list("pk", flat=True))
    desk("intake_officer", "county_b").post("/inbox/read/", {"notice": pks})
    from huiyin.notices.models import InboxRead

    assert not InboxRead.objects.exists()


@pytest.mark.parametrize("address", ["/inbox/?show=wrong", "/inbox/notice/999999/", "/inbox/notice/1/"])
def test_what_is_not_there_is_a_404(desk, case, address):
    assert desk("intake_officer", "county_a").get(address).status_code == 404


# -- what is left to people


@pytest.fixture
def left():
    case = a_case()
    record(case, "accepted", by=officer("intake_officer", "city"))
    Sender("w").run()
    return Outbox.objects.get(case_id=case.pk, state="by_hand")


def test_the_unit_finds_it_with_its_words_and_without_the_contact(desk, left):
    client = desk("intake_officer", "city")
    assert f"/inbox/notice/{left.pk}/" in page(client, "/inbox/?show=left")
    shown = page(client, f"/inbox/notice/{left.pk}/")
    assert "已受理" in shown
    assert "13800138000" not in shown
    assert "李四方" not in shown


@pytest.mark.parametrize(
    "who", [("intake_officer", "county_b"), ("handler", "county_a"), ("archivist", "city"), ("director", "province")]
)
def test_others_may_not_decide(desk, left, who):
    client = desk(*who)
    assert client.get(f"/inbox/notice/{left.pk}/").status_code == 404
    assert client.post(f"/inbox/notice/{left.pk}/", {"does": "told", "method": "phone"}).status_code == 404
    left.refresh_from_db()
    assert left.state == "by_hand"


def test_told_by_telephone_it_is_done_and_stands_in_the_log(desk, left):
    client = desk("intake_officer", "city")
    assert client.post(f"/inbox/notice/{left.pk}/", {"does": "told"}).status_code == 422
    assert client.post(f"/inbox/notice/{left.pk}/", {"does": "told", "method": "phone"}).status_code == 302
    left.refresh_from_db()
    assert (left.state, left.channel) == ("sent", "phone")
    event = AdminEvent.objects.latest("seq")
    assert (event.name, event.actor_role) == ("notice_settled", "intake_officer")
    assert client.post(f"/inbox/notice/{left.pk}/", {"does": "told", "method": "phone"}).status_code == 404


@pytest.mark.parametrize(("does", "state"), [("resend", "queued"), ("arrived", "sent")])
def test_of_an_unknown_one_an_officer_decides(desk, left, does, state):
    Outbox.objects.filter(pk=left.pk).update(state="unknown", channel="sms")
    client = desk("intake_officer", "city")
    assert "可能已经送达" in page(client, f"/inbox/notice/{left.pk}/")
    assert client.post(f"/inbox/notice/{left.pk}/", {"does": does}).status_code == 302
    left.refresh_from_db()
    assert left.state == state
    assert AdminEvent.objects.latest("seq").name == {"resend": "notice_resent", "arrived": "notice_settled"}[does]


def test_what_need_not_be_told_needs_a_reason_of_the_list(desk, left):
    client = desk("intake_officer", "city")
    assert client.post(f"/inbox/notice/{left.pk}/", {"does": "drop", "reason": "李四方说不用"}).status_code == 422
    assert client.post(f"/inbox/notice/{left.pk}/", {"does": "drop", "reason": "unreachable"}).status_code == 302
    left.refresh_from_db()
    assert (left.state, left.error) == ("nothing", "dropped: unreachable")


def test_the_page_asks_few_questions(desk, case, django_assert_max_num_queries):
    for _index in range(12):
        other = a_case()
        record(other, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    client = desk("intake_officer", "county_a")
    page(client)
    with django_assert_max_num_queries(25):
        page(client)


@pytest.mark.browser
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_with_the_keyboard_on_a_telephone(live_server, new_page, case):
    phone = new_page(width=390, height=844)
    phone.goto(f"{live_server.url}/login/")
    phone.fill("[name=username]", officer("intake_officer", "county_a").person.username)
    from huiyin.org import sample

    phone.fill("[name=password]", sample.PASSWORD)
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/work/")
    phone.get_by_role("link", name="收件箱").focus()
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/inbox/")
    assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    phone.locator("button.title").first.focus()
    phone.keyboard.press("Enter")
    phone.wait_for_url(f"**/cases/{case.number}/")
