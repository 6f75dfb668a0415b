"""What a file is, told from its content alone: neither its name nor what the sender says of it counts.

Each kind that is taken has a signature at the very beginning and is then read as what it claims to be, by a parser of its kind: a page of markup
called photo.jpg, a script that begins like a picture and an archive hidden behind one are not taken. There is no list of what is forbidden:
what is not on the list of kinds is refused, and said by name where it can be told.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Final

import olefile
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image

from huiyin.evidence import media
from huiyin.evidence.errors import BadFile, Unreadable

HEAD: Final = 4096  # bytes in which a signature and the beginning of markup are looked for
PIXELS: Final = 40_000_000  # of one picture as it lies in memory; a JPEG is opened smaller and may have more
JPEG_PIXELS: Final = 178_000_000
UNPACKED: Final = 600 * 1024 * 1024  # bytes of all parts of an office document
PARTS: Final = 20_000
PART: Final = 400 * 1024 * 1024
LIST: Final = 4 * 1024 * 1024  # bytes of the list of parts at the end of an archive
ENDING: Final = 66_000  # an archive ends within so many bytes
TIGHT: Final = 200  # how many times larger than closed a part may be, beyond the first megabyte


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file that is taken. `group`: image | pdf | office | old_office | text | audio | video."""

    code: str
    label: str | Promise
    mime: str
    group: str

    @property
    def shown(self) -> bool:
        """May a browser show it in the page? Only what is drawn anew by us."""
        return self.group == "image"


