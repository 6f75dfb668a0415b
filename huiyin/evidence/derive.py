"""Copies for everybody but the handler: the same content without what the file tells beside it.

Pictures are drawn anew: upright as the camera was held, in common colours, without EXIF, place or comment; of moving pictures the first one.
PDF: written anew without properties, scripts, actions, enclosed files and earlier versions; pictures in it without EXIF. Word, Excel and
presentations: properties emptied, names of authors of comments and changes taken out, pictures in it as above. A text says nothing beside
itself: it is its own copy. Of sound, film and old office formats no copy is made; they are for the handler alone.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Final, cast

import pikepdf
from PIL import Image, ImageCms, ImageOps

from huiyin.evidence import office
from huiyin.evidence.errors import BadFile, Unreadable
from huiyin.evidence.kinds import PIXELS, Kind, broken, open_picture, too_many_pixels
from huiyin.evidence.pdfs import open_pdf
from huiyin.evidence.storage import Writer

LONG_SIDE: Final = 4096  # pixels of a copy
THUMBNAIL: Final = 320
QUALITY: Final = 88
NewWriter = Callable[[str], Writer]
_one_at_a_time = threading.Lock()  # an open picture takes up to 250 MB: never two of them in a process


@dataclass(slots=True)
class Derived:
    """What was made of a file. `kind`: code of the copy's kind, none where there is no copy; `copy`: none where the file is its own copy."""

    kind: str = ""
    copy: Writer | None = None
    thumb: Writer | None = None

    def drop(self) -> None:
        """Not wanted after all."""
        for writer in (self.copy, self.thumb):
            if writer is not None:
                writer.drop()


def derive(stream: IO[bytes], kind: Kind, new_writer: NewWriter) -> Derived:
    """Make copy and thumbnail. `new_writer`: gives a closed file for the part copy or thumb. Raises BadFile for what cannot be read through."""
    made: list[Writer] = []

    def tracked(part: str) -> Writer:
        made.append(new_writer(part))
        return made[-1]

    try:
        with _one_at_a_time:
            return _MAKERS[kind.group](stream, kind, tracked)
    except (BadFile, Unreadable):
        _drop(made)
        raise
    except Exception as error:  # what a parser finds wrong, it says in many ways
        _drop(made)
        raise broken() from error


def _drop(made: list[Writer]) -> None:
    for writer in made:
        writer.drop()


def _none(stream: IO[bytes], kind: Kind, new_writer: NewWriter) -> Derived:
    return Derived()


def _office(stream: IO[bytes], kind: Kind, new_writer: NewWriter) -> Derived:
    copy = new_writer("copy")
    office.clean(stream, cast(IO[bytes], copy), pictures={".jpg": bare_jpeg, ".jpeg": bare_jpeg, ".png": bare_png})
    copy.complete()
    return Derived(kind.code, copy)


def _same(stream: IO[bytes], kind: Kind, new_writer: NewWriter) -> Derived:
    return Derived(kind.code)


# -- pictures


def _picture(stream: IO[bytes], kind: Kind, new_writer: NewWriter) -> Derived:
    with open_picture(stream, kind.code) as opened:
        opened.draft("RGB", (LONG_SIDE, LONG_SIDE))  # of a large JPEG only as much is unpacked as the copy needs
        if opened.size[0] * opened.size[1] > PIXELS:
            raise too_many_pixels()
        opened.seek(0)
        opened.load()
        smaller = opened if opened.mode in ("RGB", "RGBA", "L") else opened.convert(_colours(opened))
        smaller.thumbnail(
            (LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS
        )  # first of all: what follows is done with copies
        drawn = _plain_colours(ImageOps.exif_transpose(smaller))
        opened.close()  # gives its memory back now, not when somebody collects
    code = "jpg" if drawn.mode == "RGB" and kind.code in ("jpg", "webp") else "png"
    copy = new_writer("copy")
    _save(drawn, copy, code)
    small = drawn if drawn.mode == "RGB" else _on_white(drawn)
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    thumb = new_writer("thumb")
    _save(small, thumb, "jpg")
    return Derived(code, copy, thumb)


def _colours(picture: Image.Image) -> str:
    """With transparency or without."""
    return "RGBA" if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info else "RGB"


def _plain_colours(picture: Image.Image) -> Image.Image:
    """In sRGB with 8 bits a colour; transparency stays."""
    profile = picture.info.get("icc_profile")
    found = picture.convert(_colours(picture)) if picture.mode != _colours(picture) else picture
    if profile and picture.mode in ("RGB", "RGBA"):
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            found = ImageCms.profileToProfile(found, own, ImageCms.createProfile("sRGB")) or found
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that says nothing usable: the colours are taken as they are
    bare = Image.new(found.mode, found.size)  # a new picture has no comment, profile or EXIF to take along
    bare.paste(found)
    return bare


def _on_white(picture: Image.Image) -> Image.Image:
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _save(picture: Image.Image, into: Writer, code: str) -> None:
    file: Any = into  # a raw stream that can be written to is all the encoders ask for
    if code == "jpg":
        picture.save(file, "JPEG", quality=QUALITY, optimize=False)
    else:
        picture.save(file, "PNG", compress_level=6)
    into.complete()


# -- pictures inside documents: their own bytes, less the segments that tell


_NEXT_MARK: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def bare_jpeg(data: bytes) -> bytes:
    """The same JPEG without comments and application segments, except those that say how to read its colours (JFIF, Adobe), and without what
    cameras put behind its end (a second picture, a film)."""
    if not data.startswith(b"\xff\xd8"):
        return data
    kept, at = [b"\xff\xd8"], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        mark = data[at + 1]
        if mark == 0xFF:  # padding
            at += 1
            continue
        if mark == 0xD9:
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if mark == 0xDA:  # a scan: its data go on to the next mark
            following = _NEXT_MARK.search(data, end)
            end = following.start() if following else len(data)
        if not (0xE1 <= mark <= 0xED or mark in (0xEF, 0xFE)):
            kept.append(data[at:end])
        at = end
    return b"".join(kept) + b"\xff\xd9"


_PNG_KEPT: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"bKGD", b"pHYs", b"sBIT"}
)


