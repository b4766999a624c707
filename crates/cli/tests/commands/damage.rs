//! A client whose row is damaged: named everywhere, mended by command, and no hindrance to anybody else.

use std::{
    borrow::Cow,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use countersign_engine::{
    Writes,
    records::{Client, Kind, Record},
};
use serde::{Deserialize, Serialize};

use crate::world::Installation;

const APP: [&str; 8] = ["client", "add", "--name", "App", "--public", "--redirect-uri", "https://a.example/cb", "--id"];

/// A row among the clients that is none.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Broken(String);

impl Record for Broken {
    const KIND: Kind = Kind::Client;
    fn key(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

fn damage(here: &Installation, id: &str) {
    let store = here.store();
    let mut writes = Writes::none();
    writes.delete(&here.block_on(store.find::<Client>(id)).unwrap().unwrap());
    writes.insert(&Broken(id.to_owned()));
    assert!(here.block_on(store.commit(&writes)).unwrap().is_some());
}

/// With a port that is free.
fn configure(here: &Installation, more: &str) {
    here.configure("http://localhost:8080", more);
    let file = here.path("countersign.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, format!("listen = \"127.0.0.1:0\"\n{config}")).unwrap();
}

fn add(here: &Installation, id: &str) {
    assert!(here.run(&[&APP[..], &[id]].concat()).ok);
}

/// What `serve` logs until it serves; it is stopped then.
fn start(here: &Installation) -> String {
    let mut server = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["serve", "--config"])
        .arg(here.path("countersign.toml"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    for line in BufReader::new(server.stderr.take().unwrap()).lines() {
        said.push_str(&line.unwrap());
        said.push('\n');
        if said.contains("serving") {
            break;
        }
    }
    let _ = server.kill();
    server.wait().unwrap();
    said
}

#[test]
fn a_damaged_client_is_named_and_everybody_else_goes_on() {
    let here = Installation::new();
    configure(&here, "");
    add(&here, "broken");
    add(&here, "sound");
    damage(&here, "broken");
    let said = start(&here);
    assert!(said.contains("serving"), "{said}");
    assert!(said.contains("broken") && said.contains("countersign client remove"), "{said}");

    let list = here.run(&["client", "list"]);
    assert!(list.ok && list.out.contains("sound") && !list.out.contains("broken"), "{list:?}");
    assert!(list.err.contains("The client broken can't be read"), "{list:?}");
    let doctor = here.run(&["doctor", "--offline"]);
    assert!(!doctor.ok && doctor.out.contains("broken can't be read"), "{doctor:?}");
    here.run(&["client", "show", "broken"]).refused_with("can't be read");
    assert!(here.find::<Client>("broken").is_none(), "it counts as one that does not exist");

    here.run(&["client", "remove", "broken"]).refused_with("can't be undone");
    assert!(here.run(&["client", "remove", "broken", "--yes"]).ok);
    add(&here, "broken");
    assert!(here.find::<Client>("broken").is_some());
}

#[test]
fn a_damaged_client_of_the_file_is_made_anew_from_it() {
    let here = Installation::new();
    let clients = "[[clients]]\nclient_id = \"shop\"\nclient_name = \"Shop\"\n\
                   token_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://shop.example/cb\"]\n";
    configure(&here, clients);
    assert!(start(&here).contains("serving"));
    damage(&here, "shop");
    let said = start(&here);
    assert!(said.contains("serving") && said.contains("made anew"), "{said}");
    assert_eq!(here.find::<Client>("shop").unwrap().name, "Shop");
}
