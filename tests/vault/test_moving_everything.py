"""An installation that moves to the national algorithms and back: records, files, secrets of webhooks, lists lying ready, blind indexes. Nothing of
it is unreadable on the way, the log still holds, and nothing stays that was closed by the other."""

from dataclasses import replace

import pytest

from huiyin.accounts import factors
from huiyin.accounts.models import Account
from huiyin.cases import businesses, looking
from huiyin.cases.models import Business, Case
from huiyin.cases.verifying import verify
from huiyin.evidence import queries as evidence
from huiyin.evidence.models import File
from huiyin.evidence.storage import path_of
from huiyin.hooks import actions as hooks
from huiyin.hooks.models import Subscription
from huiyin.search import exporting
from huiyin.search.models import Export
from huiyin.vault import ciphers, keys, rotating
from huiyin.vault.models import BlindIndex, DataKey, Record
from huiyin.web import closed
from tests.cases.office import PARTIES, a_case, officer
from tests.evidence import made
from tests.evidence.sent import by, fact, send

pytestmark = pytest.mark.django_db
CODE = PARTIES[1]["credit_code"]


@pytest.fixture
def own_ring(sample_world, session_ring, tmp_path, settings, monkeypatch):
    """The ring that the sample world was made with, on the disk as a site has it."""
    settings.KEYS, settings.FILES = tmp_path / "keys", tmp_path / "files"
    settings.KEYS.mkdir(mode=0o700)
    monkeypatch.setattr(keys, "_in_use", [])
    keys.write(settings.KEYS, session_ring)


def content():
    row = File.objects.get()
    found = []
    for part in (evidence.ORIGINAL, evidence.COPY, evidence.THUMB):
        with evidence.reader(row, part) as opened:
            found.append(opened.readall())
    return found


def suites():
    """By what anything here is closed."""
    row = File.objects.get()
    found = {ciphers.suite_of(bytes(c)) for c in Record.objects.exclude(cipher=b"").values_list("cipher", flat=True)}
    found |= {
        ciphers.suite_of(bytes(w))
        for w in DataKey.objects.filter(wrapped__isnull=False).values_list("wrapped", flat=True)
    }
    found |= {ciphers.suite_of(bytes(h.secret)) for h in Subscription.objects.all()}
    found |= {ciphers.suite_of(bytes(e.wrapped)) for e in Export.objects.filter(size__gt=0)}
    found |= {ciphers.suite_of(bytes(e.asked)) for e in Export.objects.all()}
    found |= {ciphers.suite_of(bytes(b)) for b in Business.objects.values_list("closed", flat=True)}
    found |= {ciphers.suite_of(bytes(a.totp)) for a in Account.objects.filter(totp__isnull=False)}
    heads = {path_of(address).read_bytes()[:4] for address in row.addresses}
    return found | {ciphers.SM4 if head == b"HYF2" else ciphers.AES for head in heads}


def test_everything_moves_there_and_back(own_ring, settings, client):
    settings.SENDING = replace(settings.SENDING, hooks_private=True)
    clerk = officer("intake_officer", "city")
    facts = {"channel": "window", "what": "水壶漏水", "files": fact(send(made.jpeg(640, 320), by(clerk)))}
    case = a_case(by=clerk, facts=facts)
    seed = factors.new_seed()
    Account.objects.create(person=clerk.person, totp=factors.closed(clerk.person, seed))
    assert Business.objects.exists()
    hook, secret = hooks.create(clerk, "对接", "http://127.0.0.1:9", ["*"])
    client.force_login(clerk.person)
    at = client.post("/search/", {"words": "漏水"}).url.partition("=")[2]
    client.post("/export/", {"s": at, "way": "xlsx", "reason": "月报"})
    exporting.make(Export.objects.get(), lambda *_: None)
    before, tokens = content(), set(BlindIndex.objects.values_list("kind", "token", "party"))
    listed = exporting.opened(Export.objects.get()).readall()
    assert suites() == {ciphers.AES}
    for suite in (ciphers.SM4, ciphers.AES):
        settings.CIPHERS = suite
        assert content() == before, "read while nothing was moved yet"
        rotating.rotate()
        rotating.rotate()  # the master key of the beginning is gone
        assert suites() == {suite}
        assert content() == before
        assert hooks.secret_of(Subscription.objects.get(pk=hook.pk)) == secret.encode()
        assert exporting.opened(Export.objects.get()).readall() == listed
        assert factors.opened(Account.objects.get()) == seed
        assert [b.code for b in businesses.by_name(PARTIES[1]["name"], most=5)] == [CODE]
        found = looking.likely(clerk, [PARTIES[0], {"role": "respondent", "credit_code": CODE}]).likely
        assert [one.case.pk for one in found] == [case.pk]
        assert ("respondent", "credit_code") in found[0].same
        assert verify(with_copies=False).sound
        assert keys.problems() == []
        assert Case.objects.get().pk == case.pk
    assert set(BlindIndex.objects.values_list("kind", "token", "party")) == tokens


def test_a_process_that_knows_the_old_ring_opens_what_another_closed_after_a_rotation(own_ring, client):
    clerk = officer("intake_officer", "city")
    a_case(by=clerk)
    client.force_login(clerk.person)
    at = client.post("/search/", {"words": "漏水"}).url.partition("=")[2]
    client.post("/export/", {"s": at, "way": "xlsx", "reason": "月报"})
    exporting.make(Export.objects.get(), lambda *_: None)
    place = str(keys.settings.KEYS)
    keys.ring()
    old = keys._rings[place]
    rotating.rotate()
    kept = closed.close({"what": "水壶"})
    keys._rings[place] = old
    assert client.post(f"/exports/{Export.objects.get().pk}/").status_code == 200
    keys._rings[place] = old
    assert closed.opened(kept) == {"what": "水壶"}
    assert closed.opened("m99:AAAA") is None
