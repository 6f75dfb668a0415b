"""Starting the site: what is refused, and that a started one answers."""

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psycopg
import pytest

from tests.project.test_cli import huiyin
from tests.support import postgres


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_database_without_tables_is_not_served(tmp_path):
    done = huiyin("serve", home=tmp_path)
    assert done.returncode == 2
    assert "huiyin manage migrate" in done.stderr


def test_a_port_in_use_is_not_shared(tmp_path):
    assert huiyin("manage", "migrate", home=tmp_path).returncode == 0
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        done = huiyin("serve", "--port", str(port), home=tmp_path)
    assert done.returncode == 2
    assert str(port) in done.stderr


def serve_once(home, **environment):
    """Migrate, start the site, ask once, stop it: the headers of the answer and the exit code."""
    assert huiyin("manage", "migrate", home=home, **environment).returncode == 0
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "huiyin", "serve", "--port", str(port), "--workers", "2"],
        env={"PATH": "/usr/bin:/bin", "HUIYIN_HOME": str(home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        headers = answer(f"http://127.0.0.1:{port}/static/django_htmx/django-htmx.js")
    finally:
        server.send_signal(signal.SIGINT)
        printed, _ = server.communicate(timeout=120)
    assert f"http://localhost:{port}" in printed
    return headers, server.returncode


def test_a_started_site_answers_with_its_policy_and_stops_when_asked(tmp_path):
    headers, code = serve_once(tmp_path)
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert code == 0


@pytest.mark.postgresql
def test_a_site_on_postgresql_starts_and_stops(tmp_path):
    with postgres.cluster() as server:
        headers, code = serve_once(tmp_path, DATABASE_URL=server.url())
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert code == 0


def answer(url):
    """The headers of the first answer; the site has two minutes to start."""
    until = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.headers
        except urllib.error.HTTPError as error:
            return error.headers
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@pytest.mark.postgresql
@pytest.mark.parametrize("setting", ["synchronous_commit", "fsync", "full_page_writes"])
def test_a_server_that_may_lose_confirmed_records_is_refused(tmp_path, setting):
    with postgres.cluster(**{setting: "off"}) as server:
        done = huiyin("serve", home=tmp_path, DATABASE_URL=server.url())
    assert done.returncode == 2
    assert re.search(rf"{setting} 为 off", done.stderr)


@pytest.mark.postgresql
def test_a_role_that_weakens_the_commit_is_found_although_the_server_is_safe(tmp_path):
    with postgres.cluster() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("ALTER ROLE huiyin SET synchronous_commit = off")
        done = huiyin("serve", home=tmp_path, DATABASE_URL=server.url())
    assert done.returncode == 2
    assert "synchronous_commit 为 off" in done.stderr


@pytest.mark.postgresql
def test_a_server_that_is_not_there_is_told_plainly(tmp_path):
    done = huiyin("serve", home=tmp_path, DATABASE_URL=f"postgresql://u@127.0.0.1:{free_port()}/d")
    assert done.returncode == 2
    assert "无法使用数据库" in done.stderr
