"""What a file is, is told from its content; what is not taken is refused with what to do."""

import io

import pytest

from huiyin.evidence.errors import BadFile
from huiyin.evidence.kinds import KINDS, detect
from huiyin.evidence.names import safe
from tests.evidence import made


def kind_of(content, name=""):
    return detect(io.BytesIO(content), name).code


def refused(content, name=""):
    with pytest.raises(BadFile) as caught:
        detect(io.BytesIO(content), name)
    assert caught.value.says.endswith("。")
    assert "请" in caught.value.says or "可以" in caught.value.says  # says what to do
    return caught.value.code


@pytest.mark.parametrize("code", made.GOOD)
def test_each_kind_is_known_by_its_content(code):
    content = made.GOOD[code]()
    assert kind_of(content) == code
    if code != "txt":  # a name changes nothing; a text must not be called otherwise
        assert kind_of(content, "something.exe") == code


def test_a_film_with_only_sound_is_sound():
    assert kind_of(made.mp4(b"soun", brand=b"isom")) == "m4a"
    assert kind_of(made.mp4(b"vide", brand=b"qt  ")) == "mp4"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><script>alert(1)</script>", "markup"),
        (b"\n\n <html>", "markup"),
        ("\ufeff<svg xmlns='x'>".encode(), "markup"),
        ("<html>".encode("utf-16"), "markup"),
        (b"<?xml version='1.0'?><a/>", "markup"),
        (b"#!/bin/sh\nrm -r x\n", "program"),
        (b"MZ\x90\0" + b"\0" * 100, "program"),
        (b"\x7fELF" + b"\0" * 100, "program"),
        (made.archive({"a.txt": b"x"}), "archive"),
        (b"Rar!\x1a\x07\0" + b"\0" * 100, "archive"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 100, "archive"),
        (b"\x1f\x8b\x08" + b"\0" * 100, "archive"),
        (made.archive({"OFD.xml": b"<ofd/>"}), "ofd"),
        (b"{\\rtf1 hello}", "rtf"),
        (b"BM\x00\x01\x00\x00\0\0\0\0" + b"\0" * 50, "image"),
        (b"OggS" + b"\0" * 50, "media"),
        (made.mp4(brand=b"heic"), "heic"),
        (bytes(range(256)) * 20, "unknown"),
        (made.pdf(password="secret"), "locked"),
        (made.old_office("EncryptedPackage"), "locked"),
        (made.old_office("PowerPoint Document"), "old"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_taken_is_named(content, code):
    assert refused(content) == code


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a/*<script>*/=1;alert(1)//",  # a script that begins like a picture
        b"\xff\xd8\xff\xe0" + b"<script>alert(1)</script>",
        b"%PDF-1.7\n<script>alert(1)</script>",
        b"PK\x03\x04 and nothing",
        made.jpeg()[:40],
        made.mp4()[:100],
        b"ID3\x04\0\0\0\0\0\x0a" + b"no frames" * 20,
        b"RIFF\x10\0\0\0WAVEnothing here",
        b"#!AMR\n\xff\xff\xff",
        bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600,
    ],
)
def test_what_only_begins_like_a_kind_is_broken(content):
    assert refused(content) == "broken"


def test_an_archive_behind_a_picture_is_found():
    assert refused(made.jpeg() + made.archive({"evil.exe": b"MZ"})) == "hidden"
    assert refused(made.pdf() + made.archive({"evil.exe": b"MZ"})) == "hidden"


@pytest.mark.parametrize("part", ["word/vbaProject.bin", "xl/macrosheets/sheet1.xml", "word/activeX/activeX1.bin"])
def test_office_documents_with_programs_in_them_are_refused(part):
    assert refused(made.docx(**{part: b"x"})) == "macros"


def test_a_document_that_says_it_has_macros_is_refused():
    types = '<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'
    assert refused(made.archive({"[Content_Types].xml": types.encode(), "word/document.xml": b"<x/>"})) == "macros"


@pytest.mark.parametrize(
    "streams", [("WordDocument", "Macros"), ("Workbook", "_VBA_PROJECT_CUR"), ("WordDocument", "VBA")]
)
def test_old_documents_with_macros_are_refused(streams):
    assert refused(made.old_office(*streams)) == "macros"


def test_what_would_fill_the_memory_is_refused():
    assert refused(made.bomb_png()) == "pixels"
    assert refused(made.docx(**{"word/media/zeros.bin": b"\0" * 60_000_000})) == "bomb"


def test_a_text_is_a_text_only_by_that_name():
    assert kind_of("退货经过……".encode(), "经过.txt") == "txt"
    assert kind_of("退货经过……".encode("utf-16"), "") == "txt"
    assert refused("退货经过……".encode(), "照片.jpg") == "unknown"
    assert refused(b"a\x00b", "a.txt") == "unknown"
    assert refused(b"a,b\n1,2\n", "a.csv") == "unknown"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("发票.JPG", "发票.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("..\\..\\windows\\system32\\a.exe", "a.jpg"),
        ("发票.pdf.exe", "发票.jpg"),
        ("a\u202egpj.exe", "agpj.jpg"),  # a sign that turns the reading direction
        ("a\x00b\nc\x7f.jpg", "abc.jpg"),
        ("", "图片.jpg"),
        ("....", "图片.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("CON.jpg", "_CON.jpg"),
        ('<img src=x onerror="a">.png', "_img src=x onerror=_a__.jpg"),
        ("长" * 300 + ".jpg", "长" * 60 + ".jpg"),
        ("$(rm -r);`x`.jpg", "_(rm -r)__x_.jpg"),
        ("发票 2026.05", "发票 2026.05.jpg"),
    ],
)
def test_names_are_made_safe(name, shown):
    assert safe(name, KINDS["jpg"]) == shown
