"""Clients of the API: one token for each officer of the sample world that a test names."""

import json

from django.test import Client

from huiyin.api import tokens
from huiyin.org.models import Officer


class Api:
    """An officer's client, or (no officer) anybody's."""

    def __init__(self, officer=None, scopes=("read", "write")):
        self.client = Client()
        self.officer = officer
        self.token = tokens.create(officer, "test", scopes=scopes)[1] if officer else None

    def headers(self, key=None):
        found = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return found | ({"Idempotency-Key": key} if key else {})

    def get(self, path, code=None, **query):
        """`code`: the query code of a case, which stands in a header."""
        told = {} if code is None else {"X-Query-Code": code}
        return self.client.get(f"/api{path}", query, headers=self.headers() | told)

    def post(self, path, body, key=None):
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(f"/api{path}", text, content_type="application/json", headers=self.headers(key))


class Office:
    """Everybody who works on one case. `do` records and insists on success, `refused` on the article."""

    def __init__(self):
        self.clients = {}
        self.number = ""

    def as_(self, who):
        """`role@unit` or `role@unit#2`."""
        if who not in self.clients:
            role, _, place = who.partition("@")
            unit, _, number = place.partition("#")
            found = Officer.objects.filter(role=role, unit_id=unit).order_by("pk")[int(number or 1) - 1]
            self.clients[who] = Api(found)
        return self.clients[who]

    def person(self, who):
        return f"p{self.as_(who).officer.person_id}"

    def do(self, who, event, **facts):
        answer = self.as_(who).post(f"/cases/{self.number}/events/{event}", {"facts": facts})
        assert answer.status_code == 201, answer.content.decode()
        return answer.json()

    def refused(self, who, event, clause, **facts):
        answer = self.as_(who).post(f"/cases/{self.number}/events/{event}", {"facts": facts})
        told = answer.json()
        assert answer.status_code == 409, told
        assert answer["Content-Type"] == "application/problem+json"
        assert clause in told["clauses"], told
        return told
