"""Keys that rotate every three seconds while three libraries verify fresh tokens without pause.

PyPI ``PyJWT``, PyPI ``authlib`` and our own layer for APIs keep the key document for as long as it says, and the first of
them asks for no other meanwhile, whatever tokens come: so it must have had each key before that key signed. The first
token of each stays good for all of its life, however many rotations come.
"""

import json
import os
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import flask
import jwt
import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.flask_client import OAuth
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from conftest import free_port, serving
from user import Browser

# So many keys has each library met when it is done.
KEYS = 5
# Seconds after which something hangs.
PATIENCE = 120
CLIENT = "app"
API = "https://api.example"
REDIRECT_URI = "http://127.0.0.1:9/callback"
SCOPE = "openid offline_access read:files"
# Seconds that tokens live.
LIFETIME = 30
CONFIGURATION = f"""
issuer = "ISSUER"
listen = "127.0.0.1:PORT"
default_resource = "{API}"

[store]
path = "realm.db"

[keys]
sign_for = "3s"
publish_before = "3s"
publish_after = "40s"

[tokens]
access = "{LIFETIME}s"
id_token = "{LIFETIME}s"

[[scopes]]
scope = "read:files"
title = "See your files"
description = "The app can read your files."

[[resources]]
uri = "{API}"

[[clients]]
client_id = "{CLIENT}"
application_type = "native"
token_endpoint_auth_method = "none"
redirect_uris = ["{REDIRECT_URI}"]
grant_types = ["authorization_code", "refresh_token"]
scope = "{SCOPE}"

[[users]]
username = "alice"
password_file = "alice.password"
"""


@pytest.fixture(name="server")
def rotating(tmp_path):
    """What a server says about itself that rotates its keys every three seconds."""
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    (tmp_path / "alice.password").write_text("wonderland")
    (tmp_path / "alice.password").chmod(0o600)
    with serving(tmp_path, CONFIGURATION.replace("ISSUER", issuer).replace("PORT", str(port))):
        yield requests.get(f"{issuer}/.well-known/openid-configuration", timeout=PATIENCE).json()


@pytest.fixture(name="api")
def protected_api(server):
    """The address of an API behind our own layer."""
    program = Path(os.environ["COUNTERSIGN_BIN"]).parent / "examples" / "protected_api"
    with subprocess.Popen([program, API, server["issuer"]], stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


class Load(threading.Thread):
    """One user's client: refreshes its tokens and has them verified, over and over, until it has met enough keys."""

    def __init__(self, server, verify):
        super().__init__(daemon=True)
        self.server, self.verify = server, verify
        self.session = requests.Session()
        self.keys, self.verified, self.failure = set(), 0, None
        self.tokens = self.log_in()

    def log_in(self):
        """The tokens of a user who signs in."""
        verifier = generate_token(64)
        query = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": REDIRECT_URI,
            "scope": SCOPE,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        url = requests.Request("GET", self.server["authorization_endpoint"], params=query).prepare().url
        callback, _ = Browser().log_in(url, REDIRECT_URI)
        code = parse_qs(urlsplit(callback).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return self.ask(code_verifier=verifier, **form)

    def ask(self, **form):
        """A reply of the token endpoint."""
        reply = self.session.post(self.server["token_endpoint"], {"client_id": CLIENT, **form}, timeout=PATIENCE)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def run(self):
        first, born = self.tokens, time.monotonic()
        try:
            while len(self.keys) < KEYS:
                refresh_token = self.tokens["refresh_token"]
                self.tokens = self.ask(grant_type="refresh_token", refresh_token=refresh_token)
                self.keys.add(self.verify(self.tokens))
                if time.monotonic() < born + LIFETIME - 5:
                    self.verify(first)
                self.verified += 1
        except Exception as failure:  # pylint: disable=broad-exception-caught  # whatever a library makes of it
            self.failure = f"after {self.verified} tokens and {len(self.keys)} keys: {failure!r}"


def with_pyjwt(server):
    """Verifies ID token and access token. It fetches keys as often as their document says, and never in between."""
    control = requests.get(server["jwks_uri"], timeout=PATIENCE).headers["cache-control"]
    max_age = next(int(part.split("=")[1]) for part in control.split(",") if "max-age" in part)
    client = jwt.PyJWKClient(server["jwks_uri"], lifespan=max_age, cooldown_duration=max_age)

    def verify(tokens):
        for token, audience in [(tokens["access_token"], API), (tokens["id_token"], CLIENT)]:
            key = client.get_signing_key_from_jwt(token)
            jwt.decode(token, key, algorithms=[key.algorithm_name], audience=audience, issuer=server["issuer"])
        return jwt.get_unverified_header(tokens["id_token"])["kid"]

    return verify


def with_authlib(server):
    """Verifies the ID token, with the keys that the library fetched when it last met one that it did not know."""
    metadata = f"{server['issuer']}/.well-known/openid-configuration"
    app = OAuth(flask.Flask("app")).register("server", client_id=CLIENT, server_metadata_url=metadata)

    def verify(tokens):
        app.parse_id_token(tokens, nonce=None)
        return jwt.get_unverified_header(tokens["id_token"])["kid"]

    return verify


def with_our_layer(api):
    """Sends the access token to an API behind our own layer."""
    session = requests.Session()

    def verify(tokens):
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        reply = session.get(api, headers=bearer, timeout=PATIENCE)
        assert reply.status_code == 200, (reply.status_code, reply.headers, reply.text)
        return jwt.get_unverified_header(tokens["access_token"])["kid"]

    return verify


def test_no_rotation_breaks_a_library_that_keeps_keys_for_as_long_as_their_document_says(server, api):
    verifiers = {"PyJWT": with_pyjwt(server), "authlib": with_authlib(server), "our layer": with_our_layer(api)}
    loads = {name: Load(server, verify) for name, verify in verifiers.items()}
    for load in loads.values():
        load.start()
    for load in loads.values():
        load.join(PATIENCE)
    failures = {name: load.failure for name, load in loads.items() if load.failure}
    assert not failures, failures
    assert all(len(load.keys) == KEYS for load in loads.values()), "some load hangs"
