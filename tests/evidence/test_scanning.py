"""ClamAV: a file that carries harm is refused, one that nobody could look at as well, and it is said whether anybody looked."""

import os
import socket

import pytest

from huiyin import clamd as asking
from huiyin.clamd import Daemon
from huiyin.environ import Environ, SettingsError
from huiyin.evidence.errors import BadFile
from huiyin.evidence.models import Staged
from tests.evidence import made
from tests.evidence.daemon import EICAR, clamd
from tests.evidence.sent import on_disk, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def daemon(settings):
    with clamd() as server:
        settings.CLAMD = Daemon(host="127.0.0.1", port=server.server_address[1])
        yield server


def test_what_is_clean_is_taken_in_and_said_to_be(daemon):
    content = made.jpeg(640, 320) + bytes(range(256)) * 1000  # of several frames
    assert send(content).scanned == "clean"
    assert daemon.got == [content]


@pytest.mark.parametrize("content", [EICAR, made.docx(**{"word/media/note.txt": EICAR * 2}), made.jpeg() + EICAR])
def test_what_carries_harm_is_refused_and_leaves_nothing(daemon, folder, content):
    daemon.says = b"" if EICAR in content else b"stream: Eicar-Test-Signature FOUND\0"  # packed: clamd looks inside
    with pytest.raises(BadFile, match="病毒") as error:
        send(content, name="note.txt" if content == EICAR else "a")
    assert error.value.code == "virus"
    assert (on_disk(folder), Staged.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    "says", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: Can't allocate memory ERROR\0", b"nonsense" * 1000]
)
def test_without_an_answer_nothing_is_taken_in(daemon, folder, says):
    daemon.says = says
    with pytest.raises(BadFile, match="不能检查"):
        send()
    assert on_disk(folder) == []


def test_a_daemon_that_stops_listening_in_the_middle_has_said_why(daemon, caplog):
    daemon.most = 1000
    with pytest.raises(BadFile) as error:
        send(made.wav() * 1 + b"\0" * 2_000_000)
    assert error.value.code == "scanner"
    assert "clamd" in caplog.text


def test_a_daemon_that_is_away_is_said(settings, folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.CLAMD = Daemon(host="127.0.0.1", port=probe.getsockname()[1])  # bound, and nobody listens
        with pytest.raises(BadFile) as error:
            send()
    settings.CLAMD = Daemon(path="/nowhere/clamd.ctl")
    with pytest.raises(BadFile):
        send()
    assert error.value.code == "scanner"
    assert on_disk(folder) == []


def test_without_the_setting_a_file_says_that_nobody_looked(settings):
    assert settings.CLAMD is None
    assert send(EICAR, name="note.txt").scanned == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None), ("/run/clamav/clamd.ctl", Daemon(path="/run/clamav/clamd.ctl")), ("127.0.0.1:3310", Daemon(host="127.0.0.1", port=3310)),
        ("[::1]:3310", Daemon(host="::1", port=3310)),
    ],
)  # fmt: skip
def test_the_setting(text, found):
    assert asking.read(Environ({**os.environ, "HUIYIN_CLAMD": text})) == found


@pytest.mark.parametrize("text", ["clamd", "127.0.0.1", "host:0", "host:99999", "tcp://host:3310"])
def test_a_setting_that_is_none_is_refused(text):
    with pytest.raises(SettingsError):
        asking.read(Environ({**os.environ, "HUIYIN_CLAMD": text}))