_PICTURE, _SOUND, _FILM = gettext_lazy("图片"), gettext_lazy("录音"), gettext_lazy("视频")
_LABELLED: Final = (
    ("jpg", _PICTURE, "image/jpeg", "image"),
    ("png", _PICTURE, "image/png", "image"),
    ("gif", _PICTURE, "image/gif", "image"),
    ("webp", _PICTURE, "image/webp", "image"),
    ("pdf", gettext_lazy("PDF 文件"), "application/pdf", "pdf"),
    ("docx", gettext_lazy("Word 文档"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "office"),
    ("xlsx", gettext_lazy("Excel 表格"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "office"),
    ("pptx", gettext_lazy("演示文稿"), "application/vnd.openxmlformats-officedocument.presentationml.presentation", "office"),
    ("doc", gettext_lazy("Word 文档（旧格式）"), "application/msword", "old_office"),
    ("xls", gettext_lazy("Excel 表格（旧格式）"), "application/vnd.ms-excel", "old_office"),
    ("txt", gettext_lazy("文本"), "text/plain", "text"),
    ("mp3", _SOUND, "audio/mpeg", "audio"),
    ("wav", _SOUND, "audio/wav", "audio"),
    ("m4a", _SOUND, "audio/mp4", "audio"),
    ("amr", _SOUND, "audio/amr", "audio"),
    ("mp4", _FILM, "video/mp4", "video"),
)  # fmt: skip
KINDS: Final[dict[str, Kind]] = {row[0]: Kind(*row) for row in _LABELLED}
ACCEPT: Final = ",".join([*(f".{code}" for code in KINDS), ".jpeg", "image/*", "audio/*", "video/mp4"])


def taken() -> str:
    """The kinds in one sentence."""
    return _(
        "可以交：照片（JPG、PNG、WebP、GIF）、PDF、Word、Excel、演示文稿、文本、录音（MP3、WAV、M4A、AMR）、视频（MP4）。"
    )


def detect(stream: IO[bytes], name: str = "") -> Kind:
    """The kind of a file. `name` can only take away: a text that is called photo.jpg is none. Raises BadFile."""
    try:
        return _detect(stream, name)
    except (BadFile, Unreadable):
        raise
    except Exception as error:  # a parser that chokes on what it was given: whatever it is, it is not what it says
        raise broken() from error


def _detect(stream: IO[bytes], name: str) -> Kind:
    stream.seek(0)
    head = stream.read(HEAD)
    if not head:
        raise BadFile("empty", _("这个文件是空的。请确认选对了文件，再交一次。"))
    found = next((kind for signature, kind in SIGNATURES if signature(head)), None)
    if found is None:
        _refuse_known(head)
        return _text(stream, head, name)
    if found == "zip":
        return _open_xml(stream)
    if found == "ole":
        return _ole(stream)
    checked = _CHECKS[found](stream, found)
    _no_archive_inside(stream)
    return KINDS[checked]


def broken() -> BadFile:
    """It is not what its beginning promises."""
    return BadFile("broken", _("这个文件打不开，可能没有传完或已损坏。请在自己的设备上打开看看，能打开再交一次。"))


# -- signatures, at the first byte

Signature = Callable[[bytes], bool]


def _starts(*wanted: bytes) -> Signature:
    return lambda head: head.startswith(wanted)


def _riff(form: bytes) -> Signature:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == form


SIGNATURES: Final[tuple[tuple[Signature, str], ...]] = (
    (_starts(b"\xff\xd8\xff"), "jpg"),
    (_starts(b"\x89PNG\r\n\x1a\n"), "png"),
    (_starts(b"GIF87a", b"GIF89a"), "gif"),
    (_riff(b"WEBP"), "webp"),
    (_starts(b"%PDF-"), "pdf"),
    (_starts(b"PK\x03\x04"), "zip"),
    (_starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "ole"),
    (_riff(b"WAVE"), "wav"),
    (_starts(b"#!AMR\n", b"#!AMR-WB\n"), "amr"),
    (lambda head: head[4:8] == b"ftyp", "mp4"),
    (lambda head: head.startswith(b"ID3") or media.is_mpeg_frame(head), "mp3"),
)
_ARCHIVE: Final = gettext_lazy("这是压缩包，不能收。请解压后把里面的文件逐个交上来。")
_PROGRAM: Final = gettext_lazy("这是程序，不能收。请交照片、文档或录音；需要说明的内容可以写在文字里。")
_PAGE: Final = gettext_lazy("这是网页或代码，不能收。请把网页截图，或打印成 PDF 再交。")
KNOWN: Final[tuple[tuple[bytes, str, str | Promise], ...]] = (
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh[1-9]|\xfd7zXZ|\x28\xb5\x2f\xfd|PK\x05\x06|PK\x07\x08|MSCF|.{257}ustar", "archive", _ARCHIVE),
    (rb"MZ|\x7fELF|#!|\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe|\xce\xfa\xed\xfe|dex\n", "program", _PROGRAM),
    (rb"(?:\xef\xbb\xbf)?\s*(?:<!--|<\?|<!doctype|</?[a-z])", "markup", _PAGE),
    (rb"(?:\xff\xfe|\xfe\xff)\x00?\s?\x00?<", "markup", _PAGE),
    (rb"\{\\rtf", "rtf", gettext_lazy("这是 RTF 文件，不能收。请用 Word 或 WPS 打开，另存为 DOCX 或 PDF 再交。")),
    (rb"BM.{4}\x00{4}|II\*\x00|MM\x00\*", "image", gettext_lazy("这种图片（BMP、TIFF）不能收。请另存为 JPG 或 PNG 再交。")),
    (rb"OggS|fLaC|\xff[\xf0\xf1\xf8\xf9]|\x1aE\xdf\xa3|FLV\x01|0&\xb2u|RIFF.{4}AVI ", "media",
     gettext_lazy("这种录音或视频格式不能收。请转成 MP3、M4A 或 MP4 再交。")),
)  # fmt: skip


def _refuse_known(head: bytes) -> None:
    for pattern, code, says in KNOWN:
        if re.match(pattern, head, re.DOTALL | re.IGNORECASE):
            raise BadFile(code, str(says))


_HIDDEN: Final = gettext_lazy("这个文件后面还夹带着一个压缩包，不能收。请交原来的照片或文档本身。")


def _no_archive_inside(stream: IO[bytes]) -> None:
    """A picture or document with an archive behind it is two files: the one that is shown and the one that is meant."""
    if not zipfile.is_zipfile(stream):
        return
    if _listed(stream) > LIST:
        raise BadFile("hidden", str(_HIDDEN))
    try:
        with zipfile.ZipFile(stream) as found:
            hidden = bool(found.namelist())
    except zipfile.BadZipFile:
        return
    if hidden:
        raise BadFile("hidden", str(_HIDDEN))


# -- pictures


def _picture(stream: IO[bytes], code: str) -> str:
    with open_picture(stream, code) as picture:
        width, height = picture.size
        if width < 1 or height < 1:
            raise broken()
    return code


def open_picture(stream: IO[bytes], code: str) -> Image.Image:
    """The picture with its head read and no pixel yet. Raises BadFile for what would not fit into memory."""
    stream.seek(0)
    form = {"jpg": "JPEG"}.get(code, code.upper())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            found = Image.open(stream, formats=[form])
    except Image.DecompressionBombError as error:
        raise too_many_pixels() from error
    except (OSError, ValueError, SyntaxError) as error:
        raise broken() from error
    if found.size[0] * found.size[1] > (JPEG_PIXELS if code == "jpg" else PIXELS):
        found.close()
        raise too_many_pixels()
    return found


def too_many_pixels() -> BadFile:
    """It would take all memory when it is opened."""
    return BadFile("pixels", _("这张图片的像素太多，打开会占满内存，不能收。请截图，或缩小后再交。"))


# -- PDF


def _pdf(stream: Any, code: str) -> str:
    import pikepdf

    from huiyin.evidence.pdfs import open_pdf

    try:
        with open_pdf(stream) as found:
            if len(found.pages) < 1:
                raise broken()
    except pikepdf.PasswordError as error:
        raise BadFile(
            "locked", _("这个 PDF 设了打开密码，我们看不到内容。请去掉密码，或打印成新的 PDF 再交。")
        ) from error
    except pikepdf.PdfError as error:
        raise broken() from error
    return code


# -- office documents

_MACROS: Final = re.compile(r"vbaproject|vbadata|/macrosheets/|/activex/|/dialogsheets/", re.IGNORECASE)
_CARRIED: Final = re.compile(
    r"\.(?:exe|dll|scr|com|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|jar|lnk|msi|reg|chm|html?|zip|rar|7z|gz|tar|iso|img|apk)$",
    re.IGNORECASE,
)
_MAIN: Final = (
    ("wordprocessingml.document.main", "docx"),
    ("spreadsheetml.sheet.main", "xlsx"),
    ("presentationml.presentation.main", "pptx"),
    ("presentationml.slideshow.main", "pptx"),
)


def _open_xml(stream: IO[bytes]) -> Kind:
    try:
        with open_parts(stream) as parts:
            names = parts.namelist()
            if "[Content_Types].xml" not in names:
                if "OFD.xml" in names:
                    raise BadFile("ofd", _("这是 OFD 文件，现在还不能收。请用阅读器把它另存或打印成 PDF 再交。"))
                raise BadFile("archive", str(_ARCHIVE))
            types = parts.read("[Content_Types].xml").decode("utf-8", "replace")
    except zipfile.BadZipFile as error:
        raise broken() from error
    if any(_MACROS.search(name) for name in names) or "macroenabled" in types.lower():
        raise _macros()
    if any(_CARRIED.search(name) for name in names):
        raise BadFile("carried", _("这个文档里夹带着程序或压缩包，不能收。请去掉夹带的文件，或打印成 PDF 再交。"))
    for mark, code in _MAIN:
        if mark in types:
            return KINDS[code]
    raise BadFile("archive", _("这种文档不能收。请另存为 DOCX、XLSX、PPTX 或 PDF 再交。"))


def _macros() -> BadFile:
    return BadFile("macros", _("这个文档里有宏（会自动运行的程序），不能收。请另存为不带宏的格式，或打印成 PDF 再交。"))


def open_parts(stream: IO[bytes]) -> zipfile.ZipFile:
    """The parts of an office document. Raises BadFile for one that unpacks to more than memory and disk are for."""
    if _listed(stream) > LIST:
        raise too_large_inside()
    stream.seek(0)
    parts = zipfile.ZipFile(stream)
    rows = parts.infolist()
    bombs = any(row.file_size > PART or row.file_size > 2**20 + TIGHT * row.compress_size for row in rows)
    if len(rows) > PARTS or bombs or sum(row.file_size for row in rows) > UNPACKED:
        parts.close()
        raise too_large_inside()
    if any(row.flag_bits & 1 for row in rows):
        parts.close()
        raise BadFile("locked", _("这个文件设了密码，我们看不到内容。请去掉密码再交。"))
    return parts


def _listed(stream: IO[bytes]) -> int:
    """Bytes of the list of parts, as an archive ends with it: it is read whole, so it is asked before. 0: there is none."""
    end = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, end - ENDING))
    tail = stream.read(ENDING)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 16 > len(tail):
        return 0
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    further = tail.rfind(b"PK\x06\x06", 0, at)
    return max(size, int.from_bytes(tail[further + 40 : further + 48], "little")) if further >= 0 else size


