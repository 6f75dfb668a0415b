"""Copies say nothing beside their content: no camera, no place, no author, no script."""

import io
import zipfile

import pikepdf
import pytest
from PIL import Image

from huiyin.evidence.derive import bare_jpeg, bare_png, derive
from huiyin.evidence.errors import BadFile
from huiyin.evidence.kinds import KINDS
from huiyin.evidence.storage import Writer
from tests.evidence import made

KEY = bytes(32)


def of(content, code):
    """(kind of the copy, the copy, the small picture)."""
    found = derive(io.BytesIO(content), KINDS[code], lambda part: Writer(KEY, part))

    def read(writer):
        if writer is None:
            return None
        with writer.reader() as reader:
            return reader.readall()

    return found.kind, read(found.copy), read(found.thumb)


def says_nothing(content):
    for mark in (*made.TELLING, made.AUTHOR.encode("utf-16-be"), made.AUTHOR.encode("utf-16-le")):
        assert mark not in content, mark


@pytest.mark.parametrize(("code", "copy"), [("jpg", "jpg"), ("png", "png"), ("webp", "jpg"), ("gif", "jpg")])
def test_pictures_are_drawn_anew(code, copy):
    content = made.GOOD[code]()
    kind, found, thumb = of(content, code)
    assert kind in (copy, "png")
    says_nothing(found)
    says_nothing(thumb)
    for drawn in (found, thumb):
        picture = Image.open(io.BytesIO(drawn))
        picture.load()
        assert dict(picture.getexif()) == {}
        assert not {"comment", "exif", "xmp", "icc_profile", "Author"} & set(picture.info)
    if code != "gif":
        assert any(mark in content for mark in made.TELLING)  # it was there


def test_a_copy_stands_as_the_camera_was_held():
    _kind, copy, thumb = of(made.jpeg(640, 320), "jpg")
    for drawn in (copy, thumb):
        picture = Image.open(io.BytesIO(drawn))
        assert picture.size[0] * 2 == picture.size[1]
        top, bottom = (picture.getpixel((picture.width // 2, y)) for y in (5, picture.height - 5))
        assert top[0] > 200 > 60 > top[2]  # the red half is up
        assert bottom[2] > 200 > 60 > bottom[0]


def test_copies_and_small_pictures_have_their_size():
    _kind, copy, thumb = of(made.jpeg(6000, 2000), "jpg")
    assert max(Image.open(io.BytesIO(copy)).size) == 4096
    assert max(Image.open(io.BytesIO(thumb)).size) == 320


def test_transparency_stays():
    kind, copy, _thumb = of(made.png(), "png")
    assert kind == "png"
    assert Image.open(io.BytesIO(copy)).mode == "RGBA"


def test_a_picture_that_is_cut_off_is_refused():
    with pytest.raises(BadFile, match="打不开"):
        of(made.jpeg(640, 480)[:-2000], "jpg")


def test_pictures_in_documents_lose_what_they_tell_and_stay_the_same_picture():
    for bare, content in ((bare_jpeg, made.jpeg()), (bare_png, made.png())):
        found = bare(content + b"\xff\xd8 a second picture GPS-MARK-5511" if bare is bare_jpeg else content)
        says_nothing(found)
        one, other = Image.open(io.BytesIO(content)), Image.open(io.BytesIO(found))
        assert one.tobytes() == other.tobytes()
    assert bare_jpeg(b"no picture") == b"no picture"


def test_progressive_pictures_stay_whole():
    into = io.BytesIO()
    made.drawing(300, 200).save(into, "JPEG", progressive=True, exif=made.exif())
    found = bare_jpeg(into.getvalue())
    assert Image.open(io.BytesIO(found)).tobytes() == Image.open(into).tobytes()
    says_nothing(found)


def test_pdfs_lose_properties_scripts_and_enclosed_files():
    content = made.pdf()
    kind, copy, thumb = of(content, "pdf")
    assert (kind, thumb) == ("pdf", None)
    says_nothing(copy)
    with pikepdf.open(io.BytesIO(copy)) as found:
        assert len(found.pages) == 1
        assert dict(found.docinfo) == {}
        assert not {"/OpenAction", "/Metadata", "/Names"} & set(found.Root.keys())
        says_nothing(b"".join(o.read_raw_bytes() for o in found.objects if isinstance(o, pikepdf.Stream)))
        (note,) = found.pages[0].Annots
        assert str(note.Contents) == "已核对"
        assert "/T" not in note
        image = found.pages[0].Resources.XObject.Im0
        assert Image.open(io.BytesIO(image.read_raw_bytes())).size == (64, 32)


def test_word_documents_lose_properties_and_authors():
    kind, copy, _thumb = of(made.docx(), "docx")
    assert kind == "docx"
    with zipfile.ZipFile(io.BytesIO(copy)) as found:
        parts = {name: found.read(name) for name in found.namelist()}
        assert {row.date_time for row in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    says_nothing(b"".join(parts.values()))
    assert "收据金额198元" in parts["word/document.xml"].decode()
    assert "docProps/thumbnail.jpeg" not in parts
    assert b"thumbnail" not in parts["_rels/.rels"]
    assert b"word/document.xml" in parts["_rels/.rels"]


def test_tables_can_still_be_read():
    import openpyxl

    _kind, copy, _thumb = of(made.xlsx(), "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(copy))
    assert book.active["A1"].value == "收据金额198元"
    assert book.properties.creator == "openpyxl"  # what the library puts where nothing stands
    says_nothing(copy)


@pytest.mark.parametrize("code", ["mp3", "wav", "m4a", "amr", "mp4", "doc", "xls"])
def test_of_these_no_copy_is_made(code):
    assert of(made.GOOD[code](), code) == ("", None, None)


def test_a_text_is_its_own_copy():
    assert of(made.GOOD["txt"](), "txt") == ("txt", None, None)


def test_what_fails_leaves_nothing(folder):
    with pytest.raises(BadFile):
        of(made.png()[:-30] + b"x" * 30, "png")
    assert [p for p in folder.rglob("*") if p.is_file()] == []
