"""A walk through every page of the site, for tests and pictures that concern all of them: who opens which address.

The addresses come from the site itself (huiyin.web.urls), so that a new page is on the tour without being entered anywhere. An address with a
case in it is opened for a case of the sample office; each page is opened by the first of VISITORS who gets it as a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.test import Client

PUBLIC: Final = ""
KIOSK: Final = "kiosk"  # a public machine: its pages make a session one
VISITORS: Final = (
    PUBLIC, "intake_officer@county_a", "handler@county_a", "supervisor@city", "intake_officer@city", "administrator@province",
    "security_administrator@province", "auditor@province",
)  # fmt: skip
VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "texts/<slug:body>/<int:number>": ("texts/all/0",),
    "<slug:kind>/<slug:slug>": ("complaint/matter", "report/you"), "<slug:kind>": ("complaint",), "<slug:slug>": ("matter",),
    "<slug:body>": ("jiangmen",), "<slug:name>": ("complaint",), "<slug:code>": ("housing",),
    "<slug:key>": ("BS-campaign",), "<slug:verb>": ("annul",), "<slug:unit>": ("county_a",), "<str:unit>": ("county_a",),
    "<slug:event>": ("note_added",), "<slug:part>": ("limits", "copy"), "<int:pk>": ("1",), "<int:seq>": ("0",),
}  # fmt: skip
QUERIES: Final[Mapping[str, str]] = {"open_ends": "?sort=unassigned", "board_list": "?what=red&unit=city"}
"""What an address says nothing without."""


@dataclass(frozen=True)
class Stop:
    """A page: its name in huiyin.web.urls, its address, and who opens it (role@unit; the public, or a public machine)."""

    name: str
    address: str
    who: str

    @property
    def public(self) -> bool:
        return "@" not in self.who


def addresses(case_key: str, values: Mapping[str, tuple[str, ...]] = VALUES) -> Iterator[tuple[str, str]]:
    """Every address of our pages with its places filled in: (name, address)."""
    from huiyin.web.urls import PAGES

    for route, _view, name in PAGES:
        found = [("/" + route).replace("<str:key>", case_key).replace("<str:id>", "0" * 32)]
        for place, given in values.items():
            found = [one.replace(place, value) for one in found for value in (given if place in one else ("",))]
        yield from ((name, one + QUERIES.get(name, "")) for one in found)


def walk(clients: Mapping[str, Client], case_key: str) -> Iterator[tuple[Stop, Any]]:
    """Every address that answers GET with a page of ours, with that answer. `clients`: a browser for each of VISITORS."""
    for name, address in addresses(case_key):
        mine = [KIOSK] if name.startswith(KIOSK) else [who for who in clients if who != KIOSK]
        for who in mine:
            answer = clients[who].get(address)
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                if b"<html" in answer.content:  # a part of a page belongs to the page that asks for it
                    yield Stop(name, address, who), answer
                break
            if answer.status_code == 405:
                break


def visitors() -> tuple[dict[str, Client], str]:
    """Clients of all VISITORS, the officers logged in, the public with a receipt and with its case in view; and the key of a case that the
    county works on."""
    from huiyin.cases import respondents
    from tests.cases.office import officer
    from tests.web import test_public
    from tests.web.test_case_page import registered, sent

    case = registered("jiangmen/complaint", "city")
    sent(case)
    clients = {who: Client() for who in (*VISITORS, KIOSK)}
    for who, client in clients.items():
        if "@" in who:
            client.force_login(officer(*who.split("@")).person)
    test_public.fill(clients[PUBLIC])
    test_public.send(clients[PUBLIC])
    number, code = test_public.receipt(clients[PUBLIC])
    clients[PUBLIC].post(
        "/submit/complaint/duty/", {"within_duties": "true"}
    )  # another one begun, so that there is something to check
    clients[PUBLIC].post("/track/", {"number": number, "code": code})
    clients[PUBLIC].post("/respond/", {"code": respondents.issue(case, "2")})
    return clients, f"~{case.pk}"
