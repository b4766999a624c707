//! Files without fault: what they mean.

use std::path::Path;

use countersign_engine::{
    policy::TokenFormat,
    records::{ClientKeys, ClientKind, Pkce},
};
use countersign_jose::Algorithm;
use countersign_protocol::{HandleHash, Timestamp, Ttl};

use super::{lines, parse, parse_in};
use crate::{
    config::{
        Config, LogFormat, StaticPassword,
        section::{Form, Unset},
        top::TOP,
    },
    realm::Registration,
};

const MINIMAL: &str = "issuer = \"http://localhost:8080\"\n";
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

#[test]
fn the_example_has_no_fault() {
    assert_eq!(lines(parse(Config::example())), Vec::<String>::new());
    let config = parse(Config::example()).unwrap();
    let ids: Vec<String> = config.static_clients(NOW).iter().map(|client| client.id.to_string()).collect();
    assert_eq!(ids, ["shop", "files", "files-cli", "admin-api"]);
    assert_eq!(config.warnings(), Vec::<String>::new());
}

/// What is commented out in the example are the defaults, and switching them on changes nothing.
#[test]
fn the_defaults_that_the_example_shows_are_the_defaults() {
    let is_key = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let is_setting = |rest: &&str| rest.split_once(" = ").is_some_and(|(key, _)| is_key(key));
    let setting = |line: &str| line.strip_prefix("# ").filter(is_setting).map(str::to_owned);
    let tls = |line: &str| line.contains("cert =") || line.contains("key = \"privkey");
    let lines = Config::example().lines().filter(|line| !tls(line));
    let all: Vec<String> = lines.map(|line| setting(line).unwrap_or_else(|| line.to_owned())).collect();
    assert_eq!(format!("{:?}", parse(&all.join("\n"))), format!("{:?}", parse(Config::example())));
}

#[test]
fn the_defaults_that_the_manual_names_are_the_defaults() {
    let mut text = MINIMAL.to_owned();
    for key in TOP.keys {
        if let Unset::Value(value) = key.default {
            text.extend([key.name, " = ", value, "\n"]);
        }
    }
    for key in TOP.keys {
        let Form::Table(section) = key.form else { continue };
        let defaults = section.keys.iter().filter_map(|key| match key.default {
            Unset::Value(value) => Some(format!("{} = {value}\n", key.name)),
            _ => None,
        });
        let defaults: String = defaults.collect();
        if !defaults.is_empty() {
            text.extend([section.header, "\n", &defaults]);
        }
    }
    assert!(text.contains("refresh_idle = \"30d\""));
    assert_eq!(format!("{:?}", parse(&text).unwrap()), format!("{:?}", parse(MINIMAL).unwrap()));
}

#[test]
fn lifetimes_are_seconds_or_text_with_a_unit() {
    let text =
        "[tokens]\naccess = 120\ncode = \"30s\"\nsession = \"8h\"\nrefresh_idle = \"7d\"\nrefresh_max = 0x4f1a00";
    let ttl = parse(&format!("{MINIMAL}{text}")).unwrap().policy().ttl;
    assert_eq!((ttl.access, ttl.code), (Ttl::minutes(2), Ttl::secs(30)));
    assert_eq!((ttl.session, ttl.refresh_idle, ttl.refresh_max), (Ttl::secs(28_800), Ttl::days(7), Ttl::days(60)));
}

#[test]
fn the_issuer_is_kept_byte_for_byte() {
    for issuer in ["http://localhost:8080", "http://127.0.0.1:8080/", "http://[::1]"] {
        assert_eq!(parse(&format!("issuer = \"{issuer}\"")).unwrap().issuer(), issuer);
    }
    let proxied = "\n[proxies]\ntrusted = [\"10.0.0.0/8\"]";
    for issuer in ["https://login.example", "https://login.example/", "https://example.com:8443/auth/"] {
        assert_eq!(parse(&format!("issuer = \"{issuer}\"{proxied}")).unwrap().issuer(), issuer);
    }
}

