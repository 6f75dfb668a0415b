"""What a browser answers when a passkey is asked for: taken from a device, refused when somebody made it up, and never mistaken for a fault
of ours."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import RequestFactory
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from huiyin.accounts import actions, factors
from huiyin.accounts.factors import BadFactor
from huiyin.accounts.models import Passkey
from huiyin.org.models import Person

FLAG = AuthenticatorData.FLAG
ORIGIN, HOST = "http://testserver", b"testserver"
ID = b"a credential of a test"


class Device:
    """An authenticator in a few lines: one key, and a count of its signatures."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.count = 0

    def made(self, state, public=None):
        public = ES256.from_cryptography_key(self.key.public_key()) if public is None else public
        data = Aaguid.NONE + len(ID).to_bytes(2, "big") + ID + cbor.encode(public)
        return self.given(
            "create", state, AuthenticatorData(sha256(HOST) + bytes([FLAG.UP | FLAG.AT]) + bytes(4) + data)
        )

    def given(self, kind, state, data):
        client = CollectedClientData.create(f"webauthn.{kind}", state["challenge"], ORIGIN)
        whole = AttestationObject.create("none", data, {})
        return self.answer({"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(whole)})

    def signed(self, state, *, challenge=None):
        self.count += 1
        client = CollectedClientData.create("webauthn.get", challenge or state["challenge"], ORIGIN)
        data = AuthenticatorData(sha256(HOST) + bytes([FLAG.UP]) + self.count.to_bytes(4, "big"))
        signature = self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        return self.answer({
            "clientDataJSON": websafe_encode(client), "authenticatorData": websafe_encode(data), "signature": websafe_encode(signature),
        })  # fmt: skip

    def answer(self, response):
        id = websafe_encode(ID)
        return {"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}}


@pytest.fixture
def person(db):
    return Person.objects.create_user("passkeys", "drei-lange-Woerter-7", display_name="王某")


@pytest.fixture
def request_(db):
    return RequestFactory().get("/")


@pytest.fixture
def device(request_, person):
    """A device whose passkey the person has."""
    found, (_, state) = Device(), factors.begin_registration(request_, person)
    actions.add_passkey(request_, person, state, found.made(state), "手机")
    return found


def test_a_passkey_signs_what_was_asked_and_its_count_goes_up(request_, person, device):
    for count in (1, 2):
        _, state = factors.begin_check(request_, person)
        assert actions.use_passkey(request_, person, state, device.signed(state))
        assert Passkey.objects.get().count == count


def test_another_challenge_another_key_and_an_old_count_are_refused(request_, person, device):
    _, state = factors.begin_check(request_, person)
    answer = device.signed(state)
    assert not actions.use_passkey(request_, person, state, device.signed(state, challenge=b"0" * 32))
    assert not actions.use_passkey(request_, person, state, Device().signed(state))
    assert actions.use_passkey(request_, person, state, answer)
    assert not actions.use_passkey(request_, person, state, answer)  # a copied key, or an answer sent twice


MADE_UP = {
    "nothing": {},
    "no text": {"id": 7, "rawId": 7, "response": {}},
    "no table": {"rawId": "AA", "response": []},
    "another id": {"id": "AA", "rawId": "AB", "response": {}},
    "empty parts": {"rawId": "", "response": {"clientDataJSON": "", "attestationObject": "", "authenticatorData": "", "signature": ""}},
    "no base64": {"rawId": "é", "response": {"clientDataJSON": "é"}},
    "a tower of lists": {
        "rawId": "AA",
        "response": {"clientDataJSON": websafe_encode(b"[" * 50_000), "attestationObject": websafe_encode(b"\x81" * 50_000)},
    },
    "a tower of boxes": {
        "rawId": "AA",
        "response": {
            "clientDataJSON": websafe_encode(json.dumps({"type": "webauthn.create", "challenge": "AA", "origin": ORIGIN}).encode()),
            "attestationObject": websafe_encode(b"\x81" * 50_000),
        },
    },
    "a tag": {"rawId": "AA", "response": {"clientDataJSON": "e30", "attestationObject": websafe_encode(b"\xc1\x00")}},
    "cut off": {"rawId": "AA", "response": {"clientDataJSON": "e30", "attestationObject": websafe_encode(b"\x1a\x00")}},
}  # fmt: skip


@pytest.mark.parametrize("answer", MADE_UP.values(), ids=MADE_UP)
def test_an_answer_that_somebody_made_up_is_a_wrong_factor(request_, person, answer):
    _, state = factors.begin_registration(request_, person)
    with pytest.raises(BadFactor):
        factors.registered(request_, state, answer)
    with pytest.raises(BadFactor):
        factors.checked(request_, person, state, answer)


@pytest.mark.parametrize(
    "public",
    [{}, {3: -999}, {3: -7}, {3: -7, -1: 1, -2: b"\x01", -3: b"\x02"}, {3: -7, -1: 1, -2: 5, -3: None}, {3: -257, -1: b"", -2: b""}],
    ids=["empty", "unknown kind", "no numbers", "off the curve", "no bytes", "no modulus"],
)  # fmt: skip
def test_a_key_that_could_never_be_checked_is_not_taken(request_, person, public):
    _, state = factors.begin_registration(request_, person)
    device = Device()
    try:
        answer = device.made(state, public)
    except ValueError:  # the library does not even write it
        answer = device.answer(
            {"clientDataJSON": "e30", "attestationObject": websafe_encode(cbor.encode({"authData": b""}))}
        )
    with pytest.raises(BadFactor):
        factors.registered(request_, state, answer)


def test_a_fault_of_ours_is_not_called_a_wrong_key(request_, person, device):
    _, state = factors.begin_check(request_, person)
    Passkey.objects.update(data=AttestedCredentialData.create(Aaguid.NONE, ID, {1: 2, 3: -7})[:20])
    with pytest.raises(ValueError) as fault:  # noqa: PT011 whatever the damaged row makes the library say
        factors.checked(request_, person, state, device.signed(state))
    assert not isinstance(fault.value, BadFactor)


def test_of_two_answers_at_the_same_moment_one_counts(request_, person, device, monkeypatch):
    _, state = factors.begin_check(request_, person)
    real = factors.checked

    def overtaken(*args):
        key, count = real(*args)
        Passkey.objects.filter(pk=key.pk).update(count=count)  # the other request was quicker
        return key, count

    monkeypatch.setattr(factors, "checked", overtaken)
    assert not actions.use_passkey(request_, person, state, device.signed(state))
