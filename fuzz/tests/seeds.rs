//! Every seed, through its property: a crash that was once found stays mended.

use std::path::{Path, PathBuf};

use countersign_fuzz::TARGETS;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn every_seed_holds() {
    for (name, property) in TARGETS {
        let seeds: Vec<PathBuf> =
            folder("seeds").join(name).read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(!seeds.is_empty(), "no seed for {name}");
        for seed in seeds {
            property(&std::fs::read(&seed).unwrap());
        }
    }
}

#[test]
fn every_target_has_a_program() {
    for (name, _) in TARGETS {
        assert!(folder("targets").join(format!("{name}.rs")).is_file(), "fuzz/targets/{name}.rs is missing");
    }
}

#[test]
fn every_prefix_of_every_seed_holds() {
    for (name, property) in TARGETS {
        for entry in folder("seeds").join(name).read_dir().unwrap() {
            let seed = std::fs::read(entry.unwrap().path()).unwrap();
            for end in 0..seed.len() {
                property(&seed[..end]);
            }
        }
    }
}
