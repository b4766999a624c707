//! Bad files and what is said about them, to the letter.

use countersign_engine::registration::rules;
use countersign_jose::JwkSet;

use super::faults;

const LOCAL: &str = "issuer = \"http://localhost:8080\"\n";

/// A public key, in TOML.
const EC: &str = "{ kty = \"EC\", crv = \"P-256\", x = \"tOyDRcoxd64RuUqyPXlfm86VfTcsUjhSvOZViG3DaDg\", \
                  y = \"LQVeYNK1kBJFFJEC0XAFR4F3opMXRoEHfUVhDWwZ7ws\" }";

/// Each: what follows the issuer, from line 2 on, and the faults.
fn check(table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        assert_eq!(faults(&format!("{LOCAL}{text}")), *expected, "{text}");
    }
}

#[test]
fn unknown_keys_are_refused_with_the_one_that_was_meant() {
    check(&[
        ("isuer = 1", &["line 2: isuer: unknown key; did you mean `issuer`?"]),
        ("[token]\naccess = 5", &["line 2: token: unknown key; did you mean `tokens`?"]),
        ("[tokens]\naccesss = \"5m\"", &["line 3: tokens.accesss: unknown key; did you mean `access`?"]),
        (
            "[log]\nverbose = true",
            &["line 3: log.verbose: unknown key; expected one of format, level, trace_id_at_clients"],
        ),
        (
            "[[clients]]\nid = \"a\"\nname = \"b\"\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\n\
          redirect_uri = \"https://a.example\"\nredirect_uris = [\"https://a.example\"]",
            &[
                "line 3: clients[0].id: unknown key; expected client_id",
                "line 4: clients[0].name: unknown key; expected client_name",
                "line 7: clients[0].redirect_uri: unknown key; did you mean `redirect_uris`?",
            ],
        ),
    ]);
}

#[test]
fn all_faults_are_reported_together_in_the_order_of_the_file() {
    let text = "listen = \"8080\"\nname = \"\"\n\
                [tokens]\naccess = true\ncode = \"1h\"\nsession = -1\nid_token = \"5 minutes\"\n\
                [sign_in]\nfailures_per_account = 0\nfailures_per_network = 1.5\n\
                [registration]\nmode = \"opened\"\n\
                [log]\nlevel = [\"info\"]\n";
    assert_eq!(
        faults(text),
        [
            "line 1: listen: expected an address with a port, such as \"127.0.0.1:8080\" or \"[::]:8443\", got \"8080\"",
            "line 2: name: expected 1 to 100 characters without control characters, got \"\"",
            "line 4: tokens.access: expected a duration from 1s to 1d, such as \"90s\", \"5m\", \"12h\" or \"30d\", got true",
            "line 5: tokens.code: expected a duration from 1s to 10m, such as \"90s\", \"5m\", \"12h\" or \"30d\", got \"1h\"",
            "line 6: tokens.session: expected a duration from 1m to 400d, such as \"90s\", \"5m\", \"12h\" or \"30d\", got -1",
            "line 7: tokens.id_token: expected a duration from 1s to 1d, such as \"90s\", \"5m\", \"12h\" or \"30d\", got \"5 minutes\"",
            "line 9: sign_in.failures_per_account: expected a whole number from 1 to 1000000, got 0",
            "line 10: sign_in.failures_per_network: expected a whole number from 1 to 1000000, got 1.5",
            "line 12: registration.mode: expected one of \"closed\", \"initial-access\", \"open\", got \"opened\"",
            "line 14: log.level: expected one of \"error\", \"warn\", \"info\", \"debug\", \"trace\", got a list",
            "issuer: missing; expected an https URL without query or fragment, such as \"https://login.example.com\"",
        ]
    );
}

#[test]
fn broken_toml_is_shown_with_its_line() {
    assert_eq!(
        faults("issuer = \"http://localhost\"\nname = \nlisten = \"127.0.0.1:1\"\nlisten = 2\n"),
        ["line 2: not TOML: string values must be quoted, expected literal string", "line 4: not TOML: duplicate key",]
    );
}

