//! Runs the steps, or an attack on them, and tells a report of each.

use countersign_protocol::steps::{FLOWS, Flow, STEPS, find_flow};

use crate::{
    Trouble, act::Thief, attacks::Attack, native::Native, own::Own, record::Record, report::Report, stage::Stage,
    walk::Walk,
};

/// What is to be performed.
#[derive(Debug, Clone, Copy)]
pub enum What {
    /// The eleven steps.
    Code,
    /// The steps of a client in its own name.
    ClientCredentials,
    /// The steps of an app on the user's own machine.
    Native,
    /// The steps up to an attack, the attack, and what is left of the steps.
    Attack(&'static Attack),
}

impl What {
    /// The flow that it is, or is made on.
    pub fn flow(self) -> &'static Flow {
        let id = match self {
            Self::Code | Self::Attack(_) => "code",
            Self::ClientCredentials => "client-credentials",
            Self::Native => "native",
        };
        find_flow(id).unwrap_or(FLOWS[0])
    }
}

/// Performs it, and succeeds if every step and every move did what it should.
pub async fn perform(stage: &Stage, what: What, report: &mut dyn Report) -> Result<(), Trouble> {
    let course = match what {
        What::Attack(attack) => {
            report.attack_begins(attack, stage.pkce);
            let outcome = play(stage, report, attack).await;
            report.attack_ends(attack, stage.pkce, outcome.as_ref().err());
            return outcome;
        }
        What::Code => Course::Code(Walk::new(stage).await?),
        What::ClientCredentials => Course::Own(Own::new(stage).await?),
        What::Native => Course::Native(Native::new(stage).await?),
    };
    follow(course, what.flow(), report).await?;
    report.all_done(what.flow(), stage.pkce);
    Ok(())
}

/// A flow on its way.
enum Course<'a> {
    Code(Walk<'a>),
    Own(Own<'a>),
    Native(Native<'a>),
}

async fn follow(mut course: Course<'_>, flow: &Flow, report: &mut dyn Report) -> Result<(), Trouble> {
    for step in flow.steps {
        let record = match &mut course {
            Course::Code(walk) => walk.step(step).await?,
            Course::Own(own) => own.step(step).await?,
            Course::Native(native) => native.step(step).await?,
        };
        report.step(&record);
        check(&record)?;
    }
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
            // The moves differ much in size, and the largest is large.
            let record = Box::pin(thief.make(&mut walk, made)).await?;
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