def too_large_inside() -> BadFile:
    """It is small on the disk and takes all memory when it is opened."""
    return BadFile("bomb", _("这个文档展开后大得不正常，不能收。请另存为 PDF 再交。"))


def _ole(stream: IO[bytes]) -> Kind:
    stream.seek(0)
    with olefile.OleFileIO(stream) as found:
        names = {"/".join(path).lower() for path in found.listdir(streams=True, storages=True)}
    if "encryptedpackage" in names:
        raise BadFile("locked", _("这个文档设了打开密码，我们看不到内容。请去掉密码再交。"))
    if any(name.split("/")[0] in ("macros", "_vba_project_cur") or "vba" in name.split("/") for name in names):
        raise _macros()
    if "worddocument" in names:
        return KINDS["doc"]
    if "workbook" in names or "book" in names:
        return KINDS["xls"]
    raise BadFile("old", _("这种旧格式的文件不能收。请另存为 DOCX、XLSX、PPTX 或 PDF 再交。"))


# -- sound, film, text


def _media(stream: IO[bytes], code: str) -> str:
    """Sound and film: the frames or boxes must be there. A container says itself whether it holds pictures or sound alone."""
    found = media.look(stream, code)
    if found is None:
        raise broken()
    if found in ("heic", "avif"):
        raise BadFile(
            "heic",
            _(
                "这是手机的高效格式照片（HEIC），现在还不能收。请在相机设置里选“兼容性最佳”，或把照片截图、另存为 JPG 再交。"
            ),
        )
    return found


