//! Files beside the configuration: missing, too open, too short; and the master key.

use std::path::Path;

use super::{faults_in, lines};
use crate::{
    config::{Config, MASTER_KEY_VARIABLE},
    edge::SystemEntropy,
};

const MINIMAL: &str = "issuer = \"http://localhost:8080\"\n";

/// Writes a file with that mode.
pub(super) fn write(folder: &Path, name: &str, content: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(folder.join(name), content).unwrap();
    std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
}

fn client(secret: &str) -> String {
    format!(
        "{MINIMAL}[[clients]]\nclient_id = \"shop\"\nredirect_uris = [\"https://shop.example/cb\"]\n\
         client_secret_file = \"{secret}\""
    )
}

#[test]
fn a_secret_that_is_missing_open_short_or_odd_is_named_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let long = "x".repeat(40);
    write(folder.path(), "open", &long, 0o644);
    write(folder.path(), "short", "0123456789", 0o600);
    write(folder.path(), "empty", "\n", 0o600);
    write(folder.path(), "lines", &format!("{long}\n{long}\n"), 0o600);
    write(folder.path(), "accents", &"\u{e9}".repeat(20), 0o600);
    let table = [
        ("none", format!("there is no file {}", at("none"))),
        ("open", format!("{} is open to others (mode 644); make it 600, or 640 for a group", at("open"))),
        ("short", "expected a secret of 32 to 1024 characters, got 10".to_owned()),
        ("empty", format!("{} is empty", at("empty"))),
        ("lines", format!("{} has several lines; expected one", at("lines"))),
        ("accents", "a client secret is printable ASCII".to_owned()),
        (".", format!("{} is not a file", at("."))),
        ("", "expected the path of a file that only its owner and group may read, got \"\"".to_owned()),
    ];
    for (name, why) in table {
        let expected = format!("line 5: clients[0].client_secret_file: {why}");
        assert_eq!(faults_in(folder.path(), &client(name)), [expected], "{name:?}");
    }
}

#[test]
fn tls_files_are_read_when_the_configuration_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = "issuer = \"https://login.example\"\n[tls]\ncert = \"cert.pem\"\nkey = \"key.pem\"";
    let seen = faults_in(folder.path(), text);
    assert_eq!(seen.len(), 1);
    assert!(seen[0].starts_with("line 2: tls: TLS file ") && seen[0].contains("cert.pem"), "{seen:?}");
    write(folder.path(), "cert.pem", "nothing", 0o644);
    write(folder.path(), "key.pem", "nothing", 0o644);
    let seen = faults_in(folder.path(), text);
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen[1].starts_with("line 4: tls.key: ") && seen[1].contains("is open to others"), "{seen:?}");
}

#[test]
fn a_file_of_keys_is_read_and_a_private_key_in_it_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "{MINIMAL}[[clients]]\nclient_id = \"api\"\ngrant_types = [\"client_credentials\"]\n\
         token_endpoint_auth_method = \"private_key_jwt\"\njwks_file = \"keys.json\""
    );
    write(folder.path(), "keys.json", "{\"keys\":[{\"kty\":\"EC\",\"d\":\"x\"}]}", 0o644);
    let seen = faults_in(folder.path(), &text);
    assert_eq!(seen.len(), 1);
    assert!(seen[0].starts_with("line 6: clients[0].jwks_file: key number 0 must not be published"), "{seen:?}");
    write(folder.path(), "keys.json", "{", 0o644);
    assert!(faults_in(folder.path(), &text)[0].contains("the file is not JSON: EOF"));
    write(folder.path(), "keys.json", "{\"keys\":[]}", 0o644);
    assert!(faults_in(folder.path(), &text)[0].ends_with("expected at least one public signing key"));
}

#[test]
fn the_master_key_comes_from_a_file_or_the_environment_but_not_from_both() {
    let folder = tempfile::tempdir().unwrap();
    let with = |text: &str, variable: Option<&'static str>| {
        Config::parse(text.as_bytes(), folder.path(), &|name| {
            variable.filter(|_| name == MASTER_KEY_VARIABLE).map(str::to_owned)
        })
    };
    let good = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let key = with(MINIMAL, Some(good)).unwrap().master_key(&mut SystemEntropy).unwrap();
    assert_eq!(key.text().as_str(), good);
    assert_eq!(
        lines(with(MINIMAL, Some("short"))),
        ["COUNTERSIGN_MASTER_KEY: the variable: expected 43 characters of base64url (32 bytes); make one with \
          `countersign key new-master`"]
    );
    let named = format!("{MINIMAL}[keys]\nmaster_key_file = \"my.key\"");
    assert_eq!(
        lines(with(&named, Some(good))),
        ["line 3: keys.master_key_file: COUNTERSIGN_MASTER_KEY is set as well; keep one of them"]
    );
    // Reading makes no key; starting does, and reading looks at it from then on.
    let config = with(&named, None).unwrap();
    assert!(!folder.path().join("my.key").exists());
    let made = config.master_key(&mut SystemEntropy).unwrap().text();
    assert_eq!(with(&named, None).unwrap().master_key(&mut SystemEntropy).unwrap().text(), made);
    write(folder.path(), "my.key", "x", 0o640);
    let seen = lines(with(&named, None));
    assert!(seen[0].starts_with("line 3: keys.master_key_file: ") && seen[0].contains("mode 640"), "{seen:?}");
}

