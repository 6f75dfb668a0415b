"""The audit of dependencies says what is known, and says plainly when nothing could be learnt."""

import importlib.util
import json
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def audit():
    spec = importlib.util.spec_from_file_location("audit", TOP / "tools" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def told(*rows):
    return json.dumps({"dependencies": rows, "fixes": []})


def test_nothing_known_something_known_and_not_reached_are_three_things(audit):
    clean = {"name": "django", "version": "5.2", "vulns": []}
    bad = {"name": "requests", "version": "2.0", "vulns": [{"id": "X-1", "fix_versions": ["2.1"], "description": "…"}]}
    code, lines = audit.judged(told(clean))
    assert (code, len(lines)) == (audit.NOTHING, 1)
    code, lines = audit.judged(told(clean, bad, bad))
    assert code == audit.SOMETHING
    assert lines[0].startswith("requests 2.0: X-1")
    assert "2.1" in lines[0]
    assert "1 项" in lines[-1]
    for output in ("", "ERROR:pip_audit", "{}", "[]", told()):
        code, lines = audit.judged(output)
        assert code == audit.NOT_REACHED
    code, lines = audit.judged(told(clean, {"name": "local", "skip_reason": "not on the index"}))
    assert code == audit.NOTHING
    assert "local" in lines[0]


def test_every_lock_is_asked_about_and_all_there_is_in_it(audit):
    asked = audit.arguments("", "")
    locks = {path.name for path in TOP.glob("requirements*.lock")} - {"requirements-audit.lock"}
    assert {Path(word).name for word in asked if word.endswith(".lock")} == locks
    assert audit.arguments("", "http://127.0.0.1/v1/query")[-4:] == [
        "--vulnerability-service",
        "osv",
        "--osv-url",
        "http://127.0.0.1/v1/query",
    ]
