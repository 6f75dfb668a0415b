"""A provider of OpenID Connect on this machine, for tests: it signs with real keys and can be told to do one thing wrong."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "huiyin-test", "a-secret-of-the-test"
FAULTS = ("nonce", "audience", "issuer", "signature", "expired", "unsigned", "no_subject")


class Provider:
    """What it says next: `claims` of whoever logs in, and the `fault` of its next token."""

    def __init__(self):
        self.key, self.stranger = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})
        self.claims, self.fault, self.issuer = {}, None, ""
        self.codes = {}

    def authorise(self, address):
        """What the browser would bring back: the person agreed. Returns the query of the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        assert asked["scope"].split()[0] == "openid"
        code = f"code{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, form):
        asked = self.codes.pop(form["code"][0])
        assert form["redirect_uri"][0] == asked["redirect_uri"]
        assert form["code_verifier"][0]
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.claims,
        }  # fmt: skip
        fault = self.fault
        claims |= {
            "nonce": {"nonce": "another"}, "audience": {"aud": "somebody-else"}, "issuer": {"iss": "http://localhost:1"},
            "expired": {"exp": now - 3600, "iat": now - 7200},
        }.get(fault, {})  # fmt: skip
        if fault == "no_subject":
            claims.pop("sub", None)
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.stranger if fault == "signature" else self.key)
        if fault == "unsigned":
            signed = f"eyJhbGciOiJub25lIn0.{signed.split('.')[1]}."
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def answer(self, path, form):
        if path == "/.well-known/openid-configuration":
            own = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "jwks")}
            return {
                "issuer": self.issuer, "authorization_endpoint": own["authorize"], "token_endpoint": own["token"], "jwks_uri": own["jwks"],
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }  # fmt: skip
        if path == "/jwks":
            return {"keys": [self.key.as_dict(private=False) | {"use": "sig", "alg": "RS256"}]}
        return self.token(form)


@contextmanager
def running():
    """The provider, listening on this machine."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def reply(self, form):
            text = json.dumps(provider.answer(self.path, form)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self):
            self.reply({})

        def do_POST(self):
            self.reply(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))

        def log_message(self, *_told):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
