"""One damaged record costs one value, not the page of the case."""

from huiyin.cases.queries import open_case
from huiyin.cases.timeline import timeline
from huiyin.vault.models import Record
from tests.cases.office import a_case, officer


def test_a_record_that_does_not_open_is_said_in_its_place(caplog):
    case = a_case()
    record = Record.objects.filter(case_id=case.pk, name="what").get()
    Record.objects.filter(pk=record.pk).update(cipher=bytes(len(bytes(record.cipher))))
    rows = timeline(open_case(case), officer("intake_officer", "city"))
    shown = {fact.name: fact.value for row in rows for fact in row.facts}
    assert "无法打开" in shown["what"]
    assert shown["demand"] == "退款"
    assert record.ref in caplog.text
