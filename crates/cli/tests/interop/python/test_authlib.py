"""PyPI ``authlib``: what many Python applications sign in with, as a session of ``requests`` and inside Flask."""

import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2 import rfc7591
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc import registration, rpinitiated
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry

from user import Browser, Stuck

REDIRECT_URI = "http://127.0.0.1:9/callback"
SIGNED_OUT = "http://127.0.0.1:9/signed-out"
SCOPE = "openid profile email offline_access read:profile read:files"
METHODS = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]


@pytest.fixture(scope="session", name="server")
def metadata(system):
    """What the server says about itself."""
    return requests.get(f"{system.issuer}/.well-known/openid-configuration", timeout=10).json()


def register(server, method="none", **more):
    """Registers a client; what came back, and its private key where it has one."""
    key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
    wanted = {
        "redirect_uris": [REDIRECT_URI],
        "post_logout_redirect_uris": [SIGNED_OUT],
        "grant_types": ["authorization_code", "refresh_token"] + (["client_credentials"] if method != "none" else []),
        "token_endpoint_auth_method": method,
        **({"jwks": {"keys": [key.as_dict(private=False)]}} if method == "private_key_jwt" else {}),
        **more,
    }
    reply = requests.post(server["registration_endpoint"], json=wanted, timeout=10)
    assert reply.status_code == 201, reply.text
    return reply.json(), key


def session_for(server, method="none", **more):
    """A session of the library for a client of its own."""
    registered, key = register(server, method, **more)
    session = OAuth2Session(
        registered["client_id"],
        key if method == "private_key_jwt" else registered.get("client_secret"),
        scope=SCOPE,
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        token_endpoint=server["token_endpoint"],
    )
    session.register_client_auth_method(PrivateKeyJWT(server["token_endpoint"], alg="ES256", headers={"kid": "one"}))
    return session


def begin(session, server, **more):
    """Signs in up to the callback."""
    verifier, nonce = generate_token(64), generate_token(32)
    wanted = {"code_verifier": verifier, "nonce": nonce, **more}
    url, state = session.create_authorization_url(server["authorization_endpoint"], **wanted)
    callback, form = Browser().log_in(url, REDIRECT_URI)
    return {"authorization_response": callback, "state": state, "code_verifier": verifier}, nonce, form


def log_in(session, server, **more):
    """Signs in; the tokens, and the claims of the verified ID token."""
    redeem, nonce, _ = begin(session, server, **more)
    token = session.fetch_token(**redeem)
    return token, verify(session, server, token, nonce)


def verify(session, server, token, nonce):
    """The claims of an ID token after every check that the library knows."""
    keys = KeySet.import_key_set(requests.get(server["jwks_uri"], timeout=10).json())
    algorithms = server["id_token_signing_alg_values_supported"]
    decoded = jwt.decode(token["id_token"], keys, registry=JWSRegistry(algorithms=algorithms))
    options = {"iss": {"values": [server["issuer"]]}, "aud": {"values": [session.client_id]}}
    # With `max_age` the library wants to see `auth_time`.
    params = {"nonce": nonce, "client_id": session.client_id, "access_token": token["access_token"], "max_age": 1}
    claims = CodeIDToken(decoded.claims, decoded.header, options, params)
    claims.validate()
    return claims


@pytest.mark.parametrize("method", METHODS)
def test_a_client_logs_in_refreshes_learns_who_it_is_and_revokes(system, server, method):
    session = session_for(server, method)
    token, claims = log_in(session, server, resource=system.api)
    assert set(token["scope"].split()) == set(SCOPE.split())
    person = session.get(server["userinfo_endpoint"]).json()
    assert (person["sub"], person["name"], person["email"]) == (claims["sub"], "Alice Liddell", "alice@example.com")

    fresh = session.refresh_token()
    assert fresh["access_token"] != token["access_token"]
    assert fresh["refresh_token"] != token["refresh_token"]
    assert session.get(f"{system.api}/files").json()["files"]

    revoked = session.revoke_token(server["revocation_endpoint"], fresh["refresh_token"], "refresh_token")
    assert revoked.status_code == 200
    for url in (server["userinfo_endpoint"], f"{system.api}/files"):
        answer = session.get(url)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_id_token_in_each_algorithm_is_verified_with_its_access_token(server, algorithm):
    session = session_for(server, id_token_signed_response_alg=algorithm)
    token, claims = log_in(session, server)
    assert claims.header["alg"] == algorithm
    with pytest.raises(Exception, match="nonce"):
        verify(session, server, token, "another")
    with pytest.raises(Exception, match="at_hash"):
        verify(session, server, {**token, "access_token": "another"}, claims["nonce"])