#[test]
fn an_issuer_is_an_address_that_browsers_write_the_same_way() {
    let expected = "expected an https URL without query or fragment, such as \"https://login.example.com\"";
    let otherwise = "browsers write this address otherwise; expected";
    let table = [
        ("login.example.com", format!("{expected}, got \"login.example.com\"")),
        ("ftp://login.example.com", format!("{expected}, got \"ftp://login.example.com\"")),
        ("https://login.example.com/?a", format!("{expected}, got \"https://login.example.com/?a\"")),
        ("https://login.example.com#a", format!("{expected}, got \"https://login.example.com#a\"")),
        ("https://a:b@login.example.com", format!("{expected}, got \"https://a:b@login.example.com\"")),
        (
            "https://Login.example.com",
            format!("{otherwise} \"https://login.example.com\", got \"https://Login.example.com\""),
        ),
        ("https://a.example:443", format!("{otherwise} \"https://a.example\", got \"https://a.example:443\"")),
        ("https://a.example/b/../c", format!("{otherwise} \"https://a.example/c\", got \"https://a.example/b/../c\"")),
        (
            "http://login.example.com",
            "http is for localhost, 127.0.0.1 and [::1] only; expected https, got \"http://login.example.com\""
                .to_owned(),
        ),
        (
            "http://localhost.example.com",
            "http is for localhost, 127.0.0.1 and [::1] only; expected https, got \"http://localhost.example.com\""
                .to_owned(),
        ),
    ];
    for (issuer, why) in table {
        assert_eq!(faults(&format!("issuer = \"{issuer}\"")), [format!("line 1: issuer: {why}")], "{issuer}");
    }
}

#[test]
fn https_is_never_promised_over_plain_http_by_accident() {
    let issuer = "line 1: issuer: ";
    let table = [
        (
            "issuer = \"https://a.example\"",
            "an https issuer needs [tls] with cert and key or, if a proxy ends TLS, [proxies] with its address in trusted",
        ),
        (
            "issuer = \"http://localhost:8080\"\nlisten = \"0.0.0.0:80\"",
            "an http issuer may listen on loopback only, not on 0.0.0.0:80; use https",
        ),
        (
            "issuer = \"http://localhost/auth\"",
            "an issuer with a path needs a proxy that takes the path off, with its address in trusted of [proxies]",
        ),
    ];
    for (text, why) in table {
        assert_eq!(faults(text), [format!("{issuer}{why}")], "{text}");
    }
    let seen = faults(&format!("{LOCAL}[tls]\ncert = \"no.pem\"\nkey = \"no.pem\""));
    assert_eq!(seen[0], "line 1: issuer: with [tls] the issuer begins with https://");
    assert_eq!(
        faults("issuer = \"https://a.example\"\n[tls]"),
        [
            "line 2: tls.cert: missing; expected the path of a file",
            "line 2: tls.key: missing; expected the path of a file that only its owner and group may read",
        ]
    );
}

#[test]
fn proxies_are_named_blocks_and_not_everybody() {
    let form = "expected an address or a block of addresses, such as \"10.0.0.0/8\" or \"::1\", got";
    let everybody =
        "this trusts everybody, so that anybody may choose whose sign-ins fail; name the proxy's own address";
    let seen = faults(
        "issuer = \"https://a.example\"\n[proxies]\ntrusted = [\"10.0.0.0/8\", \"proxy\",\n \"10.0.0.0/33\", 5, \"::/0\"]",
    );
    assert_eq!(
        seen,
        [
            format!("line 3: proxies.trusted[1]: {form} \"proxy\""),
            format!("line 4: proxies.trusted[2]: {form} \"10.0.0.0/33\""),
            "line 4: proxies.trusted[3]: expected text, got 5".to_owned(),
            format!("line 4: proxies.trusted[4]: {everybody}"),
        ]
    );
}

