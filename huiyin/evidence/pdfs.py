"""Opening PDF within bounds: what is small on the disk must not fill the memory when it is read, whatever it says of itself.

Of a PDF only its skeleton is unpacked here: tables and streams of objects. Pages, pictures and fonts stay packed as they are. The bounds are
those of the library and count for the whole process; they are set when this module is first imported, before anything is read.
"""

from __future__ import annotations

import re
from typing import Any, Final

import pikepdf
from pikepdf import settings

from huiyin.evidence.errors import BadFile

UNPACKED: Final = 16 * 1024 * 1024  # bytes of one stream of objects or table of a PDF; usual are some kilobytes
ITEMS: Final = 1_000_000  # of one list
settings.set_qpdf_limits(
    flate_max_memory=UNPACKED, png_max_memory=UNPACKED, tiff_max_memory=UNPACKED, run_length_max_memory=UNPACKED,
    dct_max_memory=UNPACKED, parser_max_container_size=ITEMS, max_stream_filters=4, doc_max_warnings=10_000,
)  # fmt: skip

_BLOCK, _OVERLAP = 1 << 20, 64
_PACKED_OBJECTS: Final = re.compile(
    rb"/(?:O|#4f)(?:b|#62)(?:j|#6a)(?:S|#53)(?:t|#74)(?:m|#6d)[\s/>]|/(?:X|#58)(?:R|#52)(?:e|#65)(?:f|#66)[\s/>]",
    re.IGNORECASE,
)
_LZW: Final = re.compile(rb"/(?:L|#4c)(?:Z|#5a)(?:W|#57)(?:(?:D|#44)[a-z0-9#]{5,15})?[\s/>\]]", re.IGNORECASE)


def open_pdf(stream: Any) -> pikepdf.Pdf:
    """The document. Raises BadFile, pikepdf.PdfError, pikepdf.PasswordError."""
    if _mixes(stream):
        raise BadFile("bomb", _too_large())
    stream.seek(0)
    return pikepdf.open(stream)


def _too_large() -> str:
    from huiyin.evidence.kinds import too_large_inside

    return too_large_inside().says


def _mixes(stream: Any) -> bool:
    """Streams of objects came with PDF 1.5, when LZW was long out of use. Both together are made to fill the memory: of this packing alone the
    library does not bound what comes out."""
    stream.seek(0)
    objects = lzw = False
    before = b""
    while block := stream.read(_BLOCK):
        seen = before + block
        objects = objects or _PACKED_OBJECTS.search(seen) is not None
        lzw = lzw or _LZW.search(seen) is not None
        if objects and lzw:
            return True
        before = seen[-_OVERLAP:]
    return False