@pytest.mark.parametrize("method", [method for method in METHODS if method != "none"])
def test_a_confidential_client_introspects_with_each_method(server, method):
    session = session_for(server, method)
    token, claims = log_in(session, server)
    ask = {"token_type_hint": "access_token", "auth": session.client_auth(method)}
    living = session.introspect_token(server["introspection_endpoint"], token["access_token"], **ask).json()
    assert (living["active"], living["sub"], living["client_id"]) == (True, claims["sub"], session.client_id)
    session.revoke_token(server["revocation_endpoint"], token["access_token"], "access_token")
    dead = session.introspect_token(server["introspection_endpoint"], token["access_token"], **ask).json()
    assert dead == {"active": False}


def test_a_service_gets_a_token_of_its_own(system, server):
    session = session_for(server, "client_secret_basic")
    token = session.fetch_token(grant_type="client_credentials", scope="read:files", resource=system.api)
    assert (token["scope"], "refresh_token" in token, "id_token" in token) == ("read:files", False, False)
    assert session.get(f"{system.api}/files").status_code == 200


def test_a_token_that_is_about_to_expire_is_refreshed_by_the_session_itself(system, server):
    kept = []
    session = session_for(server)
    session.update_token = lambda token, refresh_token=None, access_token=None: kept.append(token)
    token, _ = log_in(session, server, resource=system.api)
    session.token = {**token, "expires_at": 1}
    assert session.get(f"{system.api}/files").status_code == 200
    assert [fresh["refresh_token"] != token["refresh_token"] for fresh in kept] == [True]


def test_a_wrong_state_stops_in_the_library(server):
    session = session_for(server)
    redeem, _, _ = begin(session, server)
    with pytest.raises(AuthlibBaseError, match="state"):
        session.fetch_token(**{**redeem, "state": "forged"})


def test_a_wrong_verifier_and_a_code_used_again_are_refused(server):
    session = session_for(server)
    redeem, _, _ = begin(session, server)
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.fetch_token(**{**redeem, "code_verifier": generate_token(64)})
    assert session.fetch_token(**redeem)["access_token"]
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.fetch_token(**redeem)
    assert session.get(server["userinfo_endpoint"]).status_code == 401


def test_a_redirect_uri_that_is_not_registered_sends_the_user_nowhere(server):
    session = session_for(server)
    session.redirect_uri = "https://evil.example/callback"
    with pytest.raises(Stuck) as stuck:
        begin(session, server)
    assert stuck.value.status == 400


def test_without_a_challenge_there_is_no_code(system, server):
    session = session_for(server, "client_secret_basic")
    session.code_challenge_method = None
    redeem, _, _ = begin(session, server)
    sent = parse_qs(urlsplit(redeem["authorization_response"]).query)
    assert (sent["error"], sent["state"], sent["iss"]) == (["invalid_request"], [redeem["state"]], [system.issuer])
    assert "code" not in sent


def test_a_response_by_form_post_carries_what_a_redirect_does(system, server):
    session = session_for(server)
    redeem, nonce, form = begin(session, server, response_mode="form_post")
    sent = dict(form)
    assert redeem["authorization_response"] == REDIRECT_URI
    assert (sent["state"], sent["iss"]) == (redeem["state"], system.issuer)
    token = session.fetch_token(code=sent["code"], code_verifier=redeem["code_verifier"])
    assert verify(session, server, token, nonce)["nonce"] == nonce


