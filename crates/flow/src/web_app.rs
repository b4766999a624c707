//! A scripted user of the demo's web app: opens it, logs in, and reads the notebook. Here the web app is the client, and
//! does its part by itself; what can be told of it is what recorders at the four sites see.

use countersign_protocol::params;

use crate::{
    Trouble,
    browser::{Browser, absolute},
    page::Page,
    stage::Stage,
    wire::{self, Trip},
};

/// What the user wants at the web app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// To log in and read the notebook.
    LogIn,
    /// The same, and then to have the tokens renewed.
    Refresh,
}

/// More redirects than this are a loop.
const MOST_REDIRECTS: usize = 8;

/// Uses the web app, with PKCE or in the older way, as the stage says. `run` comes back to whoever watches the web app:
/// it stands in the address by which the user comes.
pub async fn visit_web_app(stage: &Stage, run: &str, errand: Errand) -> Result<(), Trouble> {
    let web_app = stage.web_app.as_deref().ok_or_else(|| Trouble::new("there is no web app to log in to"))?;
    let mut browser = stage.browser();
    let older = (!stage.pkce).then_some(("pkce", "off"));
    let login = params::append_query(&format!("{web_app}/login"), [("run", run)].into_iter().chain(older));
    let first = browser.get(&login).await?;
    let visit = browser.sign_in(&stage.user, &first, &format!("{web_app}/callback")).await?;
    if let Some(why) = visit.stuck {
        return Err(Trouble::new(format!("the user could not sign in; the page says: {why}")));
    }
    let last = visit.last.ok_or_else(|| Trouble::new("the web app sent the browser nowhere"))?;
    let notebook = follow(&mut browser, last).await?;
    if errand == Errand::LogIn {
        return Ok(());
    }
    let page = Page::parse(notebook.response.body()).unwrap_or_default();
    let form = page.form("refresh").ok_or_else(|| Trouble::new("the web app offers no refresh"))?;
    let pairs = form.submit("refresh", &[]);
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let answer = browser.send(wire::post(&absolute(&notebook.request, &form.action), pairs)?).await?;
    follow(&mut browser, answer).await.map(drop)
}

/// Goes where a response leads, until a page comes.
async fn follow(browser: &mut Browser, from: Trip) -> Result<Trip, Trouble> {
    let mut trip = from;
    for _ in 0..MOST_REDIRECTS {
        let Some(location) = trip.location() else { break };
        let next = absolute(&trip.request, location);
        trip = browser.get(&next).await?;
    }
    if trip.is_success() {
        return Ok(trip);
    }
    let page = Page::parse(trip.response.body()).unwrap_or_default();
    Err(Trouble::new(format!("the web app answered {}: {}", trip.response.status(), page.title)))
}
