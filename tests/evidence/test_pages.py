"""Files on the pages: handed in at every form, kept by drafts, listed, looked at, downloaded; and what is refused, in words."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from huiyin.cases import actions as cases
from huiyin.cases.models import Case, Draft
from huiyin.evidence.models import File, Staged
from huiyin.vault.models import RevealLog
from tests.cases.office import FACTS, PARTIES, a_case, officer
from tests.evidence import made
from tests.evidence.sent import by, fact, on_disk, send
from tests.web.public_form import ALL
from tests.web.public_form import fill as answer_all

pytestmark = pytest.mark.django_db
EVIDENCE = "/submit/complaint/evidence/"


def upload(content=None, name="发票.jpg"):
    return SimpleUploadedFile(name, made.jpeg(640, 320) if content is None else content, "application/octet-stream")


def page(answer):
    return answer.content.decode()


def body(answer):
    return b"".join(answer.streaming_content)


def kept(text):
    return re.findall(r'<input type="hidden" name="files" value="(file:[0-9a-f]{32})">', text)


def fill(client):
    """Every question but the one about files."""
    answer_all(client, ALL)


def after(client, sent):
    """The screen as it stands when this was sent and taken."""
    client.post(EVIDENCE, sent)
    return page(client.get(EVIDENCE))


# -- the public form


def test_the_public_form_keeps_files_and_hands_them_in(client):
    fill(client)
    answer = client.post(EVIDENCE, {"evidence": "通话录音", "files-new": [upload(), upload(made.mp3(), "通话.mp3")]})
    assert answer.status_code == 302
    text = page(client.get(EVIDENCE))
    assert len(kept(text)) == 2
    assert "发票.jpg" in text
    assert "通话.mp3" in text
    check = page(client.get("/submit/complaint/check/"))
    assert "发票.jpg（" in check
    sent = client.post("/submit/complaint/check/", {"unit": "city", "key": "k1"})
    assert sent.status_code == 302, page(sent)
    assert File.objects.count() == 2
    assert not Staged.objects.exists()
    text = page(client.get("/track/case/"))
    assert "材料1" in text
    assert "只交承办人" in text  # of the recording
    copy = client.get(f"/track/case/files/{File.objects.get(kind='jpg').pk}/copy/")
    assert body(copy)[:3] == b"\xff\xd8\xff"


def test_what_is_refused_is_named_at_the_field_and_the_rest_stays(client, folder):
    files = [
        upload(),
        upload(b"<!doctype html><script>1</script>", "照片.jpg"),
        upload(made.archive({"a": b"x"}), "证据.zip"),
    ]
    answer = client.post(EVIDENCE, {"evidence": "通话录音", "files-new": files})
    text = page(answer)
    assert answer.status_code == 422
    assert "“照片.jpg”：这是网页或代码，不能收。" in text
    assert "请解压后把里面的文件逐个交上来" in text
    assert len(kept(text)) == 1
    assert len(on_disk(folder)) == 3
    assert "通话录音</textarea>" in text
    again = client.post(EVIDENCE, {"evidence": "通话录音", "files": kept(text)})
    assert again.status_code == 302


def test_a_file_is_taken_out_again(client, folder, django_capture_on_commit_callbacks):
    text = after(client, {"files-new": [upload(), upload(made.png(), "截图.png")]})
    one, other = kept(text)
    with django_capture_on_commit_callbacks(execute=True):
        text = after(client, {"files": [one, other], "files-gone": [one]})
    assert kept(text) == [other]
    assert len(on_disk(folder)) == 3


def test_nobody_names_the_file_of_another_visit(client):
    (mine,) = kept(after(client, {"files-new": [upload()]}))
    text = after(Client(), {"files": [mine], "evidence": "通话录音"})
    assert mine not in text


def test_files_swept_in_between_are_asked_for_again(client):
    (mine,) = kept(after(client, {"files-new": [upload()]}))
    Staged.objects.all().delete()
    answer = client.get(EVIDENCE)
    assert "先前选的文件放置太久" in page(answer)
    assert mine not in page(answer)


def test_too_large_is_refused_before_it_lies_anywhere(client, settings, folder):
    settings.FILE_MB = 1
    answer = client.post(EVIDENCE, {"files-new": [upload(made.mp3() + b"\0" * 1_200_000, "通话.mp3")]})
    assert "超过 1 MB" in page(answer)
    assert on_disk(folder) == []
    answer = client.post(EVIDENCE, {"files-new": [upload(b"\0" * 10_000_000, "a.mp3")]})
    assert answer.status_code == 413
    assert on_disk(folder) == []


def test_an_upload_nobody_asked_for_is_not_kept(client, folder):
    client.post("/track/", {"number": "1", "code": "2", "other-new": upload(), "other": upload()})
    assert on_disk(folder) == []


# -- the tracking page


def tracked(client, case):
    client.post("/track/", {"number": case.number, "code": case.code})
    return client


def test_the_sender_adds_files_without_a_word(client):
    case = tracked(client, a_case()) and Case.objects.get()
    answer = client.post("/track/case/supply/", {"files-new": [upload()], "key": "k"})
    assert answer.status_code == 302, page(answer)
    assert File.objects.get().case_id == case.pk
    text = page(client.get("/track/case/"))
    assert "证据材料" in text
    assert "补充材料" in text
    empty = client.post("/track/case/supply/", {"key": "k2"})
    assert empty.status_code == 422
    assert "请写明要补充什么，或选择要交的文件" in page(empty)


# -- the desk


@pytest.fixture
def desk(client):
    client.force_login(officer("intake_officer", "city").person)
    return client


def test_the_desk_registers_with_files_and_a_draft_keeps_them(desk, django_capture_on_commit_callbacks):
    address = "/cases/new/?procedure=jiangmen/complaint"
    saved = desk.post(address, {"what": "水壶漏水", "files-new": [upload()], "save": "1"})
    assert saved.status_code == 302
    draft = Draft.objects.get()
    assert Staged.objects.get().draft == draft.pk
    text = page(desk.get(f"/cases/new/?draft={draft.pk}"))
    assert len(kept(text)) == 1
    assert "发票.jpg" in text
    with django_capture_on_commit_callbacks(execute=True):
        from huiyin.cases import drafts

        drafts.drop(draft.owner, draft.pk)
    assert not Staged.objects.exists()


def test_a_step_takes_files_and_names_of_papers(desk):
    case = a_case()
    address = f"/cases/~{case.pk}/evidence_added/"
    data = {"party": "1", "files": "纸质收据\n照片原件", "files-new": [upload()], "key": "k", "shown_seq": "1"}
    answer = desk.post(address, {**data, "occurred": "不是时间"})
    assert answer.status_code == 422
    (file,) = kept(page(answer))
    assert "纸质收据\n照片原件</textarea>" in page(answer)
    data.pop("files-new")
    answer = desk.post(address, {**data, "files": [file, "纸质收据\n照片原件"]})
    assert answer.status_code == 302, page(answer)
    text = page(desk.get(f"/cases/~{case.pk}/"))
    assert "材料1、纸质收据、照片原件" in text
    assert "发票.jpg" in text


def test_htmx_sends_files_as_forms_do(desk):
    case = a_case()
    text = page(desk.get(f"/cases/~{case.pk}/evidence_added/", headers={"HX-Request": "true"}))
    assert 'hx-encoding="multipart/form-data"' in text
    assert 'enctype="multipart/form-data"' in text
    assert 'capture="environment"' in text


# -- looking at them


@pytest.fixture
def case(desk):
    me = officer("intake_officer", "city")
    sent = [
        send(owner=by(me)),
        send(made.pdf(), owner=by(me), name="合同.pdf"),
        send(made.mp3(), owner=by(me), name="通话.mp3"),
    ]
    return a_case(facts={**FACTS, "files": fact(*sent)}, by=me)


def address(case, kind, part):
    return f"/cases/~{case.pk}/files/{File.objects.get(kind=kind, case_id=case.pk).pk}/{part}/"


def test_pictures_are_shown_and_documents_are_saved(desk, case):
    picture = desk.get(address(case, "jpg", "copy"))
    assert picture["Content-Type"] == "image/jpeg"
    assert picture["Content-Disposition"] == f'inline; filename="{case.number}-01.jpg"'
    assert not Image.open(io.BytesIO(body(picture))).getexif()
    thumb = desk.get(address(case, "jpg", "thumb"))
    assert max(Image.open(io.BytesIO(body(thumb))).size) == 320
    document = desk.get(address(case, "pdf", "copy"))
    assert document["Content-Disposition"] == f'attachment; filename="{case.number}-02.pdf"'
    for answer in (picture, thumb, document):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "script-src" not in answer["Content-Security-Policy"]
    assert not RevealLog.objects.exists()
    assert int(document["Content-Length"]) == len(body(document))


def test_the_original_is_unaltered_and_its_download_is_logged(desk, case):
    answer = desk.post(address(case, "jpg", "original"))
    assert body(answer) == made.jpeg(640, 320)
    assert answer["Content-Disposition"] == f'attachment; filename="{case.number}-01-original.jpg"'
    (noted,) = RevealLog.objects.all()
    assert (noted.case_id, noted.ref, noted.name) == (case.pk, File.objects.get(kind="jpg").pk, "files")
    assert noted.reason == "下载原件"
    assert desk.get(address(case, "jpg", "original")).status_code in (404, 405)
    assert body(desk.post(address(case, "mp3", "original"))) == made.mp3()


def test_the_original_of_a_report_is_for_who_has_just_shown_who_he_is(desk):
    me = officer("intake_officer", "city")
    sent = send(owner=by(me))
    report = a_case(
        facts={**FACTS, "kind": "report", "files": fact(sent)}, parties=[{**PARTIES[0], "role": "reporter"}, PARTIES[1]], by=me
    )  # fmt: skip
    session, then = desk.session, desk.session["since"]
    session["since"] = then - 3600
    session.save()
    assert desk.post(address(report, "jpg", "original")).url.startswith("/login/again/")
    assert not RevealLog.objects.exists()
    session["since"] = then
    session.save()
    assert body(desk.post(address(report, "jpg", "original"))) == made.jpeg(640, 320)


def test_others_do_not_get_the_original_and_outsiders_get_nothing(case):
    head, stranger, nobody = Client(), Client(), Client()
    head.force_login(officer("director", "city").person)
    stranger.force_login(officer("handler", "county_b").person)
    assert head.get(address(case, "jpg", "copy")).status_code == 200
    assert head.post(address(case, "jpg", "original")).status_code == 404
    assert head.get(address(case, "mp3", "copy")).status_code == 404
    text = page(head.get(f"/cases/~{case.pk}/"))
    assert "下载原件" not in text
    assert "只交承办人查看" in text
    for part in ("copy", "thumb"):
        assert stranger.get(address(case, "jpg", part)).status_code == 404
        assert nobody.get(address(case, "jpg", part)).status_code == 302
    assert not RevealLog.objects.exists()


def test_a_file_of_another_case_is_not_there(desk, case):
    other = a_case()
    wrong = address(case, "jpg", "copy").replace(f"~{case.pk}", f"~{other.pk}")
    assert desk.get(wrong).status_code == 404


def test_a_damaged_file_is_said_to_be_so(desk, case, folder):
    from huiyin.evidence.storage import path_of

    path_of(File.objects.get(kind="jpg").copy_address).write_bytes(b"HYF1" + b"\0" * 100)
    answer = desk.get(address(case, "jpg", "copy"))
    assert answer.status_code == 500
    assert "这个文件打不开" in page(answer)


def test_a_walled_officer_finds_no_file(case):
    me, about = officer("intake_officer", "city"), officer("handler", "county_a", 2)
    parties = [PARTIES[0], {**PARTIES[1], "officer": f"p{about.person_id}"}]
    walled = a_case(facts={**FACTS, "files": fact(send(owner=by(me)))}, parties=parties, by=me)
    cases.record(walled, "dispatched", by=me, facts={"to": "county_a"})
    client = Client()
    client.force_login(about.person)
    assert client.get(address(walled, "jpg", "copy")).status_code == 404
    client.force_login(officer("handler", "county_a").person)
    assert client.get(address(walled, "jpg", "copy")).status_code == 200


def test_the_name_a_person_gave_is_nowhere_in_plain(case, desk):
    """Not in events, not in addresses, not in headers."""
    from huiyin.cases.models import Event

    assert not Event.objects.filter(body__contains="发票").exists()
    answer = desk.get(address(case, "jpg", "copy"))
    assert "发票" not in str(answer.headers)
