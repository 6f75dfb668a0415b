"""Sound and film, as far as it takes to say that they are what they seem: frames that follow one another, boxes that fill the file.

Formats: ISO 14496-12 (boxes of MP4 and M4A), ISO 11172-3 (frames of MP3), RFC 4867 section 5 (AMR), RIFF WAVE.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, Final

PHOTO_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
BITRATES: Final = {
    True: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG 1
    False: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG 2 and 2.5
}  # kbit/s of layer III
RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
AMR_FRAMES: Final = (13, 14, 16, 18, 20, 21, 27, 32, 6)  # bytes with the head of a frame, by mode
AMR_WB_FRAMES: Final = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6)


def look(stream: IO[bytes], code: str) -> str | None:
    """The kind it really is (mp3, wav, m4a, amr, mp4, heic); none when it is broken."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if code == "mp4":
        return _boxes(stream, size)
    whole = {"mp3": _mp3, "wav": _wav, "amr": _amr}[code](stream, size)
    return code if whole else None


# -- MP3


def is_mpeg_frame(head: bytes) -> bool:
    """Do these bytes begin with the head of a frame of MPEG sound, layer III?"""
    return _frame(head) is not None


def _frame(head: bytes) -> int | None:
    """Length of the frame in bytes."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, bits, rate, padding = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or bits in (0, 15) or rate == 3 or head[3] & 3 == 2:
        return None
    first = version == 3
    return (144 if first else 72) * BITRATES[first][bits - 1] * 1000 // RATES[version][rate] + padding


def _mp3(stream: IO[bytes], size: int) -> bool:
    """Behind the tag, two frames in a row at least, or one that ends the file."""
    at = 0
    head = stream.read(10)
    if head[:3] == b"ID3" and len(head) == 10 and all(byte < 128 for byte in head[6:]):
        at = 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]) + (10 if head[5] & 16 else 0)
    stream.seek(at)
    block = stream.read(1 << 16)
    for start in range(min(len(block), 8192)):
        if block[start] == 0xFF and (length := _frame(block[start : start + 4])):
            follows = block[start + length : start + length + 4]
            return _frame(follows) is not None or at + start + length >= size
        if block[start] != 0:  # nothing but padding may stand before the first frame
            return False
    return False


# -- WAV, AMR


def _wav(stream: IO[bytes], size: int) -> bool:
    stream.seek(12)
    seen = set[bytes]()
    while len(head := stream.read(8)) == 8 and {b"fmt ", b"data"} - seen:
        seen.add(head[:4])
        stream.seek(int.from_bytes(head[4:], "little") + (head[4] & 1), os.SEEK_CUR)
    return {b"fmt ", b"data"} <= seen


def _amr(stream: IO[bytes], size: int) -> bool:
    wide = stream.readline(16) == b"#!AMR-WB\n"
    lengths = AMR_WB_FRAMES if wide else AMR_FRAMES
    count = 0
    while count < 50 and (head := stream.read(1)):
        mode = head[0] >> 3 & 15
        if head[0] & 0x83 or not (mode < len(lengths) or mode >= 14):
            return False
        stream.seek((lengths[mode] if mode < len(lengths) else 1) - 1, os.SEEK_CUR)
        count += 1
    return count > 0


# -- MP4


def _boxes(stream: IO[bytes], size: int) -> str | None:
    stream.seek(8)
    if stream.read(4) in PHOTO_BRANDS:
        return "heic"
    films = sounds = False
    for kind, start, length in _children(stream, 0, size):
        if kind == b"moov":
            handlers = set(_handlers(stream, start, length))
            films, sounds = b"vide" in handlers, b"soun" in handlers
    return "mp4" if films else "m4a" if sounds else None


def _children(stream: IO[bytes], at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its content begins, where it ends) of the boxes in a stretch; stops where they do not fit."""
    for _count in range(10_000):
        stream.seek(at)
        head = stream.read(8)
        if at + 8 > end or len(head) < 8:
            return
        length, kind, inner = int.from_bytes(head[:4], "big"), head[4:], at + 8
        if length == 1:
            length, inner = int.from_bytes(stream.read(8), "big"), at + 16
        length = end - at if length == 0 else length
        if length < inner - at or at + length > end:
            return
        yield kind, inner, at + length
        at += length


def _handlers(stream: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    """What each track of a film is: vide, soun."""
    for track, inner, last in list(_children(stream, start, end)):
        if track != b"trak":
            continue
        for kind, into, until in list(_children(stream, inner, last)):
            if kind != b"mdia":
                continue
            for box, at, _end in list(_children(stream, into, until)):
                if box == b"hdlr":
                    stream.seek(at + 8)
                    yield stream.read(4)
