"""Copies of Word, Excel and presentation files without what they tell beside their content: properties, names of authors, the small picture of
the first page, and whatever would be fetched from elsewhere when somebody opens them.

Every pattern here takes time by the length of a part, never by its square: whoever hands in a file chooses what is in it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Final

from lxml import etree

from huiyin.evidence.kinds import broken, open_parts, too_large_inside

EDITED: Final = 64 * 1024 * 1024  # bytes of a part that is looked into
RELATIONS: Final = 4 * 1024 * 1024  # bytes of a list of relations: those of a thousand pages have not half a megabyte
Clean = Callable[[bytes], bytes]

_EMPTY: Final = {
    "docProps/core.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties '
    b'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>',
    "docProps/app.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties '
    b'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>',
    "docProps/custom.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties '
    b'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>',
}
_WITH_AUTHORS: Final = re.compile(
    r"(?:word|xl|ppt)/[^/]*\.xml|(?:xl|ppt)/(?:comments|persons|threadedComments)/[^/]+\.xml", re.IGNORECASE
)
_AUTHORS: Final = re.compile(
    rb'((?:\bw:author|\bw:initials|\bw15:author|\bw15:userId|\binitials|\bdisplayName|\buserId|\bproviderId)=)("[^"]*"|\'[^\']*\')'
)
_NAMED: Final = re.compile(rb"(<(?:[a-z0-9]+:)?author>)[^<]*(</(?:[a-z0-9]+:)?author>)")
_SLIDE_AUTHORS: Final = re.compile(rb'(<p(?:188)?:(?:cmAuthor|author)\b[^<>]*?\bname=)"[^"<]*"')
_PREVIEW: Final = re.compile(r"docProps/thumbnail\.[a-z]+", re.IGNORECASE)
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)


def clean(stream: IO[bytes], copy: IO[bytes], pictures: Mapping[str, Clean]) -> None:
    """Write the copy of a document. `pictures`: how a picture with this ending is laid bare. Raises BadFile when it is not what it should be."""
    with open_parts(stream) as parts, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as told:
        for row in parts.infolist():
            if row.is_dir() or _PREVIEW.fullmatch(row.filename):
                continue
            with _new_part(told, row) as into:
                if row.filename in _EMPTY:
                    into.write(_EMPTY[row.filename])
                elif (cleaner := _cleaner(row.filename, pictures)) is not None:
                    if row.file_size > (RELATIONS if cleaner is _near_at_hand else EDITED):
                        raise too_large_inside()
                    into.write(cleaner(parts.read(row)))
                else:
                    with parts.open(row) as part:
                        while block := part.read(1 << 16):
                            into.write(block)


@contextmanager
def _new_part(told: zipfile.ZipFile, row: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    """A part of the same name, without the moment and the machine it was made on."""
    new = zipfile.ZipInfo(row.filename, _LONG_AGO)
    new.compress_type = zipfile.ZIP_DEFLATED
    with told.open(new, "w", force_zip64=row.file_size > 2**30) as into:
        yield into


def _cleaner(name: str, pictures: Mapping[str, Clean]) -> Clean | None:
    low = name.lower()
    if low.endswith(".rels"):
        return _near_at_hand
    for ending, bare in pictures.items():
        if low.endswith(ending):
            return bare
    return _without_authors if _WITH_AUTHORS.fullmatch(name) else None


def _near_at_hand(data: bytes) -> bytes:
    """Relations without the small picture, and without what is fetched from elsewhere when somebody opens the document (a template, a picture,
    another document): that would tell the sender who reads it. Links stay; they are followed by people. Read as XML: what a word processor
    understands, however it is written, is understood here too."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise broken() from error
    if root.getroottree().docinfo.doctype:  # no document has one; entities could hide what is told
        raise broken()
    for one in list(root.iter("{*}Relationship")):
        given = {name.lower(): value.strip() for name, value in one.attrib.items()}
        far = given.get("targetmode", "").lower() == "external" and not given.get("type", "").endswith("/hyperlink")
        small = given.get("target", "").lstrip("/").lower().startswith("docprops/thumbnail.")
        if (far or small) and (parent := one.getparent()) is not None:
            parent.remove(one)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _without_authors(data: bytes) -> bytes:
    data = _AUTHORS.sub(rb'\1""', data)
    return _SLIDE_AUTHORS.sub(rb'\1""', _NAMED.sub(rb"\1\2", data))
