"""Two processes beside each other: every row once, numbers without gap, the same person known again."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports.test_run import HEADING

ROOT = Path(__file__).resolve().parents[2]
MAP = """
enter     = "imported"
procedure = "jiangmen/complaint"
occurred  = { column = "time" }
[external]
system = "old"
no     = "{no}"
[facts]
kind    = "complaint"
channel = "phone"
what    = "{what}"
category = "goods:kettle"
[[party]]
role  = "complainant"
phone = "{who}"
[[party]]
role  = "respondent"
phone = "0990-1000001"
"""
ROWS = 450
SAMPLE = "import django; django.setup(); from huiyin.org import sample; sample.make()"


def huiyin(home, *arguments):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("HUIYIN_", "DATABASE_URL", "DJANGO_"))}
    env |= {"HUIYIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "huiyin.settings"}
    return subprocess.run([sys.executable, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.sqlite
def test_two_processes_register_every_row_once(tmp_path):
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    phones = [
        13800000000 + (7 if n == 301 else n) for n in range(ROWS)
    ]  # row 301 is from the person of row 7, about the same shop as all
    text = "".join(f"{n},2026-05-06 10:00:00,电话,水壶漏水,{phones[n]}\n" for n in range(ROWS))
    (tmp_path / "cases.csv").write_text(HEADING + text, encoding="utf-8")
    assert huiyin(tmp_path, "-m", "huiyin", "manage", "migrate", "--verbosity", "0").returncode == 0
    assert huiyin(tmp_path, "-c", SAMPLE).returncode == 0
    asked = ["import", str(tmp_path / "cases.csv"), "--map", str(tmp_path / "map.toml"), "--unit", "city"]
    done = huiyin(tmp_path, "-m", "huiyin", *asked, "--processes", "2")
    assert "登记 450 件，已在库 0 件，退回 0 行" in done.stdout, done.stderr
    with sqlite3.connect(tmp_path / "huiyin.sqlite3") as database:
        numbers = [n for (n,) in database.execute("SELECT series_no FROM cases_case ORDER BY series_no")]
        outside = database.execute("SELECT count(DISTINCT no) FROM cases_externalref").fetchone()
        registered = {
            no: json.loads(body)["seen"]
            for no, body in database.execute(
                "SELECT no, body FROM cases_externalref JOIN cases_event USING (case_id) WHERE name = 'registered'"
            )
        }
    assert numbers == list(range(1, ROWS + 1))
    assert outside == (ROWS,)
    repeats = {no for no, seen in registered.items() if any(name.startswith("earlier_case_of") for name in seen)}
    assert repeats == {"301"}