def bare_png(data: bytes) -> bytes:
    """The same PNG with nothing but what is needed to draw it."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] in _PNG_KEPT:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


# -- PDF

_TELLING: Final = ("/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/AA", "/OpenAction", "/JS", "/EF", "/AF")
_OF_ROOT: Final = ("/Names", "/Collection", "/AcroForm", "/Perms", "/DSS", "/Legal", "/SpiderInfo")
_ACTIONS: Final = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/RichMediaExecute"}
)
_ENCLOSING: Final = frozenset({"/FileAttachment", "/Movie", "/Sound", "/Screen", "/RichMedia", "/3D"})


def _pdf(stream: Any, kind: Kind, new_writer: NewWriter) -> Derived:
    with open_pdf(stream) as found:
        for name in _OF_ROOT:
            if name == "/AcroForm" and name in found.Root:
                _keep_only_fields(found.Root.AcroForm)
            elif name in found.Root:
                del found.Root[name]
        if "/Info" in found.trailer:
            del found.trailer["/Info"]
        for thing in found.objects:
            if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
                _tell_nothing(thing)
        copy = new_writer("copy")
        into: Any = copy
        found.save(
            into, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )  # fmt: skip  # what is packed stays packed
        copy.complete()
    return Derived("pdf", copy)


def _keep_only_fields(form: Any) -> None:
    if "/XFA" in form:
        del form["/XFA"]


def _tell_nothing(thing: Any) -> None:
    """Take out of one dictionary what tells of its making, acts, or encloses other files."""
    for name in _TELLING:
        if name in thing:
            del thing[name]
    action = thing.get("/A")
    if isinstance(action, pikepdf.Dictionary) and str(action.get("/S")) in _ACTIONS:
        del thing["/A"]
    if str(thing.get("/S")) in _ACTIONS and not isinstance(thing, pikepdf.Stream):
        thing["/S"] = pikepdf.Name("/None")
    if thing.get("/Subtype") is not None and "/Rect" in thing:
        for name in ("/T", "/M", "/CreationDate", "/NM") if "/FT" not in thing else ("/M",):
            if name in thing:
                del thing[name]  # who wrote the note, and when
    kids = thing.get("/Annots")
    if isinstance(kids, pikepdf.Array):
        thing["/Annots"] = pikepdf.Array([a for a in kids if str(a.get("/Subtype")) not in _ENCLOSING])
    if isinstance(thing, pikepdf.Stream) and _filter_of(thing) == "/DCTDecode":
        how: Any = {"filter": thing.get("/Filter"), "decode_parms": thing.get("/DecodeParms")}
        thing.write(bare_jpeg(thing.read_raw_bytes()), **how)


def _filter_of(thing: Any) -> str:
    """The one filter of a stream; a JPEG that is packed once more is left to the next pass of whoever packed it."""
    found = thing.get("/Filter")
    if isinstance(found, pikepdf.Array):
        return str(found[0]) if len(found) == 1 else ""
    return str(found)


_MAKERS: Final[dict[str, Callable[[IO[bytes], Kind, NewWriter], Derived]]] = {
    "image": _picture,
    "pdf": _pdf,
    "office": _office,
    "text": _same,
    "old_office": _none,
    "audio": _none,
    "video": _none,
}
