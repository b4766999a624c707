//! A child process: its start, its port, what it costs. Linux tells the latter in `/proc`.

use std::{
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{Outcome, doing};

/// Ticks of `/proc/PID/stat` in a second: 100 on every Linux that tells user space anything.
const TICK: Duration = Duration::from_millis(10);

/// A server that runs, and ends when this value does.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// When it was started.
    pub(crate) started: Instant,
}

/// What a process holds, in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Memory {
    /// Everything that is in memory, shared pages included.
    pub(crate) resident: u64,
    /// The same with shared pages divided by the number of those who share them.
    pub(crate) proportional: u64,
}

impl Server {
    /// Starts this program again in another part; returns as soon as it listens.
    pub(crate) fn start(part: &str, folder: &Path) -> Outcome<Self> {
        let program = std::env::current_exe().map_err(doing("finding this program"))?;
        let started = now();
        let mut child = Command::new(program)
            .arg(part)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(doing("starting a server"))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(doing("waiting for a server"))?;
        }
        let number = line.trim().parse().map_err(|_| format!("{part} did not start"))?;
        Ok(Self { child, address: SocketAddr::from((Ipv4Addr::LOCALHOST, number)), started })
    }

    /// The CPU time that it has taken so far, in user mode and in the kernel.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        ticks(&self.proc("stat")?).map(|ticks| TICK * ticks).ok_or_else(|| "/proc/PID/stat has another form".to_owned())
    }

    /// The memory that it holds now.
    pub(crate) fn memory(&self) -> Outcome<Memory> {
        memory(&self.proc("smaps_rollup")?).ok_or_else(|| "/proc/PID/smaps_rollup has another form".to_owned())
    }

    fn proc(&self, file: &str) -> Outcome<String> {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id()))
            .map_err(doing("reading what a server costs (this needs Linux)"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when its standard input does.
        drop(self.child.stdin.take());
        if let Err(error) = self.child.wait() {
            eprintln!("a server did not end: {error}");
        }
    }
}

/// The time, to measure by.
#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// utime and stime: the 12th and 13th field after the name, which is in parentheses and may hold anything.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11).map(str::parse::<u32>);
    fields.next()?.ok()?.checked_add(fields.next()?.ok()?)
}

fn memory(rollup: &str) -> Option<Memory> {
    let kib = |name: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    };
    Some(Memory { resident: kib("Rss:")?, proportional: kib("Pss:")? })
}

#[cfg(test)]
mod tests {
    use super::{Memory, memory, ticks};

    #[test]
    fn both_kinds_of_cpu_time_count_whatever_the_program_is_called() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 31 0 0 20 0 3 0 5 6 7";
        assert_eq!(ticks(stat), Some(281));
        assert_eq!(ticks("42 (a) S 1"), None);
    }

    #[test]
    fn memory_is_read_by_name() {
        let rollup = "55d0-7ffe ---p 0 00:00 0 [rollup]\nRss:    20480 kB\nPss:   10240 kB\nPss_Dirty: 1 kB\n";
        assert_eq!(memory(rollup), Some(Memory { resident: 20480, proportional: 10240 }));
        assert_eq!(memory("Rss: 1 kB"), None);
    }
}
