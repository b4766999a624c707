//! What `countersign dev` says when it is up.

use std::{io::Write as _, path::Path};

use countersign_demo::Addresses;
use countersign_server::pages::HomeLink;

/// The demo accounts: user name, password, name.
pub(crate) const PEOPLE: [(&str, &str, &str); 2] =
    [("alice", "wonderland", "Alice Liddell"), ("bob", "builder", "Bob Carpenter")];

/// Prints the addresses, the demo sign-in and what to click.
pub(crate) fn print(addresses: &Addresses, data: &Path) {
    let [(alice, password, _), (bob, other, _)] = PEOPLE;
    let Addresses { issuer, web_app, spa, api } = addresses;
    say(&format!(
        "Countersign is up, on this computer only.

  Authorization server   {issuer}
  Demo web app           {web_app}   <- open this one and click \"Log in\"
  Demo single-page app   {spa}
  Demo resource server   {api}

  Explorer               {issuer}/explore   <- and this one, to see what happens
  Inspector              {issuer}/inspect   for clients of your own

  Sign in as             {alice} / {password}   (or {bob} / {other})
  Your account page      {issuer}/account
  Data                   {}

Anybody on this computer may register a client here: this is for trying things out.
Ctrl-C stops it; what you did is there again at the next start.",
        data.display()
    ));
}

/// What the server's front page offers to try.
pub(crate) fn places(addresses: &Addresses) -> Vec<HomeLink> {
    let link = |label: &str, href: &str, about: &str| HomeLink {
        label: label.to_owned(),
        href: href.to_owned(),
        about: about.to_owned(),
    };
    let Addresses { issuer, web_app, spa, api } = addresses;
    vec![
        link("Fernbook", web_app, "A web app that logs in here: begin with this one"),
        link("Explorer", &format!("{issuer}/explore"), "A login, message by message, as it was really sent"),
        link("Inspector", &format!("{issuer}/inspect"), "Your own client's logins, as they happen"),
        link("Sprig", spa, "A single-page app that logs in here"),
        link("Rootcellar", api, "The resource server that both ask for notes"),
    ]
}

/// Prints to who listens. Nobody has to: a closed pipe must not end the server.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
