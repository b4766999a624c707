//! What `countersign dev` says when it is up.

use std::path::Path;

use countersign_demo::Addresses;

/// The demo accounts: user name, password, name.
pub(crate) const PEOPLE: [(&str, &str, &str); 2] =
    [("alice", "wonderland", "Alice Liddell"), ("bob", "builder", "Bob Carpenter")];

/// Prints the addresses, the demo sign-in and what to click.
pub(crate) fn print(addresses: &Addresses, data: &Path) {
    let [(alice, password, _), (bob, other, _)] = PEOPLE;
    println!("Countersign is up, on this computer only.\n");
    println!("  Authorization server   {}", addresses.issuer);
    println!("  Demo web app           {}   <- open this one and click \"Log in\"", addresses.web_app);
    println!("  Demo single-page app   {}", addresses.spa);
    println!("  Demo resource server   {}", addresses.api);
    println!("\n  Sign in as             {alice} / {password}   (or {bob} / {other})");
    println!("  Your account page      {}/account", addresses.issuer);
    println!("  Data                   {}", data.display());
    println!("\nAnybody on this computer may register a client here: this is for trying things out.");
    println!("Ctrl-C stops it; what you did is there again at the next start.");
}
