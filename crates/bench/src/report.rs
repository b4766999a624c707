//! What came out: ratios of paired rounds, and whether the project's targets are met. Absolute numbers are for orientation.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::{
    child::Memory,
    op::{Op, Target},
    rounds::{Load, Round},
};

/// The most resident memory of an idle server, in KiB.
const MEMORY: u64 = 30 * 1000 * 1000 / 1024;
/// The longest time to the first answer.
const STARTUP: Duration = Duration::from_millis(150);

/// A run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    operations: Vec<Line>,
    connections: u32,
    /// Milliseconds to the first answer.
    startup_ms: f64,
    startup_met: bool,
    /// Milliseconds of one sync of this disk.
    sync_ms: f64,
    /// After a start and one flow, in KiB.
    idle: Memory,
    idle_met: bool,
    /// After everything, in KiB.
    loaded: Memory,
}

/// One operation.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    op: &'static str,
    countersign: Side,
    floor: Side,
    /// Rate by the floor's rate.
    rate_ratio: Spread,
    /// CPU time by the floor's CPU time.
    cpu_ratio: Spread,
    target: Option<String>,
    met: Option<bool>,
}

/// One side of an operation: medians of rounds, percentiles of all.
#[derive(Debug, Serialize)]
struct Side {
    rate: f64,
    cpu_ms: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// The median of paired rounds, with the least and the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Spread {
    median: f64,
    least: f64,
    greatest: f64,
}

impl Report {
    /// Everything that was measured: times are of the start and of a sync, memory is idle and after load.
    pub(crate) fn new(
        operations: Vec<Line>,
        (startup, sync): (Duration, Duration),
        (idle, loaded): (Memory, Memory),
        connections: u32,
    ) -> Self {
        Self {
            operations,
            connections,
            startup_ms: millis(startup),
            startup_met: startup <= STARTUP,
            sync_ms: millis(sync),
            idle,
            idle_met: idle.resident <= MEMORY,
            loaded,
        }
    }
}

impl Line {
    /// Compares the two sides of an operation, round by round.
    pub(crate) fn new(op: Op, countersign: &Load<'_>, floor: &Load<'_>) -> Self {
        let pairs = || countersign.rounds.iter().zip(&floor.rounds);
        let rate_ratio = Spread::of(pairs().map(|(ours, theirs)| ours.rate / theirs.rate));
        let cpu_ratio = Spread::of(pairs().map(|(ours, theirs)| ours.cpu / theirs.cpu));
        let (target, met) = match op.target() {
            Some(Target::Rate(least)) => {
                let text = format!("at least {least:.2} of the floor's rate: {:.2}", rate_ratio.median);
                (Some(text), Some(rate_ratio.median >= least))
            }
            Some(Target::Cpu(most)) => {
                let text = format!("at most {most:.2} times the floor's CPU: {:.2}", cpu_ratio.median);
                (Some(text), Some(cpu_ratio.median <= most))
            }
            None => (None, None),
        };
        let (countersign, floor) = (Side::of(countersign), Side::of(floor));
        Self { op: op.name(), countersign, floor, rate_ratio, cpu_ratio, target, met }
    }
}

impl Side {
    fn of(load: &Load<'_>) -> Self {
        let of = |what: fn(&Round) -> f64| Spread::of(load.rounds.iter().map(what)).median;
        let quantile = |q| millis(Duration::from_micros(load.latency.value_at_quantile(q)));
        Self {
            rate: of(|round| round.rate),
            cpu_ms: of(|round| round.cpu),
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
        }
    }
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut all: Vec<f64> = values.collect();
        all.sort_by(f64::total_cmp);
        let at = |index: usize| all.get(index).copied().unwrap_or(f64::NAN);
        let upper = at(all.len() / 2);
        let median = if all.len().is_multiple_of(2) {
            f64::midpoint(at((all.len() / 2).saturating_sub(1)), upper)
        } else {
            upper
        };
        Self { median, least: at(0), greatest: at(all.len().saturating_sub(1)) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.2} [{:.2} {:.2}]", self.median, self.least, self.greatest))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} connections, each with one request under way. Ratios: median [least greatest].\n",
            self.connections
        )?;
        writeln!(
            f,
            "{:18} {:>17} {:>17} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "", "rate / floor", "CPU / floor", "op/s", "floor", "CPU ms", "floor", "p50 ms", "p99 ms", "fl. p99"
        )?;
        for line in &self.operations {
            let Line { op, countersign: ours, floor, rate_ratio, cpu_ratio, .. } = line;
            writeln!(
                f,
                "{op:18} {rate_ratio:>17} {cpu_ratio:>17} {:8.0} {:8.0} {:8.3} {:8.3} {:8.2} {:8.2} {:8.2}",
                ours.rate, floor.rate, ours.cpu_ms, floor.cpu_ms, ours.p50_ms, ours.p99_ms, floor.p99_ms
            )?;
        }
        writeln!(f)?;
        for line in &self.operations {
            if let (Some(target), Some(met)) = (&line.target, line.met) {
                writeln!(f, "{:6} {}: {target}", mark(met), line.op)?;
            }
        }
        let mb = |kib: u64| kib * 1024 / 1_000_000;
        let (idle, loaded) = (self.idle, self.loaded);
        writeln!(f, "{:6} idle memory at most 30 MB: {} MB resident", mark(self.idle_met), mb(idle.resident))?;
        writeln!(f, "{:6} first answer within 150 ms of the start: {:.0} ms", mark(self.startup_met), self.startup_ms)?;
        writeln!(
            f,
            "\nAfter load {} MB resident. A sync of this disk takes {:.2} ms.",
            mb(loaded.resident),
            self.sync_ms
        )
    }
}

const fn mark(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        let spread = Spread::of([4.0, 1.0, 2.0, 3.0].into_iter());
        assert_eq!(spread, Spread { median: 2.5, least: 1.0, greatest: 4.0 });
        assert_eq!(Spread::of([2.0, 9.0, 1.0].into_iter()).to_string(), "2.00 [1.00 9.00]");
    }
}
