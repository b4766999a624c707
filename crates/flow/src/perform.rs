//! Runs the steps, or an attack on them, and tells a report of each.

use countersign_protocol::steps::STEPS;

use crate::{Trouble, act::Thief, attacks::Attack, record::Record, report::Report, stage::Stage, walk::Walk};

/// What is to be performed.
#[derive(Debug, Clone, Copy)]
pub enum What {
    /// The eleven steps.
    Code,
    /// The steps up to an attack, the attack, and what is left of the steps.
    Attack(&'static Attack),
}

/// Performs it, and succeeds if every step and every move did what it should.
pub async fn perform(stage: &Stage, what: What, report: &mut dyn Report) -> Result<(), Trouble> {
    match what {
        What::Code => code(stage, report).await,
        What::Attack(attack) => {
            report.attack_begins(attack, stage.pkce);
            let outcome = play(stage, report, attack).await;
            report.attack_ends(attack, stage.pkce, outcome.as_ref().err());
            outcome
        }
    }
}

async fn code(stage: &Stage, report: &mut dyn Report) -> Result<(), Trouble> {
    let mut walk = Walk::new(stage).await?;
    for step in &STEPS {
        let record = walk.step(step).await?;
        report.step(&record);
        check(&record)?;
    }
    report.all_done(stage.pkce);
    Ok(())
}

async fn play(stage: &Stage, report: &mut dyn Report, attack: &'static Attack) -> Result<(), Trouble> {
    let script = attack.script(stage.pkce);
    let mut walk = Walk::new(stage).await?;
    for step in &STEPS {
        let record = walk.step(step).await?;
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

#[cfg(test)]
mod tests {
    use super::{Report, Stage, What, perform};

    #[test]
    fn a_performance_may_move_between_threads() {
        fn is_send<T: Send>(_: impl FnOnce(&'static Stage, &'static mut dyn Report) -> T) {}
        is_send(|stage, report| perform(stage, What::Code, report));
    }
}
