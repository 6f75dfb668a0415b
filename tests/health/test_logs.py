"""What a running site and worker write into their logs holds no name, telephone, address, text, code or secret of anybody, whatever went wrong."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.support.doubles import free_port

HERE = Path(__file__).resolve().parent.parent.parent
NAME, PHONE, STREET, TEXT = "尤不存", "13988877766", "示范市甲县无名巷九十九号", "店主说话很难听的那一句"
SECRETS = (NAME, PHONE, STREET, TEXT, quote(NAME), quote(STREET), quote(TEXT), "not-the-password")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site and a worker of their own, both writing into one file; yields how to ask, and the file."""
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    home, log = folder / "home", folder / "log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUIYIN_") and k != "DATABASE_URL"}
    environment |= {"HUIYIN_HOME": str(home), "HUIYIN_LOG": "json", "HUIYIN_METRICS_TOKEN": "a-token-of-the-monitoring"}

    def huiyin(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "huiyin", *arguments],
            check=True,
            cwd=HERE,
            env=environment,
            capture_output=True,
            text=True,
        ).stdout

    huiyin("demo", "--no-cases")
    token = re.search(r"hy_[\w-]{20,}", huiyin("token", "create", "--officer", "intake.county_a", "--name", "log"))[0]
    with log.open("wb") as file:
        commands = (["serve", "--port", str(port), "--workers", "2"], ["worker", "--every", "0.5"])
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "huiyin", *command],
                cwd=HERE,
                env=environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
            for command in commands
        ]
        try:
            _wait(port)
            yield lambda *given, **more: _ask(port, *given, **more), token, log
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(20)
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


def _wait(port):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if _ask(port, "GET", "/health/ready")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the site does not answer")


def _ask(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body.encode() if body is not None else None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8", "replace"), answer.headers


def _until_the_worker_said(log, word):
    """The log as soon as the worker has told of it: on a busy machine its turn comes late."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        written = log.read_text(encoding="utf-8")
        whole = [
            json.loads(line)
            for line in written.splitlines(keepends=True)
            if line.startswith("{") and line.endswith("\n")
        ]
        if any(line["logger"] == "huiyin.worker" and word in line["message"] for line in whole):
            return written
        time.sleep(0.1)
    raise AssertionError(f"the worker never said {word!r}")


@pytest.mark.sqlite
@pytest.mark.clause("HN-BM-02a")
def test_no_line_of_a_log_holds_anything_of_a_person(site):
    ask, token, log = site
    bearer = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    told = {
        "procedure": "national/complaint",
        "facts": {"channel": "phone", "subject": TEXT, "what": TEXT, "demand": TEXT, "identity_verified": True},
        "parties": [
            {"role": "complainant", "name": NAME, "phone": PHONE, "address": STREET, "area": "990121001"},
            {"role": "respondent", "name": "示范商店", "respondent_kind": "business", "area": "990121001"},
        ],
    }
    status, text, _headers = ask("POST", "/api/cases", json.dumps(told), **bearer)
    assert status == 201, text
    case = json.loads(text)
    for bad in (
        {**told, "parties": [{**told["parties"][0], "phone": 12}]},  # wrong types, unknown names, a body that is none
        {**told, "facts": {**told["facts"], "amount_fen": NAME}},
        {**told, NAME: PHONE},
    ):
        assert ask("POST", "/api/cases", json.dumps(bad), **bearer)[0] in (400, 422)
    assert ask("POST", "/api/cases", f'{{"{NAME}": {PHONE}', **bearer)[0] in (400, 422)
    assert ask("POST", f"/api/cases/~{case['id']}/events/refused", json.dumps({"facts": {"text": TEXT}}), **bearer)[
        0
    ] in (409, 422)
    assert ask("GET", f"/nothing/{quote(NAME)}?{urlencode({'phone': PHONE})}")[0] == 404
    assert ask("GET", f"/api/cases/{quote(NAME)}", **bearer)[0] == 404
    assert ask("GET", "/", Host=f"{PHONE}.example.org")[0] == 400  # a host that is not ours
    form = urlencode({"username": PHONE, "password": "not-the-password", "next": f"/{NAME}"})
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask("POST", "/login/", form, **plain)[0] == 403  # without the token of the form
    status, page, headers = ask("GET", "/login/")
    hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    cookie = headers["Set-Cookie"].partition(";")[0]
    answer = ask("POST", "/login/", f"{form}&csrfmiddlewaretoken={hidden}", Cookie=cookie, **plain)
    assert answer[0] in (200, 401, 422)
    written = _until_the_worker_said(log, "started")
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    assert any(line["level"] == "WARNING" for line in lines)  # what went wrong is told
    found = [secret for secret in (*SECRETS, case["code"] or "-", token) if secret in written]
    assert found == []


@pytest.mark.sqlite
def test_two_processes_of_a_site_add_up_what_they_counted(site):
    ask, _token, _log = site
    for _ in range(20):
        assert ask("GET", "/health/live")[0] == 200
    text = ask("GET", "/metrics", Authorization="Bearer a-token-of-the-monitoring")[1]
    line = next(one for one in text.splitlines() if one.startswith("huiyin_requests_total") and "health/live" in one)
    assert float(line.rpartition(" ")[2]) == 20
