//! Bad files and what is said about them, to the letter.

mod clients;
mod users;

use super::faults;

const LOCAL: &str = "issuer = \"http://localhost:8080\"\n";

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

/// What a file quotes of itself in a fault is short and on one line.
#[test]
fn faults_are_one_line_each_however_long_the_value() {
    let seen =
        faults(&format!("{LOCAL}listen = \"\"\"\nx\\u0007{}\"\"\"\n\"{}\" = 1", "y".repeat(5000), "k".repeat(5000)));
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|line| line.chars().count() < 650 && !line.contains(char::is_control)), "{seen:?}");
}