_CHECKS: Final[dict[str, Callable[[IO[bytes], str], str]]] = {
    **dict.fromkeys(("jpg", "png", "gif", "webp"), _picture),
    "pdf": _pdf,
    **dict.fromkeys(("mp3", "wav", "amr", "mp4"), _media),
}
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_TEXT_NAMES: Final = frozenset({"", ".txt", ".text", ".log", ".md"})


def _text(stream: IO[bytes], head: bytes, name: str) -> Kind:
    """What is nothing else, and can be read as writing from beginning to end."""
    other = BadFile("unknown", _("认不出这是什么文件，不能收。%(taken)s") % {"taken": taken()})
    if os.path.splitext(name)[1].lower() not in _TEXT_NAMES:
        raise other
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        if _reads_as(stream, encoding):
            return KINDS["txt"]
    raise other


def _reads_as(stream: IO[bytes], encoding: str) -> bool:
    decoder: Any = codecs.getincrementaldecoder(encoding)("strict")
    stream.seek(0)
    try:
        while block := stream.read(1 << 16):
            if _UNPRINTABLE.search(decoder.decode(block)):
                return False
        decoder.decode(b"", True)
    except UnicodeError:
        return False
    return True


def buffered(stream: io.RawIOBase) -> IO[bytes]:
    """A stream that parsers can read in small pieces."""
    return io.BufferedReader(stream, 1 << 16)