def flask_app(system, server, method):
    """A Flask application that signs in, and knows no more than the issuer and its own credentials."""
    registered, _ = register(server, method)
    app = flask.Flask(__name__)
    app.secret_key = "only for tests"
    kwargs = {"scope": SCOPE, "code_challenge_method": "S256", "token_endpoint_auth_method": method}
    client = OAuth(app).register(
        "countersign",
        server_metadata_url=f"{system.issuer}/.well-known/openid-configuration",
        client_id=registered["client_id"],
        client_secret=registered["client_secret"],
        client_kwargs=kwargs,
    )

    @app.get("/login")
    def login():
        return client.authorize_redirect(REDIRECT_URI, **flask.request.args)

    @app.get("/callback")
    def callback():
        try:
            token = client.authorize_access_token()
        except OAuthError as error:
            return {"error": error.error}
        flask.session["hint"] = token["id_token"]
        person = client.userinfo(token=token)
        return {"sub": token["userinfo"]["sub"], "same": person["sub"], "name": person["name"]}

    @app.get("/logout")
    def logout():
        return client.logout_redirect(SIGNED_OUT, id_token_hint=flask.session.pop("hint"))

    @app.get("/signed-out")
    def signed_out():
        return client.validate_logout_response()

    return app.test_client()


def visit(app, query="", browser=None):
    """Goes through the login of such an application; what its callback says."""
    url = app.get(f"/login{query}").headers["location"]
    assert {"state", "nonce", "code_challenge"} <= parse_qs(urlsplit(url).query).keys()
    back, _ = (browser or Browser()).log_in(url, REDIRECT_URI)
    return app.get(f"/callback?{urlsplit(back).query}").get_json()


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_flask_app_signs_in_by_discovery_alone(system, server, method):
    answer = visit(flask_app(system, server, method))
    assert (answer["same"], answer["name"]) == (answer["sub"], "Alice Liddell")


def test_a_flask_app_is_told_that_nobody_is_signed_in(system, server):
    app = flask_app(system, server, "client_secret_basic")
    assert visit(app, "?prompt=none") == {"error": "login_required"}


def test_a_flask_app_signs_out_at_the_server_and_gets_its_state_back(system, server):
    app, browser = flask_app(system, server, "client_secret_basic"), Browser()
    assert visit(app, browser=browser)["name"] == "Alice Liddell"
    back, _ = browser.log_in(app.get("/logout").headers["location"], SIGNED_OUT)
    state = app.get(f"/signed-out?{urlsplit(back).query}").get_json()
    assert state == {"post_logout_redirect_uri": SIGNED_OUT}
    assert visit(app, "?prompt=none", browser) == {"error": "login_required"}


def test_the_metadata_of_the_server_are_valid_by_the_rules_of_the_library(server):
    # The library wants https of every endpoint, which this system on loopback has not.
    secure = json.loads(json.dumps(server).replace("http://", "https://"))
    OpenIDProviderMetadata(secure).validate(metadata_classes=[rpinitiated.OpenIDProviderMetadata])


@pytest.mark.parametrize("method", METHODS)
def test_what_the_server_registered_is_valid_by_the_rules_of_the_library(server, method):
    wanted = {
        "client_name": "A client in Python",
        "client_name#ja": "クライアント",
        "client_uri": "https://client.example/",
        "contacts": ["staff@client.example"],
        "default_max_age": 3600,
        "id_token_signed_response_alg": "PS256",
        "scope": " ".join(sorted(SCOPE.split())),
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
    }
    said, _ = register(server, method, **wanted)
    assert {name: said[name] for name in wanted} == wanted
    for rules in (rfc7591.ClientMetadataClaims, registration.ClientMetadataClaims, rpinitiated.ClientMetadataClaims):
        known = rules.get_claims_options(server) if hasattr(rules, "get_claims_options") else {}
        rules(dict(said), {}, known, server).validate()


def test_no_sign_in_fails_while_the_keys_are_rotated(system, server):
    app, browser = flask_app(system, server, "client_secret_basic"), Browser()

    def rotate():
        for _ in range(3):
            requests.post(f"{system.issuer}/explore/api/faults/rotate-keys", json={}, timeout=60).raise_for_status()

    with ThreadPoolExecutor() as beside:
        rotating = beside.submit(rotate)
        while not rotating.done():
            assert visit(app, browser=browser)["name"] == "Alice Liddell"
        rotating.result()
    assert visit(app, browser=browser)["name"] == "Alice Liddell"