#[test]
fn lifetimes_fit_each_other_and_the_keys() {
    check(&[
        (
            "[tokens]\nrefresh_idle = \"400d\"",
            &["line 3: tokens.refresh_idle: expected at most refresh_max, which is \"365d\", got \"400d\""],
        ),
        (
            "[tokens]\naccess = \"1d\"\n[keys]\npublish_after = \"12h\"\npublish_before = \"1s\"",
            &[
                "line 5: keys.publish_after: expected at least \"1d\", as long as the tokens live that it signed, got \"12h\"",
                "line 6: keys.publish_before: expected a duration from 2s to 365d, such as \"90s\", \"5m\", \"12h\" or \
             \"30d\", got \"1s\"",
            ],
        ),
        (
            "[keys]\nsign_for = \"1d\"",
            &["line 2: keys.publish_before: expected at most sign_for, which is \"1d\", got \"7d\""],
        ),
        (
            "[keys]\nsign_for = \"3s\"\npublish_before = \"3s\"",
            &["line 2: keys.publish_after: expected at most 16 times sign_for, which is \"3s\", got \"2d\""],
        ),
    ]);
}

#[test]
fn scopes_and_resources_are_whole_and_there_once() {
    check(&[
        (
            "[[scopes]]\nscope = \"read:files\"\n[[scopes]]\nscope = \"a b\"\ntitle = \"x\"\n[[scopes]]\nscope = \"email\"\n\
          [[scopes]]\nscope = \"email\"\n[[scopes]]\nscope = \"openid\"\nrequired = false",
            &[
                "line 2: scopes[0].title: missing; expected a few plain words, for the consent page",
                "line 2: scopes[0].description: missing; expected a plain sentence, for the consent page",
                "line 5: scopes[1].scope: expected a scope: printable ASCII without spaces, quotes and backslashes, such as \
             \"read:files\", got \"a b\"",
                "line 10: scopes[3].scope: \"email\" is there twice",
                "line 13: scopes[4].required: openid can't be unticked: without it there is no sign-in",
            ],
        ),
        (
            "default_resource = \"https://api.example/\"\n[[resources]]\nuri = \"https://api.example\"\ntoken = \"opaque\"\n\
          alg = \"ES256\"\n[[resources]]\nuri = \"/api\"\nalg = \"HS256\"\n[[resources]]\nuri = \"https://api.example\"\n\
          introspectors = [\"\"]",
            &[
                "line 2: default_resource: expected the uri of one of the resources, got \"https://api.example/\"; did you \
             mean \"https://api.example\"?",
                "line 3: resources[0].introspectors: an opaque token needs at least one: the client as which the resource \
             server asks",
                "line 6: resources[0].alg: an opaque token is not signed; leave alg out",
                "line 8: resources[1].uri: expected an absolute URI without fragment, such as \"https://api.example.com\", \
             got \"/api\"",
                "line 9: resources[1].alg: expected one of \"ES256\", \"ES384\", \"RS256\", \"PS256\", \"EdDSA\", got \"HS256\"",
                "line 11: resources[2].uri: \"https://api.example\" is there twice",
                "line 12: resources[2].introspectors[0]: expected a client_id, got \"\"",
            ],
        ),
        (
            "[[clients]]\nclient_id = \"a\"\napplication_type = 5\nclient_name = [1]\nredirect_uris = [7]\n\
             token_endpoint_auth_method = \"none\"",
            &[
                "line 4: clients[0].application_type: expected web or native, got 5",
                "line 5: clients[0].client_name: expected a name, got a list",
                "line 6: clients[0].redirect_uris[0]: expected text, got 7",
            ],
        ),
        (
            "clients = 5\nusers = [1]\n[scopes]\nx = 1",
            &[
                "line 2: clients: expected tables, [[clients]], got 5",
                "line 3: users[0]: expected a table, [[users]], got 1",
                "line 4: scopes: expected tables, [[scopes]], got a table",
            ],
        ),
    ]);
}

