//! A scripted user of the demo's web app: opens it, logs in, and does what an errand asks for. Here the web app is the
//! client, and does its part by itself; what can be told of it is what recorders at the four sites see.

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
    /// Signed in at the server, to be recognized without a page.
    Silent,
    /// Logged in, to confirm who they are.
    StepUp,
    /// Logged in, to log out everywhere.
    LogOut,
}

impl Errand {
    /// Whether the user has logged in before, which is not part of what is shown.
    const fn comes_logged_in(self) -> bool {
        matches!(self, Self::Silent | Self::StepUp | Self::LogOut)
    }

    /// What stands in the address by which the user comes to the web app.
    const fn ask(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Silent => Some(("ask", "silent")),
            Self::StepUp => Some(("ask", "again")),
            Self::LogIn | Self::Refresh | Self::LogOut => None,
        }
    }
}

/// More redirects than this are a loop.
const MOST_REDIRECTS: usize = 8;

/// Uses the web app, with PKCE or in the older way, as the stage says. `run` comes back to whoever watches the web app:
/// it stands in the address by which the user comes.
pub async fn visit_web_app(stage: &Stage, run: &str, errand: Errand) -> Result<(), Trouble> {
    let web_app = stage.web_app.as_deref().ok_or_else(|| Trouble::new("there is no web app to log in to"))?;
    let address = visit_address(web_app, run, stage.pkce, errand);
    if errand.comes_logged_in() {
        let mut browser = stage.unwatched_browser();
        let notebook = log_in(stage, &mut browser, &format!("{web_app}/login")).await?;
        let browser = &mut stage.watched(browser);
        return match errand {
            Errand::LogOut => log_out(browser, &notebook).await,
            _ => log_in(stage, browser, &address).await.map(drop),
        };
    }
    let mut browser = stage.browser();
    let notebook = log_in(stage, &mut browser, &address).await?;
    match errand {
        Errand::Refresh => press(&mut browser, &notebook, "refresh").await.map(drop),
        _ => Ok(()),
    }
}

/// The address by which a user comes to the web app for an errand.
pub fn visit_address(web_app: &str, run: &str, pkce: bool, errand: Errand) -> String {
    let older = (!pkce).then_some(("pkce", "off"));
    let pairs = [Some(("run", run)), older, errand.ask()];
    params::append_query(&format!("{web_app}/login"), pairs.into_iter().flatten())
}

/// Logs in at that address, and comes to the notebook.
async fn log_in(stage: &Stage, browser: &mut Browser, address: &str) -> Result<Trip, Trouble> {
    let web_app = stage.web_app.as_deref().unwrap_or_default();
    let first = browser.get(address).await?;
    let visit = browser.sign_in(&stage.user, &first, &format!("{web_app}/callback")).await?;
    if let Some(why) = visit.stuck {
        return Err(Trouble::new(format!("the user could not sign in; the page says: {why}")));
    }
    let last = visit.last.ok_or_else(|| Trouble::new("the web app sent the browser nowhere"))?;
    follow(browser, last).await
}

/// Logs out everywhere: loads the frames of the server's page as a browser does, and goes on where it leads.
async fn log_out(browser: &mut Browser, notebook: &Trip) -> Result<(), Trouble> {
    let signed_out = press(browser, notebook, "logout-everywhere").await?;
    let page = Page::parse(signed_out.response.body()).unwrap_or_default();
    for frame in &page.frames {
        browser.get(frame).await?;
    }
    match page.links.iter().find(|(id, _)| id == "continue") {
        Some((_, address)) => {
            let on = browser.get(&absolute(&signed_out.request, address)).await?;
            follow(browser, on).await.map(drop)
        }
        // Without frames it was a redirect, and this is the web app's page already.
        None => Ok(()),
    }
}

/// Presses a button of the web app, and goes where that leads.
async fn press(browser: &mut Browser, on: &Trip, button: &str) -> Result<Trip, Trouble> {
    let page = Page::parse(on.response.body()).unwrap_or_default();
    let form = page.form(button).ok_or_else(|| Trouble::new(format!("the web app has no button {button}")))?;
    let pairs = form.submit(button, &[]);
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let answer = browser.send(wire::post(&absolute(&on.request, &form.action), pairs)?).await?;
    follow(browser, answer).await
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
    Err(Trouble::new(format!("the page of {} is {}: {}", trip.request.uri(), trip.response.status(), page.title)))
}