#[test]
fn the_file_itself_may_be_missing_or_not_be_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countersign.toml");
    let load = || lines(Config::load(&path, &|_| None));
    assert_eq!(load(), [format!("there is no file {}", path.display())]);
    std::fs::write(&path, b"issuer = \"http://localhost\"\nname = \"\xff\"").unwrap();
    assert_eq!(load(), ["line 2: expected text in UTF-8"]);
    std::fs::write(&path, MINIMAL).unwrap();
    assert_eq!(load(), Vec::<String>::new());
    let config = Config::load(&path, &|_| None).unwrap();
    assert_eq!(config.store_path(), folder.path().join("countersign.db"));
}

#[test]
fn the_folder_of_the_database_has_to_exist() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("data");
    let seen = faults_in(folder.path(), &format!("{MINIMAL}[store]\npath = \"data/my.db\""));
    assert_eq!(seen, [format!("line 3: store.path: there is no folder {}", missing.display())]);
    let seen = faults_in(folder.path(), &format!("{MINIMAL}[store]\npath = \".\""));
    assert_eq!(
        seen,
        [format!("line 3: store.path: expected a file, but {} is a folder", folder.path().join(".").display())]
    );
}

#[test]
fn more_authorities_are_read_with_the_configuration_and_said_loudly() {
    let folder = tempfile::tempdir().unwrap();
    let pair = rcgen::generate_simple_self_signed(["app.example".to_owned()]).unwrap();
    write(folder.path(), "ca.pem", &format!("{}{}", pair.cert.pem(), pair.cert.pem()), 0o644);
    write(folder.path(), "none.pem", "no certificate", 0o644);
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    write(folder.path(), "broken.pem", broken, 0o644);
    let text = |file: &str| format!("{MINIMAL}[outbound]\nallow_special_use = true\nextra_ca = \"{file}\"");
    for (file, why) in [("none.pem", "holds no certificate"), ("broken.pem", "broken.pem: "), ("lost", "no file")] {
        let seen = faults_in(folder.path(), &text(file));
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert!(seen[0].starts_with("line 4: outbound.extra_ca: ") && seen[0].contains(why), "{seen:?}");
    }
    let config = Config::parse(text("ca.pem").as_bytes(), folder.path(), &|_| None).unwrap();
    let outbound = config.settings().outbound;
    assert_eq!((outbound.allow_special_use, outbound.extra_ca.len()), (true, 2));
    for word in ["outbound.allow_special_use is on", "outbound.extra_ca: 2 more"] {
        assert!(config.warnings().iter().any(|warning| warning.starts_with(word)), "{word}");
    }
    let config = Config::parse(MINIMAL.as_bytes(), folder.path(), &|_| None).unwrap();
    assert!(!config.settings().outbound.allow_special_use);
    assert!(!config.warnings().iter().any(|warning| warning.contains("outbound")));
}

#[test]
fn keys_of_software_statements_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let key = countersign_jose::SigningKey::generate(countersign_jose::Algorithm::ES256).unwrap();
    let keys: countersign_jose::JwkSet = [key.public_jwk().clone()].into_iter().collect();
    write(folder.path(), "keys.json", &keys.to_json(), 0o644);
    write(folder.path(), "none.json", "{\"keys\": []}", 0o644);
    let text = |file: &str| {
        let table = "[[registration.software_statements]]\nissuer = \"https://catalogue.example\"";
        format!("{MINIMAL}[registration]\nmode = \"open\"\n{table}\njwks_file = \"{file}\"")
    };
    let config = Config::parse(text("keys.json").as_bytes(), folder.path(), &|_| None).unwrap();
    let authorities = config.policy().registration.authorities;
    assert_eq!((authorities.len(), authorities[0].issuer.as_str()), (1, "https://catalogue.example"));
    assert_eq!(authorities[0].keys.keys().len(), 1);
    let seen = faults_in(folder.path(), &text("none.json"));
    let expected = "line 6: registration.software_statements[0].jwks_file: expected at least one public signing key";
    assert_eq!(seen, [expected]);
    let again =
        "[[registration.software_statements]]\nissuer = \"https://catalogue.example\"\njwks_file = \"keys.json\"";
    let seen = faults_in(folder.path(), &format!("{}\n{again}", text("keys.json")));
    assert_eq!(
        seen,
        ["line 8: registration.software_statements[1].issuer: \"https://catalogue.example\" is there twice"]
    );
}