#[test]
fn every_fault_of_a_client_shows_at_its_own_line() {
    let text = "[[clients]]\nclient_id = \"u_x\"\nclient_name = \"a\\tb\"\napplication_type = \"desktop\"\n\
                redirect_uris = [\n\"https://a.example\",\n\"http://a.example\",\n\"http://localhost\",\n\"/x\"]\n\
                grant_types = [\"authorization_code\", \"implicit\"]\nresponse_types = [\"token\"]\n\
                token_endpoint_auth_method = \"client_secret_jwt\"\nscope = \"openid emial read:x\"\n\
                id_token_signed_response_alg = \"none\"\ndefault_max_age = -1\nclient_uri = \"javascript:alert(1)\"\n\
                jwks = 5\nenabled = \"yes\"\npkce = \"plain\"";
    let [uri, grants, links, name, algorithm] =
        [&rules::REDIRECT_URIS, &rules::GRANT_TYPES, &rules::LINKS, &rules::NAME, &rules::ALGORITHM]
            .map(|rule| rule.explain.trim_end_matches('.'));
    let keys = JwkSet::parse(b"5").unwrap_err();
    assert_eq!(faults(&format!("{LOCAL}{text}")), [
        "line 3: clients[0].client_id: expected 1 to 512 characters of printable ASCII that don't begin with \"u_\", \
         got \"u_x\"".to_owned(),
        format!("line 4: clients[0].client_name: {name}, got \"a\\tb\""),
        "line 5: clients[0].application_type: application_type must be web or native, got \"desktop\"".to_owned(),
        format!("line 8: clients[0].redirect_uris[1]: {uri}; http://a.example: http is for loopback addresses only \
                 (127.0.0.1, [::1], localhost); use https"),
        format!("line 9: clients[0].redirect_uris[2]: {uri}; http://localhost: loopback addresses and private-use \
                 schemes need application_type native"),
        format!("line 10: clients[0].redirect_uris[3]: {uri}; /x: must be absolute: begin with a scheme such as https:"),
        format!("line 11: clients[0].grant_types[1]: {grants}, got \"implicit\""),
        "line 12: clients[0].response_types[0]: response_types may hold code only, got \"token\"".to_owned(),
        "line 13: clients[0].token_endpoint_auth_method: token_endpoint_auth_method must be none, client_secret_basic, \
         client_secret_post or private_key_jwt, got \"client_secret_jwt\"".to_owned(),
        "line 14: clients[0].scope: the scope \"emial\" is not offered; did you mean email?".to_owned(),
        "line 14: clients[0].scope: the scope \"read:x\" is not offered".to_owned(),
        format!("line 15: clients[0].id_token_signed_response_alg: {algorithm}, got \"none\""),
        "line 16: clients[0].default_max_age: expected a whole number from 0 to 4294967295, got -1".to_owned(),
        format!("line 17: clients[0].client_uri: {links}, got \"javascript:alert(1)\""),
        format!("line 18: clients[0].jwks: {keys}"),
        "line 19: clients[0].enabled: expected true or false, got \"yes\"".to_owned(),
        "line 20: clients[0].pkce: expected one of \"required\", \"optional\", got \"plain\"".to_owned(),
    ]);
}

#[test]
fn what_is_encrypted_for_a_client_needs_a_key_and_an_algorithm() {
    let [encryption, whole, key] = [&rules::ENCRYPTION, &rules::ENCRYPTION_WHOLE, &rules::ENCRYPTION_KEY]
        .map(|rule| rule.explain.trim_end_matches('.'));
    let client = "[[clients]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.example\"]\n\
                  client_secret_hash = \"tvnyz7S5AXBXX5UWjhve1M1xcoL7kBWsmypYjFOuTo0\"";
    let table = [
        (
            "id_token_encrypted_response_alg = \"RSA1_5\"\nuserinfo_encrypted_response_enc = \"x\"".to_owned(),
            vec![
                format!(
                    "line 2: clients[0].userinfo_encrypted_response_alg: {whole}; there is no \
                     userinfo_encrypted_response_alg"
                ),
                format!("line 6: clients[0].id_token_encrypted_response_alg: {encryption}, got \"RSA1_5\""),
            ],
        ),
        (
            "id_token_encrypted_response_alg = \"ECDH-ES\"\nid_token_encrypted_response_enc = \"A128GCM\"".to_owned(),
            vec![format!("line 2: clients[0].jwks: {key}; there are no keys")],
        ),
        (format!("userinfo_encrypted_response_alg = \"ECDH-ES\"\njwks = {{ keys = [{EC}] }}"), Vec::new()),
        (format!("jwks = {{ keys = [{EC}] }}"), Vec::new()),
    ];
    for (text, expected) in table {
        assert_eq!(faults(&format!("{LOCAL}{client}\n{text}")), expected, "{text}");
    }
}