#[test]
fn scopes_of_openid_connect_are_there_and_may_change_their_words() {
    let text = format!(
        "{MINIMAL}[[scopes]]\nscope = \"email\"\ntitle = \"Write to you\"\n\
         [[scopes]]\nscope = \"read:files\"\ntitle = \"See your files\"\ndescription = \"All of them.\"\nrequired = true"
    );
    let scopes = parse(&text).unwrap().policy().scopes;
    let names: Vec<&str> = scopes.iter().map(|info| info.scope.as_str()).collect();
    assert_eq!(names, ["openid", "profile", "email", "address", "phone", "offline_access", "read:files"]);
    assert_eq!(scopes[2].title, "Write to you");
    assert!(scopes[2].description.contains("confirmed"), "what the file does not say stays");
    let required: Vec<&str> = scopes.iter().filter(|info| info.required).map(|info| info.scope.as_str()).collect();
    assert_eq!(required, ["openid", "read:files"]);
}

#[test]
fn resources_choose_the_form_of_their_tokens() {
    let config = parse(&format!(
        "{MINIMAL}default_resource = \"urn:example:api\"\n[[resources]]\nuri = \"urn:example:api\"\nalg = \"EdDSA\"\n\
         [[resources]]\nuri = \"https://b.example/\"\ntoken = \"opaque\"\nintrospectors = [\"b\"]"
    ));
    let policy = config.unwrap().policy();
    assert_eq!(policy.resources[0].format, TokenFormat::Jwt(Algorithm::EdDSA));
    assert_eq!(policy.resources[1].format, TokenFormat::Opaque);
    assert_eq!(policy.default_resource.as_deref(), Some("urn:example:api"));
}

#[test]
fn a_client_keeps_several_secrets_from_files_and_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "a secret of more than thirty-two characters";
    super::files::write(folder.path(), "shop.secret", &format!("{secret}\n"), 0o640);
    let hash = HandleHash::of("another");
    let text = format!(
        "{MINIMAL}[[clients]]\nclient_id = \"shop\"\nredirect_uris = [\"https://shop.example/cb\"]\n\
         client_secret_file = \"shop.secret\"\npkce = \"optional\"\nconsent = \"implied\"\nenabled = false\n\
         [[clients.secrets]]\nname = \"old\"\nhash = \"{}\"\nexpires = 2027-01-31T12:00:00+01:00\n\
         [[clients.secrets]]\nhash = \"{}\"\nexpires = 2027-01-31",
        hash.as_str(),
        hash.as_str()
    );
    let config = parse_in(folder.path(), &text).unwrap();
    let client = config.static_clients(NOW).remove(0);
    let ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) = &client.kind else {
        panic!("{:?}", client.kind)
    };
    assert_eq!((client.name.as_str(), client.pkce, client.enabled), ("shop.example", Pkce::Optional, false));
    assert!(client.first_party);
    assert!(secrets[0].hash.matches(&HandleHash::of(secret)) && secrets[1].hash == hash);
    let names: Vec<&str> = secrets.iter().map(|secret| secret.name.as_str()).collect();
    assert_eq!(names, ["1", "old", "3"]);
    assert_eq!(secrets[1].expires_at, Some(Timestamp::from_secs(1_801_393_200)));
    assert_eq!(secrets[2].expires_at, Some(Timestamp::from_secs(1_801_353_600)));
    assert!(secrets.iter().all(|secret| secret.created_at == NOW) && client.created_at == NOW);
}

#[test]
fn users_have_a_canonical_name_a_password_and_claims() {
    let folder = tempfile::tempdir().unwrap();
    super::files::write(folder.path(), "alice.password", "wonderland", 0o600);
    let text = format!(
        "{MINIMAL}[[scopes]]\nscope = \"staff\"\ntitle = \"t\"\ndescription = \"d\"\nclaims = [\"staff_number\"]\n\
         [[scopes]]\nscope = \"email\"\nclaims = [\"email_alias\"]\n\
         [[users]]\nusername = \" Alice \"\nsub = \"u_alice\"\npassword_file = \"alice.password\"\n\
         claims = {{ name = \"Alice\", email_verified = true, updated_at = 1_700_000_000, address.country = \"UK\", \
         birthdate = 1990-12-31, staff_number = 17, email_alias = \"a@b.example\", \"name#ja\" = \"アリス\" }}"
    );
    let config = parse_in(folder.path(), &text).unwrap();
    let [alice] = config.users() else { panic!("{:?}", config.users()) };
    assert_eq!((alice.username.as_str(), alice.subject.as_ref().unwrap().as_str()), ("alice", "u_alice"));
    assert!(matches!(&alice.password, StaticPassword::Clear(secret) if secret.expose() == "wonderland"));
    assert_eq!(alice.claims["address"]["country"], "UK");
    assert_eq!(alice.claims["updated_at"], 1_700_000_000);
    assert_eq!((&alice.claims["birthdate"], &alice.claims["staff_number"]), (&"1990-12-31".into(), &17.into()));
    let opened = |scope: &str| {
        let scopes = config.policy().scopes;
        scopes.into_iter().find(|info| info.scope.as_str() == scope).unwrap().claims
    };
    assert_eq!(opened("staff"), ["staff_number"]);
    assert_eq!(opened("email"), ["email", "email_verified", "email_alias"]);
    assert_eq!(opened("address"), ["address"]);
    assert!(!format!("{config:?}").contains("wonderland"));
}

