"""Requests made from the API's own description by Schemathesis, and what their answers say of it: no server error, nothing that is not described.

Most requests go to cases and entries that are there: a made-up number ends in a 404 at the door and tries nothing behind it.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import requests
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from requests.adapters import BaseAdapter
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from urllib3.response import HTTPResponse

CHECKS: Final = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance,
]  # fmt: skip
THERE: Final = 0.85  # share of requests about something that is there
PATIENCE = 30  # seconds in which every answer must be there, however busy the machine
TOLD: Final = 600  # signs of an answer that a finding shows


class InProcess(BaseAdapter):
    """A transport of `requests` that ends in Django's test client: the same requests, without a server."""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """The answer, as a server would have sent it."""
        body = request.body or b""
        told = dict(request.headers)
        answer = Client(raise_request_exception=False).generic(
            request.method,
            request.path_url,
            body,
            told.pop("Content-Type", ""),
            headers={n: v for n, v in told.items() if n != "Content-Length"},
        )
        found = requests.Response()
        found.status_code, found.reason, found.request, found.url = (
            answer.status_code,
            answer.reason_phrase,
            request,
            request.url,
        )
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found.raw = HTTPResponse(
            BytesIO(content), list(answer.headers.items()), answer.status_code, preload_content=False
        )
        found.headers.update(answer.headers)
        found._content = content
        return found

    def close(self) -> None:
        """Nothing to close."""


def in_process(path: str) -> tuple[Any, requests.Session]:
    """The description at this address of ours, and a session that sends to it."""
    document = json.loads(Client().get(path).content)
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url="http://testserver")
    session = requests.Session()
    session.mount("http://", InProcess())
    return schema, session


@dataclass
class Described:
    """Tries operations of a description. `there`: values of parts of addresses that exist, by their name; `tokens`: of officers."""

    schema: Any
    session: requests.Session
    there: Mapping[str, Sequence[str]]
    tokens: Sequence[str]
    chance: random.Random
    findings: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    def operations(self) -> list[Any]:
        """Every operation of the description."""
        return [found.ok() for found in self.schema.get_all_operations()]

    def examples(self, operation: Any) -> None:
        """The description's own examples of this operation."""
        for strategy in operation.get_strategies_from_examples():
            self._tried(strategy, 1, 0)

    def made(self, operation: Any, count: int, number: int) -> None:
        """So many requests made from the schema of the operation; `number` is the seed."""
        self._tried(operation.as_strategy(), count, number)

    def _tried(self, strategy: Any, count: int, number: int) -> None:
        @seed(number)
        @settings(
            max_examples=count, database=None, deadline=None, phases=[Phase.generate], verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
        )  # fmt: skip
        @given(strategy)
        def run(case: Any) -> None:
            self.send(case)

        run()

    def send(self, case: Any) -> None:
        """One request, and what is wrong with its answer."""
        for name in case.path_parameters or {}:
            if self.there.get(name) and self.chance.random() < THERE:
                case.path_parameters[name] = self.chance.choice(self.there[name])
        headers = {}
        if not case.path.startswith("/api/public/"):
            headers["Authorization"] = f"Bearer {self.chance.choice(self.tokens)}"
        case.headers.pop("Authorization", None) if case.headers else None
        try:
            answer = case.call(session=self.session, headers=headers, timeout=PATIENCE)
        except requests.Timeout:
            self.findings.append(
                f"{case.method} {case.formatted_path} no answer in {PATIENCE} s | sent {str(case.body)[:TOLD]}"
            )
            return
        self.answers[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS, headers=headers)
        except (Failure, FailureGroup) as failure:
            errors = failure.exceptions if isinstance(failure, FailureGroup) else [failure]
            for error in errors:
                body = str(case.body)[:TOLD]
                says = " ".join(f"{type(error).__name__}: {error.title} {error.message}".split())[:TOLD]
                self.findings.append(
                    f"{case.method} {case.formatted_path} {answer.status_code} {says} | sent {body} | got {answer.text[:TOLD]}"
                )