#[test]
fn addresses_for_logout_are_safe_and_those_of_frames_the_clients_own() {
    let client = "[[clients]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.example/cb\"]\n\
                  client_secret_hash = \"tvnyz7S5AXBXX5UWjhve1M1xcoL7kBWsmypYjFOuTo0\"";
    let [unsafe_one, foreign] =
        [&rules::LOGOUT_URI, &rules::FRONTCHANNEL_ORIGIN].map(|rule| rule.explain.trim_end_matches('.'));
    let table = [
        (
            "backchannel_logout_uri = \"https://b.example/out\"\nfrontchannel_logout_uri = \"https://a.example/out\"\n\
             backchannel_logout_session_required = true\nfrontchannel_logout_session_required = true",
            Vec::new(),
        ),
        (
            "backchannel_logout_uri = \"ftp://b.example\"\nfrontchannel_logout_uri = \"https://b.example/out\"\n\
             backchannel_logout_session_required = \"yes\"",
            vec![
                format!("line 6: clients[0].backchannel_logout_uri: {unsafe_one}; got ftp://b.example"),
                format!("line 7: clients[0].frontchannel_logout_uri: {foreign}"),
                "line 8: clients[0].backchannel_logout_session_required: expected true or false, got \"yes\""
                    .to_owned(),
            ],
        ),
    ];
    for (text, expected) in table {
        assert_eq!(faults(&format!("{LOCAL}{client}\n{text}")), expected, "{text}");
    }
}

#[test]
fn what_a_client_is_has_to_fit_together() {
    let missing = "missing; expected client_secret_file, client_secret_hash or [[clients.secrets]], or \
                   token_endpoint_auth_method = \"none\" for an app that can't keep a secret";
    let uri = "redirect_uris = [\"https://a.example\"]";
    let hash = "tvnyz7S5AXBXX5UWjhve1M1xcoL7kBWsmypYjFOuTo0";
    let table = [
        (
            "client_id = \"a\"".to_owned(),
            vec![
                "line 2: clients[0].redirect_uris: A client that uses authorization_code must register at least one \
                 redirect URI"
                    .to_owned(),
                format!("line 2: clients[0].client_secret_file: {missing}"),
            ],
        ),
        (
            "client_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\ngrant_types = [\"client_credentials\"]".to_owned(),
            vec![
                "line 5: clients[0].grant_types: A public client (token_endpoint_auth_method none) can't use \
                 client_credentials"
                    .to_owned(),
            ],
        ),
        (
            "client_id = \"a\"\ntoken_endpoint_auth_method = \"private_key_jwt\"".to_owned(),
            vec![
                "line 2: clients[0].redirect_uris: A client that uses authorization_code must register at least one \
                 redirect URI"
                    .to_owned(),
                format!("line 2: clients[0].jwks: {}; there are none", rules::KEYS.explain.trim_end_matches('.')),
            ],
        ),
        (
            format!("client_id = \"a\"\n{uri}\ntoken_endpoint_auth_method = \"none\"\npkce = \"optional\"\nclient_secret_hash = \"{hash}\""),
            vec![
                "line 6: clients[0].pkce: a public client must use PKCE: it has nothing else that a thief of codes lacks"
                    .to_owned(),
                "line 7: clients[0].client_secret_hash: a public client has no secret; leave this out, or choose \
                 client_secret_basic"
                    .to_owned(),
            ],
        ),
        (
            format!("client_id = \"a\"\n{uri}\nclient_secret_hash = \"{hash}\"\n[[clients]]\nclient_id = \"a\"\n{uri}\nclient_secret_hash = \"{hash}\""),
            vec!["line 7: clients[1].client_id: \"a\" is there twice".to_owned()],
        ),
    ];
    for (text, expected) in table {
        assert_eq!(faults(&format!("{LOCAL}[[clients]]\n{text}")), expected, "{text}");
    }
}

