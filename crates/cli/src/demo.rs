//! `countersign demo login`: the command-line app.

use countersign_client::native::open_browser;
use countersign_demo::{
    CLI, Edge,
    cli::{CliClient, CliLogin, login as log_in},
};

use crate::{args::DemoLogin, outcome::Trouble};

/// Logs in, shows what the resource server answers, and gives the tokens back.
pub(crate) fn login(args: &DemoLogin) -> Result<(), Trouble> {
    let client = if args.register { CliClient::Register } else { CliClient::Known(CLI.to_owned()) };
    let what = CliLogin { issuer: args.issuer.clone(), client, api_url: args.resource.clone() };
    let edge = Edge::system().map_err(Trouble::new)?;
    let open = |url: &str| if args.no_browser { Ok(()) } else { open_browser(url) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Trouble::new)?;
    runtime
        .block_on(log_in(&what, &edge, open, &mut std::io::stdout()))
        .map_err(|error| Trouble::new(error).advice("Is `countersign dev` running? --issuer names another address."))
}
