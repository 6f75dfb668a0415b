"""build/clauses.json tells the truth: passed tests only, three clauses at most."""

import json

import pytest

pytest_plugins = ["pytester"]

HEAD = "import pytest\npytest_plugins = ['tests.support.clauses']\n"


@pytest.fixture
def run(pytester, request):
    """Run a small test file with the plugin and give its result and the report."""
    pytester.makeconftest(f"import sys; sys.path.insert(0, {str(request.config.rootpath)!r})\n{HEAD}")
    pytester.makeini("[pytest]\nmarkers = clause(*ids): clauses\n")

    def go(body, *arguments):
        pytester.makepyfile(test_it=f"import pytest\n{body}")
        done = pytester.runpytest_subprocess("-p", "no:django", *arguments)
        path = pytester.path / "build" / "clauses.json"
        return done, json.loads(path.read_text()) if path.exists() else {}

    return go


def test_only_passed_tests_count(run):
    _, report = run(
        "@pytest.mark.clause('JM-1a')\ndef test_a(): assert True\n"
        "@pytest.mark.clause('JM-1a', 'JM-1b')\ndef test_b(): assert False\n"
        "@pytest.mark.clause('JM-1c')\ndef test_c(): pytest.skip('no')\n"
    )
    assert report == {"JM-1a": ["test_it.py::test_a"]}


def test_several_processes_give_the_same_report(run):
    _, report = run("@pytest.mark.clause('JM-1a')\ndef test_a(): assert True\n", "-n", "2")
    assert report == {"JM-1a": ["test_it.py::test_a"]}


def test_a_test_that_fails_in_a_later_run_is_taken_out(run):
    run("@pytest.mark.clause('JM-1a')\ndef test_a(): assert True\n")
    _, report = run("@pytest.mark.clause('JM-1a')\ndef test_a(): assert False\n")
    assert report == {}


def test_four_clauses_are_too_many(run):
    done, _ = run("@pytest.mark.clause('JM-1a', 'JM-1b', 'JM-1c', 'JM-1d')\ndef test_a(): assert True\n")
    assert done.ret == pytest.ExitCode.USAGE_ERROR


def test_four_clauses_added_while_running_are_too_many(run):
    done, report = run(
        "def test_a(request):\n    request.node.add_marker(pytest.mark.clause('JM-1a', 'JM-1b', 'JM-1c', 'JM-1d'))\n"
    )
    done.assert_outcomes(failed=1)
    assert report == {}


def test_an_example_names_its_clause_while_running(run):
    _, report = run("def test_a(request):\n    request.node.add_marker(pytest.mark.clause('HN-FL-05a'))\n")
    assert report == {"HN-FL-05a": ["test_it.py::test_a"]}


def test_a_word_that_is_no_clause_is_refused(run):
    done, _ = run("@pytest.mark.clause('five')\ndef test_a(): assert True\n")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
