//! `countersign config`, completions and the command line itself.

use crate::world::{Installation, bare};

#[test]
fn every_fault_of_a_file_is_said_at_once() {
    let here = Installation::new();
    let faulty = "issuer = \"http://login.example\"\nlisen = \"127.0.0.1:1\"\n[tokens]\naccess = \"99d\"\n";
    std::fs::write(here.path("faulty.toml"), faulty).unwrap();
    let checked = bare(&here.path(""), &["config", "check", "faulty.toml"], "");
    assert!(!checked.ok && checked.err.contains("3 faults"), "{checked:?}");
    for words in ["line 1: issuer: ", "did you mean `listen`?", "line 4: tokens.access: expected"] {
        assert!(checked.out.contains(words), "{checked:?}");
    }
    let json = bare(&here.path(""), &["config", "check", "faulty.toml", "--json"], "");
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&value["ok"], value["faults"].as_array().unwrap().len()), (&false.into(), 3));
    assert_eq!(value["faults"][1]["line"], 2);
    bare(&here.path(""), &["user", "list", "--config", "faulty.toml"], "").refused_with("did you mean `listen`?");
}

#[test]
fn the_example_is_a_file_that_can_be_used() {
    let here = Installation::new();
    let example = bare(&here.path(""), &["config", "example"], "");
    std::fs::write(here.path("example.toml"), example.out).unwrap();
    let checked = bare(&here.path(""), &["config", "check", "example.toml"], "");
    assert!(checked.ok && checked.out.contains("can be used"), "{checked:?}");
    assert!(here.run(&["config", "check"]).ok, "--config names the file as well");
    bare(&here.path(""), &["config", "check"], "").refused_with("expected a configuration file");
    let missing = bare(&here.path(""), &["config", "check", "missing.toml"], "");
    assert!(!missing.ok && missing.out.contains("no file"), "{missing:?}");
}

#[test]
fn shells_can_complete_what_is_typed() {
    let here = Installation::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = bare(&here.path(""), &["completions", shell], "");
        assert!(script.ok && script.out.contains("rotate-secret"), "{shell}");
    }
}
