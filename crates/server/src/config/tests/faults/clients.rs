//! What is wrong with clients.

use countersign_engine::registration::rules;
use countersign_jose::JwkSet;

use super::{LOCAL, faults};

/// A public key, in TOML.
const EC: &str = "{ kty = \"EC\", crv = \"P-256\", x = \"tOyDRcoxd64RuUqyPXlfm86VfTcsUjhSvOZViG3DaDg\", \
                  y = \"LQVeYNK1kBJFFJEC0XAFR4F3opMXRoEHfUVhDWwZ7ws\" }";

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
fn keys_of_a_client_come_from_one_place() {
    let client = "[[clients]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.example\"]\n\
                  token_endpoint_auth_method = \"private_key_jwt\"\njwks_uri = \"https://a.example/jwks\"";
    assert_eq!(faults(&format!("{LOCAL}{client}")), [""; 0]);
    let both = faults(&format!("{LOCAL}{client}\njwks = {{ keys = [{EC}] }}"));
    let rule = rules::KEYS_ONE_SOURCE.explain.trim_end_matches('.');
    assert!(both.len() == 1 && both[0].starts_with(&format!("line 6: clients[0].jwks_uri: {rule}")), "{both:?}");
}
