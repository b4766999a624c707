//! Twig: a whole sign-in over a real loopback port, with an issuer in memory.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use countersign_demo::CLI;
use countersign_demo::cli::{CliClient, CliLogin, login};

use crate::browser::ALL;
use crate::issuer::{API, ISSUER};
use crate::world::World;

fn what(client: CliClient) -> CliLogin {
    CliLogin { issuer: ISSUER.into(), client, api_url: API.into() }
}

/// Signs in, as a user who approves that much would.
async fn run(world: &World, client: CliClient, scope: &str) -> String {
    let mut out = Vec::new();
    let open = |url: &str| {
        let callback = world.issuer().approve(url, scope);
        let rest = callback.strip_prefix("http://").unwrap();
        let (authority, path) = rest.split_at(rest.find('/').unwrap());
        let (authority, path) = (authority.to_owned(), path.to_owned());
        std::thread::spawn(move || {
            let mut stream = TcpStream::connect(&authority).unwrap();
            write!(stream, "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
        });
        Ok(())
    };
    login(&what(client), &world.edge, open, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn a_sign_in_says_what_happens_and_shows_the_files() {
    let world = World::new();
    let told = run(&world, CliClient::Known(CLI.into()), ALL).await;
    for part in [
        "code_challenge = ",
        "Signed in: Alice Liddell",
        "GET /profile: 200",
        "Shelf ",
        "GET /files: 200",
        "letter-to-the-moon.txt",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    assert!(!told.contains("at-") && !told.contains("rt-") && !told.contains("code-1"), "{told}");
    assert_eq!(world.issuer().live_tokens(), 0, "the tokens were given back");
}

#[tokio::test]
async fn what_was_not_allowed_is_left_out_and_said() {
    let world = World::new();
    let told = run(&world, CliClient::Register, "openid read:profile").await;
    assert!(told.contains("Registered as a new client: c_new"), "{told}");
    assert!(told.contains("GET /profile: 200"));
    assert!(told.contains("GET /files: left out, since you did not allow read:files."), "{told}");
}
