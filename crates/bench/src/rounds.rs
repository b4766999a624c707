//! Rounds: the same load on Countersign and on the floor in turns, so that what else the machine does falls on both.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::{
    Outcome,
    act::Actor,
    child::{Server, now},
    doing,
};

/// One side under load: a server, and those who ask it.
#[derive(Debug)]
pub(crate) struct Load<'a> {
    server: &'a Server,
    actors: Vec<Actor>,
    /// Every round but the first, which warms up.
    pub(crate) rounds: Vec<Round>,
    /// Microseconds of every operation in these rounds.
    pub(crate) latency: Histogram<u64>,
}

/// What one round came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// Operations in a second.
    pub(crate) rate: f64,
    /// CPU milliseconds of the server for one operation.
    pub(crate) cpu: f64,
}

impl<'a> Load<'a> {
    /// Nothing measured yet.
    pub(crate) fn new(server: &'a Server, actors: Vec<Actor>) -> Outcome<Self> {
        Ok(Self { server, actors, rounds: Vec::new(), latency: histogram()? })
    }

    /// One round of that length.
    pub(crate) async fn round(&mut self, length: Duration) -> Outcome<(Round, Histogram<u64>)> {
        let (began, cpu) = (now(), self.server.cpu()?);
        let mut tasks = JoinSet::new();
        for actor in self.actors.drain(..) {
            tasks.spawn(busy(actor, began + length));
        }
        let mut all = histogram()?;
        while let Some(done) = tasks.join_next().await {
            let (actor, latency) = done.map_err(doing("an actor"))??;
            all.add(latency).map_err(doing("adding up"))?;
            self.actors.push(actor);
        }
        let (wall, cpu) = (now() - began, self.server.cpu()?.saturating_sub(cpu));
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 operations")]
        let count = all.len() as f64;
        Ok((Round { rate: count / wall.as_secs_f64(), cpu: cpu.as_secs_f64() * 1000.0 / count }, all))
    }
}

/// The same rounds on both sides, in turns, the first of each to warm up.
pub(crate) async fn alternate(sides: [&mut Load<'_>; 2], rounds: usize, length: Duration) -> Outcome<()> {
    for number in 0..=rounds {
        for side in [0, 1] {
            let (round, latency) = sides[side].round(length).await?;
            if number > 0 {
                sides[side].rounds.push(round);
                sides[side].latency.add(latency).map_err(doing("adding up"))?;
            }
        }
    }
    Ok(())
}

async fn busy(mut actor: Actor, until: Instant) -> Outcome<(Actor, Histogram<u64>)> {
    let mut latency = histogram()?;
    let mut began = now();
    while began < until {
        actor.act().await?;
        let ended = now();
        let micros = u64::try_from((ended - began).as_micros()).unwrap_or(u64::MAX);
        latency.saturating_record(micros);
        began = ended;
    }
    Ok((actor, latency))
}

/// From a microsecond to a minute, to three digits.
fn histogram() -> Outcome<Histogram<u64>> {
    Histogram::new_with_bounds(1, 60_000_000, 3).map_err(doing("making a histogram"))
}
