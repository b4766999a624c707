//! `countersign flow`: Authorization Code + PKCE in the terminal, step by step, by real HTTP. No browser is needed: the
//! crate `flow` is user, browser and client; authorization server and resource server are real ones.

pub(crate) mod args;
mod report;
mod setting;

use countersign_flow::{Report, What, attacks, perform};

use crate::outcome::Trouble;
use args::{Flow, Switch, Which};
use report::{Guide, Json, Terminal};
use setting::Setting;

/// Runs the flow, or attacks on it, and succeeds if everything went as it should.
pub(crate) fn run(args: &Flow) -> Result<(), Trouble> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Trouble::new)?;
    runtime.block_on(async {
        if args.guide {
            return guide(args).await;
        }
        let setting = Setting::open(args).await?;
        let mut report: Box<dyn Report> = if args.json {
            Box::new(Json::new(args.show_secrets))
        } else {
            Box::new(Terminal::new(&setting.stage, args.which.what().flow(), args.show_secrets))
        };
        let outcome = all(args, &setting, report.as_mut()).await;
        outcome.and(setting.close().await)
    })
}

/// The flow, one attack, or all of them.
async fn all(args: &Flow, setting: &Setting, report: &mut dyn Report) -> Result<(), Trouble> {
    let stage = &setting.stage;
    let Some(name) = args.attack.as_deref() else {
        return Ok(perform(stage, args.which.what(), report).await?);
    };
    let mut failed = Vec::new();
    for attack in attacks().filter(|attack| name == args::ALL || name == attack.name) {
        let outcome = perform(stage, What::Attack(attack), report).await;
        failed.extend(outcome.err().map(|trouble| format!("{}: {trouble}", attack.name)));
    }
    if failed.is_empty() { Ok(()) } else { Err(Trouble::new(failed.join("; "))) }
}

impl Which {
    const fn what(self) -> What {
        match self {
            Self::Code => What::Code,
            Self::ClientCredentials => What::ClientCredentials,
            Self::Native => What::Native,
        }
    }
}

/// Writes the page of the guide: both variants, then the attacks.
async fn guide(args: &Flow) -> Result<(), Trouble> {
    let mut report = Guide::default();
    for pkce in [Switch::On, Switch::Off] {
        let setting = Setting::open(&Flow { pkce, ..args.clone() }).await?;
        report.variant(setting.stage.pkce(), setting.addresses());
        let outcome = perform(&setting.stage, What::Code, &mut report).await;
        outcome.map_err(Trouble::from).and(setting.close().await)?;
    }
    report.finish();
    Ok(())
}

#[cfg(test)]
mod tests;
