"""Single sign-on by OpenID Connect: the authorization code flow with PKCE, state and nonce, by Authlib. Who has no account here gets none."""

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from joserfc.errors import JoseError

from huiyin.accounts import actions as accounts
from huiyin.entrance import SingleSignOn
from huiyin.org.models import Person

log = logging.getLogger("huiyin.accounts")
WANTED: Final = "sign_on_next"
SECONDS: Final = 10  # a provider that does not answer must not hold a worker
SECOND: Final = frozenset(
    {"mfa", "otp", "hwk", "sc", "fpt", "face"}
)  # RFC 8176: the provider asked for more than a password


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Whom the provider sent back. `second`: it asked for a second factor itself."""

    person: Person
    second: bool
    wanted: str


def offered() -> str:
    """What the button says; empty when there is no single sign-on."""
    found = settings.ENTRANCE.single_sign_on
    return found.label if found else ""


def to_provider(request: HttpRequest, wanted: str) -> HttpResponse:
    """Sends the browser there. 404 when none is set up; a provider that does not answer is a failed log-in."""
    client = _client(_set_up())
    request.session[WANTED] = wanted
    try:
        return client.authorize_redirect(request, request.build_absolute_uri(reverse("signed_on")))
    except (requests.RequestException, AuthlibBaseError, ValueError) as error:
        log.warning("single sign-on: the provider does not answer: %s", type(error).__name__)
        return redirect("signed_on")


def answer(request: HttpRequest) -> SignedOn | None:
    """Whom it sent back; none when something does not fit, which the log tells of without the answer itself."""
    setup = _set_up()
    wanted = str(request.session.pop(WANTED, ""))
    try:
        token = _client(setup).authorize_access_token(request)
    except (AuthlibBaseError, JoseError, requests.RequestException, ValueError, KeyError) as error:
        log.warning("single sign-on refused: %s", type(error).__name__)
        return None
    claims: dict[str, Any] = dict(token.get("userinfo") or {})
    subject, name = str(claims.get("sub") or ""), str(claims.get(setup.claim) or "")
    if not subject or str(claims.get("iss", "")).rstrip("/") != setup.issuer:
        log.warning("single sign-on refused: no subject, or another issuer")
        return None
    person = accounts.signed_on(setup.issuer, subject, name)
    if person is None:
        return None
    amr = claims.get("amr")
    second = isinstance(amr, list) and any(isinstance(how, str) and how in SECOND for how in amr)
    return SignedOn(person, second, wanted)


def _set_up() -> SingleSignOn:
    found = settings.ENTRANCE.single_sign_on
    if found is None:
        raise Http404
    return found


@lru_cache(maxsize=2)
def _client(setup: SingleSignOn) -> Any:
    oauth = OAuth()
    return oauth.register(
        "huiyin", client_id=setup.client, client_secret=setup.secret,
        server_metadata_url=f"{setup.issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "timeout": SECONDS},
    )  # fmt: skip