#[test]
fn secrets_stand_elsewhere_and_are_never_repeated() {
    let inline = "a secret must not stand in this file, which people copy and send around; put it into a file of its \
                  own, or its hash here";
    let secret = "correct-horse-battery-staple-1234567890";
    let text = format!(
        "{LOCAL}[[clients]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.example\"]\nclient_secret = \"{secret}\"\n\
         client_secret_hash = \"{secret}\"\n\
         [[clients.secrets]]\nsecret = \"{secret}\"\n[[clients.secrets]]\nfile = \"a\"\nhash = \"{secret}\"\n\
         [[clients.secrets]]\nhash = \"tvnyz7S5AXBXX5UWjhve1M1xcoL7kBWsmypYjFOuTo0\"\nexpires = \"tomorrow\"\n\
         [[users]]\nusername = \"a\"\npassword = \"{secret}\"\npassword_hash = \"{secret}\""
    );
    let seen = faults(&text);
    assert_eq!(seen, [
        format!("line 5: clients[0].client_secret: {inline}"),
        "line 6: clients[0].client_secret_hash: expected the SHA-256 of a secret in base64url, 43 characters".to_owned(),
        "line 7: clients[0].secrets[0].file: missing; expected file or hash".to_owned(),
        format!("line 8: clients[0].secrets[0].secret: {inline}"),
        "line 11: clients[0].secrets[1].hash: file is there as well; keep one of them".to_owned(),
        "line 14: clients[0].secrets[2].expires: expected a date such as 2027-01-31, or 2027-01-31T12:00:00Z, got \
         \"tomorrow\"".to_owned(),
        "line 17: users[0].password: a password must not stand in this file, which people copy and send around; use \
         password_file or password_hash".to_owned(),
        "line 18: users[0].password_hash: expected an argon2id hash in PHC form, $argon2id$v=19$…".to_owned(),
    ]);
    assert!(!seen.concat().contains(secret));
}

#[test]
fn six_secrets_are_one_too_many() {
    let one = "[[clients.secrets]]\nhash = \"tvnyz7S5AXBXX5UWjhve1M1xcoL7kBWsmypYjFOuTo0\"\n";
    let text =
        format!("{LOCAL}[[clients]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.example\"]\n{}", one.repeat(6));
    assert_eq!(faults(&text), ["line 5: clients[0].secrets: expected 5 at most, got 6"]);
}

#[test]
fn users_are_whole_and_there_once() {
    check(&[(
        "[[users]]\nusername = \"Bob\"\nclaims = { sub = \"x\" }\n[[users]]\nusername = \"\"\nsub = \"bob\"\n\
              claims = \"x\"\npassword_hash = \"$argon2id$v=19\"\npassword_file = \"p\"",
        &[
            "line 2: users[0].password_file: missing; expected password_file or password_hash",
            "line 4: users[0].claims.sub: sub is not a claim to choose here; it is a key of [[users]]",
            "line 6: users[1].username: expected 1 to 256 characters without control characters, got \"\"",
            "line 7: users[1].sub: expected an identifier that begins with \"u_\", got \"bob\"",
            "line 8: users[1].claims: expected a table of claims, such as { name = \"Alice\", email = \"alice@example.com\" }, \
         got \"x\"",
            "line 10: users[1].password_file: password_hash is there as well; keep one of them",
        ],
    )]);
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$Y291bnRlcnNpZ24gbm9ib2R5$1Yt6yQ0H0pVQ2cYVxvVdC6mL1Zt4m3dUuU5f2c1nq1A";
    let one = |name: &str| format!("[[users]]\nusername = \"{name}\"\nsub = \"u_1\"\npassword_hash = \"{hash}\"\n");
    assert_eq!(
        faults(&format!("{LOCAL}{}{}", one("Bob"), one(" bob"))),
        ["line 7: users[1].username: \"bob\" is there twice", "line 8: users[1].sub: this subject is there twice",]
    );
}

