//! Whatever the file holds, reading it ends, with a configuration or with faults of one line each.

use std::path::Path;

use proptest::prelude::*;

use crate::config::{
    Config,
    section::{Form, Section},
    top::TOP,
};

fn check(bytes: &[u8]) {
    if let Err(faults) = Config::parse(bytes, Path::new(""), &|_| None) {
        assert!(!faults.is_empty());
        for fault in faults {
            let line = fault.to_string();
            assert!(!line.contains(char::is_control) && line.chars().count() < 1000, "{line:?}");
        }
    }
}

/// Every key of every section, as its header and its name.
fn keys(section: &'static Section, all: &mut Vec<(&'static str, &'static str)>) {
    for key in section.keys {
        all.push((section.header, key.name));
        if let Form::Table(inner) | Form::Tables(inner) = key.form {
            keys(inner, all);
        }
    }
}

fn value() -> impl Strategy<Value = String> {
    let texts = prop::sample::select(vec![
        "https://a.example",
        "http://localhost:1",
        "urn:a:b",
        "5m",
        "9999999999d",
        "none",
        "private_key_jwt",
        "opaque",
        "optional",
        "openid read:x",
        "10.0.0.0/8",
        "::/0",
        "u_a",
        "",
        "\\n",
        "\\u0000",
        "no/such/file",
        "$argon2id$v=19$",
    ]);
    let scalar = prop_oneof![
        texts.prop_map(|text| format!("\"{text}\"")),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:?}").replace("NaN", "nan")),
        any::<bool>().prop_map(|flag| flag.to_string()),
        Just("0xffffffffffffffff".to_owned()),
        Just("9999-12-31T23:59:60Z".to_owned()),
        Just("12:00:00".to_owned()),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4).prop_map(|members| {
                let members: Vec<String> =
                    members.into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
                format!("{{ {} }}", members.join(", "))
            }),
        ]
    })
}

fn file() -> impl Strategy<Value = String> {
    let mut all = Vec::new();
    keys(&TOP, &mut all);
    prop::collection::vec((prop::sample::select(all), value()), 0..12).prop_map(|settings| {
        let line = |((header, name), value): ((&str, &str), String)| format!("{header}\n{name} = {value}\n");
        // A header of a single table may stand there once only: most files are about faults of values.
        settings.into_iter().map(line).collect()
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "(\\PC|[\\[\\]{}=\"'.,\n]){0,200}") {
        check(text.as_bytes());
    }

    #[test]
    fn known_keys_with_arbitrary_values_never_panic(text in file()) {
        check(text.as_bytes());
    }
}

#[test]
fn deep_nesting_ends_in_a_fault() {
    check(format!("x = {}", "[".repeat(100_000)).as_bytes());
    check(format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000)).as_bytes());
    check("[a.a]\n".repeat(10_000).as_bytes());
    check(format!("[{}a]", "a.".repeat(10_000)).as_bytes());
}
