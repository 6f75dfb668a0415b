"""`@pytest.mark.clause("HN-BM-02a")`: which clauses a test exercises, and the report of those that passed.

build/clauses.json holds {clause: [ids of tests]}. The runs of one `make test` add to it; a test that failed in any of them is out.
An example among many gets its clause through `pytest.param(..., marks=pytest.mark.clause(...))` or `request.node.add_marker`.
"""

import json
import re
from collections.abc import Generator
from pathlib import Path

import pytest

AT_MOST = 3
FORM = re.compile(r"[A-Z]{2,4}(-[0-9A-Z]+)+([a-z][0-9]?)?(-[0-9]+)?")  # a part of a clause: behind a hyphen
PROPERTY = "clauses"


def clauses_of(item: pytest.Item) -> list[str]:
    """The clauses a test names; ValueError when they are too many or not in the ledger's form."""
    found = sorted({str(clause) for mark in item.iter_markers("clause") for clause in mark.args})
    if len(found) > AT_MOST:
        raise ValueError(
            f"a test may claim {AT_MOST} clauses at most, this one claims {len(found)}: {', '.join(found)}"
        )
    if wrong := [clause for clause in found if not FORM.fullmatch(clause)]:
        raise ValueError(f"not a clause of the ledger: {', '.join(wrong)}")
    return found


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        try:
            clauses_of(item)
        except ValueError as error:
            raise pytest.UsageError(f"{item.nodeid}: {error}") from error


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hang the clauses on the report: that is what reaches the main process when the suite runs in several."""
    problem = None
    if call.when == "call":
        try:
            item.user_properties.append((PROPERTY, ",".join(clauses_of(item))))
        except ValueError as error:
            problem = str(error)
    report = yield
    if problem:
        report.outcome, report.longrepr = "failed", problem
    return report


class Report:
    """Gathers in the main process, writes when the session ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "clauses.json"
        self.failures = folder / "clauses-failed.json"
        self.passed: dict[str, set[str]] = {}
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.passed and report.when == "call":
            for clause in filter(None, str(dict(report.user_properties).get(PROPERTY, "")).split(",")):
                self.passed.setdefault(clause, set()).add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        if not self.passed and not self.failed:
            return
        for clause, tests in _read(self.path, {}).items():
            self.passed.setdefault(clause, set()).update(tests)
        fresh = not self.path.exists()
        self.failed |= set() if fresh else set(_read(self.failures, []))
        kept = {clause: sorted(tests - self.failed) for clause, tests in sorted(self.passed.items())}
        self.path.parent.mkdir(exist_ok=True)
        _write(self.path, {clause: tests for clause, tests in kept.items() if tests})
        _write(self.failures, sorted(self.failed))


def _read(path: Path, empty):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else empty


def _write(path: Path, value) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(config.rootpath / "build"), "clause-report")
