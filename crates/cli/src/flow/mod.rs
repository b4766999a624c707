//! `countersign flow`: Authorization Code + PKCE in the terminal, step by step, by real HTTP. No browser is needed: this
//! program is user, browser and client; authorization server and resource server are real ones.

mod act;
mod app;
pub(crate) mod args;
mod attacks;
mod browser;
mod checks;
mod message;
mod page;
mod record;
mod report;
mod stage;
mod value;
mod walk;
mod wire;

use countersign_protocol::steps::STEPS;

use crate::outcome::Trouble;
use act::Thief;
use args::{Flow, Switch};
use attacks::{ATTACKS, Attack};
use record::Record;
use report::{Guide, Json, Report, Terminal};
use stage::Stage;
use walk::Walk;

/// Runs the flow, or attacks on it, and succeeds if everything went as it should.
pub(crate) fn run(args: &Flow) -> Result<(), Trouble> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Trouble::new)?;
    runtime.block_on(async {
        if args.guide {
            return guide(args).await;
        }
        let stage = Stage::open(args).await?;
        let mut report: Box<dyn Report> = if args.json {
            Box::new(Json::new(args.show_secrets))
        } else {
            Box::new(Terminal::new(&stage, args.show_secrets))
        };
        let outcome = perform(args, &stage, report.as_mut()).await;
        outcome.and(stage.close().await)
    })
}

async fn perform(args: &Flow, stage: &Stage, report: &mut dyn Report) -> Result<(), Trouble> {
    let Some(name) = args.attack.as_deref() else { return plain(stage, report).await };
    let chosen = ATTACKS.iter().filter(|attack| name == args::ALL || name == attack.name);
    let mut failed = Vec::new();
    for attack in chosen {
        report.attack_begins(attack, stage.pkce);
        let outcome = play(stage, report, attack).await;
        report.attack_ends(attack, stage.pkce, outcome.as_ref().err());
        failed.extend(outcome.err().map(|trouble| format!("{}: {trouble}", attack.name)));
    }
    if failed.is_empty() { Ok(()) } else { Err(Trouble::new(failed.join("; "))) }
}

/// The eleven steps.
async fn plain(stage: &Stage, report: &mut dyn Report) -> Result<(), Trouble> {
    let mut walk = Walk::new(stage).await?;
    for step in &STEPS {
        let record = walk.step(step.number).await?;
        report.step(&record);
        check(&record)?;
    }
    report.all_done(stage.pkce);
    Ok(())
}

/// The steps up to an attack, the attack, and what is left of the steps.
async fn play(stage: &Stage, report: &mut dyn Report, attack: &'static Attack) -> Result<(), Trouble> {
    let script = attack.script(stage.pkce);
    let mut walk = Walk::new(stage).await?;
    for step in &STEPS {
        let record = walk.step(step.number).await?;
        report.step(&record);
        check(&record)?;
        if step.number != script.after {
            continue;
        }
        let mut thief = Thief::beside(&walk);
        for made in script.moves {
            let record = thief.make(&mut walk, made).await?;
            report.step(&record);
            check(&record)?;
        }
        if !script.flow_goes_on {
            break;
        }
    }
    Ok(())
}

fn check(record: &Record) -> Result<(), Trouble> {
    let Some(why) = &record.trouble else { return Ok(()) };
    let what = if record.turn.is_some() { record.title.to_owned() } else { format!("step {}", record.step) };
    Err(Trouble::new(format!("{what} did not do what it should: {why}")))
}

/// Writes the page of the guide: both variants, then the attacks.
async fn guide(args: &Flow) -> Result<(), Trouble> {
    let mut report = Guide::default();
    for pkce in [Switch::On, Switch::Off] {
        let stage = Stage::open(&Flow { pkce, ..args.clone() }).await?;
        report.variant(&stage);
        let outcome = plain(&stage, &mut report).await;
        outcome.and(stage.close().await)?;
    }
    report.finish();
    Ok(())
}
