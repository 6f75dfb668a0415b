"""Lines of the log about what failed: the pattern of the address and the type of an error, never what somebody typed."""

import json
import logging

from django.test import RequestFactory

from huiyin.logs import Json, Line, WithoutWhatWasTyped

TYPED = "尤不存13988877766"


def record(name="django.request", **more):
    found = logging.LogRecord(name, logging.WARNING, "somewhere.py", 1, "Not Found: %s", (f"/x/{TYPED}",), None)
    found.__dict__.update(more)
    return found


def test_of_a_request_only_the_pattern_and_the_status():
    request = RequestFactory().get(f"/x/{TYPED}?name={TYPED}")
    request.resolver_match = None
    line = record(status_code=404, request=request)
    assert WithoutWhatWasTyped().filter(line)
    assert Line("{message}", style="{").format(line) == "404 GET an address that is none of ours"


def test_a_host_that_somebody_claimed_is_not_repeated():
    error = ValueError(TYPED)
    line = record("django.security.DisallowedHost", exc_info=(type(error), error, None))
    WithoutWhatWasTyped().filter(line)
    assert Line("{message}", style="{").format(line) == "refused: DisallowedHost", "one line for whatever is sent"


def test_of_an_error_where_it_happened_and_its_type_but_not_its_words():
    try:
        try:
            int(TYPED)
        except ValueError as error:
            raise RuntimeError(f"cannot read {TYPED}") from error
    except RuntimeError as error:
        line = logging.LogRecord(
            "huiyin", logging.ERROR, "x", 1, "it failed", (), (type(error), error, error.__traceback__)
        )
    shown = Line("{message}", style="{").format(line)
    assert "RuntimeError" in shown
    assert "ValueError" in shown
    assert "int(TYPED)" in shown  # the line of our code is there
    assert TYPED not in shown
    line.exc_text = None
    assert TYPED not in json.dumps(json.loads(Json("{message}", style="{").format(line)), ensure_ascii=False)