#[test]
fn subjects_and_classes_of_a_client_are_checked_as_registration_does() {
    let client = |more: &str| {
        let uris = "[\"https://a.example/cb\", \"https://b.example/cb\"]";
        format!(
            "{LOCAL}[[clients]]\nclient_id = \"a\"\nredirect_uris = {uris}\ntoken_endpoint_auth_method = \"none\"\n{more}"
        )
    };
    let rule = |rule: &countersign_protocol::Rule| rule.explain.trim_end_matches('.').to_owned();
    assert_eq!(
        faults(&client(
            "subject_type = \"Pairwise\"\nsector_identifier_uri = \"http://s.example\"\nrequire_auth_time = 1\n\
             default_acr_values = [\"a b\"]"
        )),
        [
            format!("line 6: clients[0].subject_type: {}; got Pairwise", rule(&rules::SUBJECT_TYPE)),
            format!("line 7: clients[0].sector_identifier_uri: {}, got \"http://s.example\"", rule(&rules::SECTOR_URI)),
            "line 8: clients[0].require_auth_time: expected true or false, got 1".to_owned(),
            format!("line 9: clients[0].default_acr_values[0]: {}, got \"a b\"", rule(&rules::DEFAULT_ACR_VALUES)),
        ]
    );
    let several = format!("line 6: clients[0].subject_type: {}", rule(&rules::SECTOR_KNOWN));
    assert_eq!(faults(&client("subject_type = \"pairwise\"")), [several]);
    let sector = "subject_type = \"pairwise\"\nsector_identifier_uri = \"https://s.example/list.json\"";
    assert_eq!(faults(&client(sector)), [""; 0]);
}

#[test]
fn claims_have_their_form_and_a_scope_that_opens_them() {
    let claims = "emial = \"a@example.com\"\nemail_verified = \"yes\"\naddress = \"Wien\"\nbirthdate = 1990-12-31\n\
                  updated_at = 2026-01-01\n\"name#ja\" = \"\"\nshoe_size = 43\nstaff_number = 17\nacr = \"1\"";
    let text = format!(
        "{LOCAL}[[scopes]]\nscope = \"staff\"\ntitle = \"t\"\ndescription = \"d\"\n\
         claims = [\"staff_number\", \"sub\", \"a b\", \"staff_number\"]\n[[users]]\nusername = \"bob\"\n\
         password_hash = \"$argon2id$v=19$m=19456,t=2,p=1$Y291bnRlcnNpZ24gbm9ib2R5$1Yt6yQ0H0pVQ2cYVxvVdC6mL1Zt4m3dUuU5f2c1nq1A\"\n\
         [users.claims]\n{claims}"
    );
    let no_claim = "can't be a claim: tokens have it with a meaning of its own, or it is malformed";
    assert_eq!(faults(&text), [
        format!("line 6: scopes[0].claims[1]: \"sub\" {no_claim}"),
        format!("line 6: scopes[0].claims[2]: \"a b\" {no_claim}"),
        "line 6: scopes[0].claims[3]: \"staff_number\" is there twice".to_owned(),
        "line 11: users[0].claims.emial: no scope opens this claim; did you mean email?".to_owned(),
        "line 12: users[0].claims.email_verified: expected true or false, got \"yes\"".to_owned(),
        "line 13: users[0].claims.address: expected an address: some of formatted, street_address, locality, region, \
         postal_code and country, each of them text, got \"Wien\"".to_owned(),
        "line 15: users[0].claims.updated_at: expected a number of seconds since 1970, got 2026-01-01".to_owned(),
        "line 17: users[0].claims.shoe_size: no scope opens this claim; those of your own stand in claims of [[scopes]]"
            .to_owned(),
        "line 19: users[0].claims.acr: acr is not a claim about a person, or too long, got \"1\"".to_owned(),
    ]);
}

/// What a file quotes of itself in a fault is short and on one line.
#[test]
fn faults_are_one_line_each_however_long_the_value() {
    let seen =
        faults(&format!("{LOCAL}listen = \"\"\"\nx\\u0007{}\"\"\"\n\"{}\" = 1", "y".repeat(5000), "k".repeat(5000)));
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|line| line.chars().count() < 650 && !line.contains(char::is_control)), "{seen:?}");
}
