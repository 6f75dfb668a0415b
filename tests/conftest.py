"""The test session: its database, its own settings, and which tests run on which database.

HUIYIN_TEST_DB=sqlite (the default) runs everything; HUIYIN_TEST_DB=postgresql runs the tests that use the database once more, on a
private throw-away server, but for those marked `once`. `make test` does both. The developer's own settings and data are never touched.
"""

import os
import shutil
import tempfile
from dataclasses import replace

import hypothesis
import pytest

from tests.support import machine, postgres

pytest_plugins = ["tests.support.clauses", "tests.support.browser", "tests.support.protected", "tests.support.world"]

# how long an example takes says more about who else uses the machine than about what is tried
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")

DATABASES = ("sqlite", "postgresql")
DATABASE = os.environ.get("HUIYIN_TEST_DB", "sqlite")
DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "live_server",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
}


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before Django is loaded: a home folder and a database of this session alone."""
    if DATABASE not in DATABASES:
        raise pytest.UsageError(f"HUIYIN_TEST_DB is {DATABASE}; use {' or '.join(DATABASES)}.")
    if not hasattr(config, "workerinput"):
        _prepare(config)
    os.environ["DJANGO_SETTINGS_MODULE"] = "huiyin.settings"
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # tests of log-in ask for second factors and limits themselves; all others come in by force, from one address
    settings.ENTRANCE = replace(
        settings.ENTRANCE, second_factor=frozenset(), sent_address=100_000, tries_address=100_000
    )
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def _prepare(config: pytest.Config) -> None:
    """In the main process only; its workers inherit the environment."""
    for name in [name for name in os.environ if name.startswith("HUIYIN_") and not name.startswith("HUIYIN_TEST_")]:
        del os.environ[name]
    folder = machine.session_folder()
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    home = folder / "home"
    (home / "static").mkdir(parents=True)
    os.environ["HUIYIN_HOME"] = str(home)
    os.environ.pop("DATABASE_URL", None)
    os.environ["LANGUAGE"] = "zh_CN"  # commands speak the language of the machine
    if DATABASE == "postgresql":
        if not postgres.available():
            raise pytest.UsageError(postgres.MISSING)
        server = postgres.cluster()
        os.environ["DATABASE_URL"] = server.__enter__().url()
        config.add_cleanup(lambda: server.__exit__(None, None, None))


def uses_database(item: pytest.Item) -> bool:
    """Whether a test talks to the Django database, by its mark or by what it asks for."""
    return item.get_closest_marker("django_db") is not None or bool(
        DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
    )


def _belongs(item: pytest.Item) -> bool:
    only = [name for name in DATABASES if item.get_closest_marker(name)]
    if only:
        return DATABASE in only
    if item.get_closest_marker("once"):
        return DATABASE == "sqlite"
    return DATABASE == "sqlite" or uses_database(item)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what belongs to this database and can run here. A test that uses a page is a browser test, marked or not."""
    no_browser = machine.missing_for_browser()
    kept, dropped = [], []
    for item in items:
        needs_browser = item.get_closest_marker("browser") is not None or "chromium" in getattr(
            item, "fixturenames", ()
        )
        (dropped if not _belongs(item) or (needs_browser and no_browser) else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


@pytest.fixture(autouse=True)
def own_language() -> None:
    """The language of the site, whatever the last request of the test before asked for: Django leaves it on in the thread."""
    from django.utils import translation

    translation.deactivate()


@pytest.fixture(autouse=True)
def nothing_remembered(request: pytest.FixtureRequest) -> None:
    """What a process remembers of the test before must not decide what this one finds or counts: a look that is not written twice a minute,
    the organisation as it was, ids that were fetched in store. What is remembered by the stamp of the organisation goes with it: every
    sample world has a stamp of its own (tests/support/world.py)."""
    if uses_database(request.node):
        from huiyin.accounts import looks
        from huiyin.cases import numbers
        from huiyin.org import snapshot

        looks.forget()
        numbers.forget_ids()
        snapshot.forget()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for everything that could not run here; a quiet omission would look like a pass."""
    for line in machine.missing_for_browser():
        terminalreporter.write_line(line, yellow=True)
