"""Lists to take away: all that the search shows and no more, masked, harmless in a spreadsheet, entered with a reason, at any size."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huiyin.accounts.models import Look
from huiyin.cases.actions import record
from huiyin.cells import FORMULA
from huiyin.notices import queries as inbox
from huiyin.search import exporting, listing
from huiyin.search.models import Export, SearchLog
from huiyin.search.searching import Filters
from huiyin.worker.jobs import tell_of_list
from tests.cases.office import FACTS, PARTIES, a_case, officer

pytestmark = pytest.mark.django_db


def searched(client, words="漏水", **filters):
    return client.post("/search/", {"words": words, **filters}).url.partition("=")[2]


def downloaded(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_all_that_was_found_comes_as_a_stream(desk):
    for _ in range(45):
        a_case()
    a_case(facts={**FACTS, "subject": "电视机", "what": "没有声音"})
    client = desk("intake_officer", "city")
    answer = client.post("/export/", {"s": searched(client), "way": "now", "reason": "七月通报"})
    assert answer["Content-Type"].startswith("text/csv")
    head, *rows = downloaded(answer)
    assert head == listing.header()
    assert len(rows) == 45
    assert rows[0][head.index("投诉举报人（已遮盖）")] == "李**"
    assert rows[0][head.index("电话（已遮盖）")] == "138****8000"
    assert rows[0][head.index("事由（号码已遮盖）")] == "买到的水壶漏水"
    export = Export.objects.get()
    assert (export.state, export.rows, export.reason, export.size) == ("done", 45, "七月通报", 0)
    assert "export-csv" in SearchLog.objects.latest("pk").sorts
    assert "漏水" not in repr(vars(export))


def test_a_reason_is_asked_for_and_what_was_typed_stays(desk):
    a_case()
    client = desk("intake_officer", "city")
    answer = client.post("/export/", {"s": searched(client), "way": "xlsx", "reason": " "})
    assert answer.status_code == 422
    assert "请写明导出的用途" in answer.content.decode()
    assert 'value="xlsx" checked' in answer.content.decode()
    assert not Export.objects.exists()
    assert client.get("/export/?s=nothing").url == "/search/"


def test_a_viewer_takes_away_what_he_may_see(desk):
    county = a_case()
    record(county, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    a_case()
    report = a_case(facts={**FACTS, "kind": "report"}, parties=[{**PARTIES[0], "role": "reporter"}, PARTIES[1]])
    client = desk("intake_officer", "county_a")
    answer = client.post("/export/", {"s": searched(client), "way": "now", "reason": "通报"})
    assert [row[0] for row in downloaded(answer)[1:]] == [county.number]
    own = desk("intake_officer", "city")
    rows = {r[0]: r for r in downloaded(own.post("/export/", {"s": searched(own), "way": "now", "reason": "通报"}))[1:]}
    assert report.number in rows
    (seen,) = listing.rows(officer("supervisor", "city"), [report])
    assert seen[14:16] == ["", ""]  # who supervises is not told who reported it


def test_no_cell_is_worked_out_by_a_spreadsheet(desk):
    case = a_case(facts={**FACTS, "subject": '=HYPERLINK("http://evil.example")'})
    own = desk("intake_officer", "city")
    head, *rows = downloaded(own.post("/export/", {"s": searched(own), "way": "now", "reason": "通报"}))
    (cells,) = [row for row in rows if row[0] == case.number]
    assert not any(cell.lstrip(" ").startswith(FORMULA) for cell in cells)
    assert cells[head.index("事由（号码已遮盖）")] == """'=HYPERLINK("http://evil.example")"""


def test_a_workbook_is_made_in_the_background_and_fetched_by_its_reader(desk):
    a_case(facts={**FACTS, "subject": "=HYPERLINK(1)漏水"})
    client = desk("intake_officer", "city")
    assert client.post("/export/", {"s": searched(client), "way": "xlsx", "reason": "通报"}).url == "/exports/"
    page = client.get("/exports/").content.decode()
    assert "等待生成" in page
    assert 'hx-trigger="every 3s"' in page
    export = exporting._claimed()
    exporting.make(export, tell_of_list)
    assert exporting._claimed() is None
    lying = exporting.path_of(export).read_bytes()
    assert lying.startswith(b"HYF1")
    assert 'hx-trigger="every' not in client.get("/exports/").content.decode()
    session, then = client.session, client.session["since"]
    session["since"] = then - 3600
    session.save()
    assert client.post(f"/exports/{export.pk}/").url.startswith("/login/again/")  # the desk may be another's by now
    session["since"] = then
    session.save()
    answer = client.post(f"/exports/{export.pk}/")
    assert Look.objects.latest("pk").what == f"search xlsx {export.pk}"
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert [cell.value for cell in sheet[1]] == listing.header()
    assert sheet["R2"].value == "=HYPERLINK(1)漏水"
    assert sheet["R2"].data_type == "s"
    (line,) = inbox.inbox(officer("intake_officer", "city")).rows
    assert line.words.subject == "您要的表格已经生成，共1行"
    assert client.post(f"/inbox/{line.notice.pk}/open/").url == "/exports/"
    assert desk("handler", "county_a").post(f"/exports/{export.pk}/").status_code == 404


def test_old_files_go_and_their_rows_stay(desk):
    client = desk("intake_officer", "city")
    a_case()
    client.post("/export/", {"s": searched(client), "way": "csv", "reason": "通报"})
    export = exporting._claimed()
    exporting.make(export, tell_of_list)
    assert exporting.forget() == 0
    Export.objects.update(ended=timezone.now() - timedelta(days=7, minutes=1))
    assert exporting.forget() == 1
    assert not exporting.path_of(export).exists()
    assert client.post(f"/exports/{export.pk}/").status_code == 404
    assert Export.objects.get().reason == "通报"


def test_a_list_that_a_dead_worker_left_is_begun_anew(desk):
    client = desk("intake_officer", "city")
    a_case()
    client.post("/export/", {"s": searched(client), "way": "csv", "reason": "通报"})
    assert exporting._claimed() is not None
    assert exporting._claimed() is None
    Export.objects.update(beat=timezone.now() - exporting.DEAD * 2)
    assert exporting._claimed() is not None


def test_a_list_costs_the_same_statements_for_few_and_for_many(sample_world):
    for _ in range(12):
        a_case()
    who = officer("intake_officer", "city")
    cases = next(exporting.searching.everything(who, "", Filters(), 200))
    with CaptureQueriesContext(connection) as few:
        listing.rows(who, cases[:2])
    with CaptureQueriesContext(connection) as many:
        listing.rows(who, cases)
    assert len(few) == len(many) <= 10
