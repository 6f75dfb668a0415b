"""Closed files: nothing plain on the disk, nothing altered unnoticed, little in memory."""

import io
import os
import tracemalloc

import pytest

from huiyin.evidence import storage
from huiyin.evidence.errors import Unreadable
from huiyin.evidence.storage import FRAME, Reader, Writer, open_file, path_of

KEY = bytes(range(32))
MARK = b"GPS-MARK-5511"


def put(content, part="original"):
    writer = Writer(KEY, part)
    writer.write(content)
    return writer.place()


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 7])
def test_what_was_written_is_read(size):
    content = os.urandom(size)
    with open_file(put(content), KEY, "original") as found:
        assert found.size == size
        assert b"".join(found.frames()) == content
        assert found.tell() == 0  # frames leave the place alone
        assert found.readall() == content


def test_any_place_can_be_read():
    content = os.urandom(2 * FRAME + 100)
    found = io.BufferedReader(open_file(put(content), KEY, "original"))
    for at, length in ((0, 10), (FRAME - 5, 10), (2 * FRAME + 90, 50), (FRAME, FRAME), (5, 0)):
        found.seek(at)
        assert found.read(length) == content[at : at + length]
    assert found.seek(-3, os.SEEK_END) == len(content) - 3
    assert found.read() == content[-3:]
    with pytest.raises(OSError, match="before"):
        found.seek(-1)


def test_nothing_plain_lies_on_the_disk(folder):
    put(MARK * 20_000)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert MARK not in files[0].read_bytes()
    assert files[0].stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*"))


def test_the_same_content_has_another_address_under_another_key(folder):
    first, second = put(MARK), Writer(os.urandom(32), "original")
    second.write(MARK)
    assert second.place() != first


def test_what_was_dropped_is_gone(folder):
    writer = Writer(KEY, "original")
    writer.write(b"x" * 3 * FRAME)
    writer.drop()
    assert [p for p in folder.rglob("*") if p.is_file()] == []


def damage(path, at, how):
    content = bytearray(path.read_bytes())
    how(content, at)
    path.write_bytes(content)


def flip(content, at):
    content[at] ^= 1


def swap(content, at):
    frame = FRAME + storage.TAG
    first, second = content[4 : 4 + frame], content[4 + frame : 4 + 2 * frame]
    content[4 : 4 + 2 * frame] = second + first


def cut(content, at):
    del content[at:]


@pytest.mark.parametrize(
    ("at", "how"),
    [
        (0, flip),
        (4, flip),
        (FRAME, flip),
        (-1, flip),
        (0, swap),
        (-1, cut),
        (4 + FRAME + storage.TAG, cut),  # exactly behind the first frame
        (4, cut),
        (2, cut),
        (0, cut),
    ],
)
def test_whatever_is_changed_is_noticed(at, how):
    address = put(os.urandom(3 * FRAME))
    damage(path_of(address), at, how)
    with pytest.raises(Unreadable), open_file(address, KEY, "original") as found:
        b"".join(found.frames())


def test_frames_cannot_come_from_another_part_or_be_added():
    content = os.urandom(100)
    address = put(content, "copy")
    with pytest.raises(Unreadable), open_file(address, KEY, "original") as found:
        b"".join(found.frames())
    with path_of(address).open("ab") as file:
        file.write(b"more")
    with pytest.raises(Unreadable), open_file(address, KEY, "copy") as found:
        b"".join(found.frames())


def test_a_file_that_is_not_there_is_said_so():
    with pytest.raises(Unreadable, match="not there"):
        open_file("0" * 64, KEY, "original")
    with pytest.raises(ValueError, match="address"):
        path_of("../../etc/passwd")


def test_fifty_megabytes_go_through_little_memory():
    piece = os.urandom(256 * 1024)
    tracemalloc.start()
    try:
        writer = Writer(KEY, "original")
        for _ in range(200):
            writer.write(piece)
        address = writer.place()
        with open_file(address, KEY, "original") as found:
            total = sum(len(frame) for frame in found.frames())
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == 200 * len(piece) > 50_000_000
    assert peak < 2_000_000, peak


def test_what_never_came_to_its_place_is_swept(folder):
    writer = Writer(KEY, "original")
    writer.write(b"x")
    placed = put(b"y")
    assert storage.sweep_incoming(3600) == 0
    assert storage.sweep_incoming(0) == 1
    assert path_of(placed).exists()
    assert isinstance(open_file(placed, KEY, "original"), Reader)