#[test]
fn everything_unsafe_is_said_loudly() {
    let config = parse(&format!(
        "{MINIMAL}[registration]\nmode = \"open\"\npkce = \"optional\"\nhttp_on_loopback = true\n\
         unsigned_request_objects = true\n[sign_in]\nfailures_per_account = 1000\n[log]\nformat = \"json\"\n\
         [[clients]]\nclient_id = \"old\"\nredirect_uris = [\"https://old.example/cb\"]\npkce = \"optional\"\n\
         client_secret_hash = \"{}\"\n[[users]]\nusername = \"a\"\npassword_hash = \"{}\"",
        HandleHash::of("x").as_str(),
        crate::passwords::hash(&countersign_protocol::Secret::new("x"), [7; 16]).unwrap(),
    ));
    let config = config.unwrap();
    assert_eq!(
        config.warnings(),
        [
            "the issuer http://localhost:8080 is not https: good for this machine only",
            "registration is open: anybody may register a client, under any name",
            "pkce is optional for confidential clients that register themselves: a stolen code is as good as their \
             secret is badly kept",
            "registration.unsigned_request_objects: request objects need no signature",
            "registration.http_on_loopback: web apps may have plain http addresses on loopback",
            "the limits of sign_in are so loose that passwords can be guessed",
            "pkce is optional for the client old: a stolen code is as good as its secret is badly kept",
            "accounts come from the configuration file (1): good for test beds only",
        ]
    );
    assert_eq!(config.log().format, LogFormat::Json);
    let config = parse(
        "issuer = \"https://a.example\"\nlisten = \"0.0.0.0:80\"\nproxies.trusted = [\"10.0.0.1\"]\n\
                        [keys]\npublish_before = \"4m\"",
    );
    assert_eq!(
        config.unwrap().warnings(),
        [
            "plain http on 0.0.0.0:80: nobody but the proxy that ends TLS should be able to reach this address",
            "keys.publish_before is shorter than five minutes: verifiers that do not look at Cache-Control refuse tokens \
             after each rotation",
        ]
    );
}

#[test]
fn what_is_said_of_registration_and_requests_counts() {
    let usual = parse(MINIMAL).unwrap().policy();
    let text = "strict_request_objects = true\n[sign_in]\nsign_up = true\n[registration]\nunused = \"10m\"\nidle = \"7d\"\n\
                per_network = 3\ntotal = 5\nrotate_access_tokens = true\npkce = \"optional\"";
    let policy = parse(&format!("{MINIMAL}{text}")).unwrap().policy();
    assert!(policy.strict_request_objects && policy.sign_up);
    assert!(!usual.strict_request_objects && !usual.sign_up);
    let told = policy.registration;
    assert_eq!((told.unused, told.idle), (Ttl::minutes(10), Ttl::days(7)));
    assert_eq!((told.per_network, told.total), (3, 5));
    assert_eq!((told.rotate_access_tokens, told.pkce), (true, Pkce::Optional));
}

#[test]
fn clients_are_told_trace_ids_unless_the_file_says_otherwise() {
    for (text, told) in [("", true), ("[log]\ntrace_id_at_clients = false", false)] {
        let config = parse(&format!("{MINIMAL}{text}")).unwrap();
        assert_eq!(config.settings().trace_id_at_clients, told);
    }
}

#[test]
fn the_test_bed_is_on_loopback_and_open() {
    let config = Config::dev(4000, Path::new("data"));
    assert_eq!((config.issuer(), config.listen().to_string().as_str()), ("http://localhost:4000", "127.0.0.1:4000"));
    assert_eq!(config.policy().default_resource.as_deref(), Some("http://localhost:4003"));
    assert!(config.policy().loopback_test_bed && config.policy().all_scopes().contains("read:files"));
    assert_eq!(config.settings().registration, Registration::Open);
    assert_eq!(config.store_path(), Path::new("data/countersign.db"));
}
