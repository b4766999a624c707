//! Limits on failed sign-ins, per account and network.
//!
//! What is limited is the pair of account and network, and a network as a whole; an account is never limited by itself.
//! So a stranger who guesses at somebody's password slows down his own network, and the owner signs in from anywhere
//! else (authelia#4730: lock-out as denial of service). One limiter serves every place where a password is checked
//! (CVE-2024-32868). The table is bounded; who has waited long enough is forgotten first.

use std::{collections::HashMap, net::IpAddr, sync::Mutex};

use countersign_protocol::{Subject, Timestamp, Ttl};

use crate::network::network_of;

const MAX_ENTRIES: usize = 50_000;
const LONGEST_WAIT: Ttl = Ttl::minutes(15);

/// How many failures are free, before each further one doubles the wait.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one account from one network.
    pub per_account: u32,
    /// For one network, whatever the accounts.
    pub per_network: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_account: 5, per_network: 50 }
    }
}

/// Counts failures. An unknown user name counts like a known one.
#[derive(Debug)]
pub struct Attempts {
    limits: Limits,
    entries: Mutex<HashMap<Key, Failures>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String, u128),
    Network(u128),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    until: Timestamp,
}

/// Who tries: the account if there is one, else the name that was typed.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The account.
    pub subject: Option<&'a Subject>,
    /// The user name in canonical form.
    pub username: &'a str,
    /// From where.
    pub address: IpAddr,
}

impl Attempts {
    /// A limiter with nothing counted.
    pub fn new(limits: Limits) -> Self {
        Self { limits, entries: Mutex::default() }
    }

    /// How many seconds this attempt has to wait; 0: it may go ahead.
    pub fn wait(&self, now: Timestamp, attempt: Attempt<'_>) -> u64 {
        let entries = self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let waits = keys(attempt).map(|key| entries.get(&key).map_or(0, |f| whole_secs(now, f.until)));
        waits.into_iter().max().unwrap_or(0)
    }

    /// Counts a failure.
    pub fn failed(&self, now: Timestamp, attempt: Attempt<'_>) {
        let mut entries = self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for key in keys(attempt) {
            let free = if matches!(key, Key::Network(_)) { self.limits.per_network } else { self.limits.per_account };
            make_room(&mut entries, now);
            let entry = entries.entry(key).or_insert(Failures { count: 0, until: now });
            // After an hour of peace the count begins anew.
            if now.secs_since(entry.until) > 3600 {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            let over = entry.count.saturating_sub(free);
            let wait = if over == 0 { 0 } else { 1_u32 << over.min(15) };
            entry.until = now.plus(Ttl::secs(wait.min(LONGEST_WAIT.as_secs())));
        }
    }

    /// Forgets the failures of an account from a network, after its owner signed in there.
    pub fn succeeded(&self, attempt: Attempt<'_>) {
        let mut entries = self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let [account, _] = keys(attempt);
        entries.remove(&account);
    }
}

fn keys(attempt: Attempt<'_>) -> [Key; 2] {
    let network = network_of(attempt.address);
    let account = attempt.subject.map_or_else(|| format!("name:{}", attempt.username), Subject::to_string);
    [Key::Account(account, network), Key::Network(network)]
}

fn whole_secs(now: Timestamp, until: Timestamp) -> u64 {
    if until <= now { 0 } else { until.secs_since(now) + 1 }
}

fn make_room(entries: &mut HashMap<Key, Failures>, now: Timestamp) {
    if entries.len() < MAX_ENTRIES {
        return;
    }
    entries.retain(|_, failures| failures.until > now);
    if entries.len() >= MAX_ENTRIES {
        entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use countersign_protocol::{Timestamp, Ttl};

    use super::{Attempt, Attempts, Limits, MAX_ENTRIES};

    const T0: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn attempt<'a>(username: &'a str, address: &str) -> Attempt<'a> {
        Attempt { subject: None, username, address: address.parse().unwrap() }
    }

    #[test]
    fn failures_slow_down_the_guesser_but_not_the_owner_elsewhere() {
        let attempts = Attempts::new(Limits { per_account: 3, per_network: 100 });
        for _ in 0..20 {
            attempts.failed(T0, attempt("alice", "198.51.100.7"));
        }
        assert!(attempts.wait(T0, attempt("alice", "198.51.100.7")) > 60);
        assert_eq!(attempts.wait(T0, attempt("alice", "203.0.113.1")), 0);
        assert_eq!(attempts.wait(T0, attempt("bob", "198.51.100.7")), 0);
    }

    #[test]
    fn a_network_that_tries_many_accounts_is_slowed_down_as_a_whole() {
        let attempts = Attempts::new(Limits { per_account: 5, per_network: 10 });
        for n in 0..20 {
            attempts.failed(T0, attempt(&format!("user{n}"), "198.51.100.7"));
        }
        assert!(attempts.wait(T0, attempt("another", "198.51.100.7")) > 0);
        assert_eq!(attempts.wait(T0, attempt("another", "198.51.100.8")), 0);
    }

    #[test]
    fn the_wait_ends_and_success_forgets() {
        let attempts = Attempts::new(Limits { per_account: 1, per_network: 100 });
        for _ in 0..2 {
            attempts.failed(T0, attempt("alice", "198.51.100.7"));
        }
        let wait = attempts.wait(T0, attempt("alice", "198.51.100.7"));
        assert!((1..=4).contains(&wait));
        assert_eq!(attempts.wait(T0.plus(Ttl::secs(10)), attempt("alice", "198.51.100.7")), 0);
        attempts.succeeded(attempt("alice", "198.51.100.7"));
        assert_eq!(attempts.wait(T0, attempt("alice", "198.51.100.7")), 0);
    }

    #[test]
    fn the_wait_never_exceeds_a_quarter_of_an_hour() {
        let attempts = Attempts::new(Limits { per_account: 1, per_network: 1 });
        for _ in 0..100 {
            attempts.failed(T0, attempt("alice", "198.51.100.7"));
        }
        assert!(attempts.wait(T0, attempt("alice", "198.51.100.7")) <= 15 * 60 + 1);
    }

    #[test]
    fn the_table_is_bounded() {
        let attempts = Attempts::new(Limits::default());
        for n in 0..MAX_ENTRIES + 10 {
            attempts.failed(T0, attempt(&format!("user{n}"), "198.51.100.7"));
        }
        assert!(attempts.entries.lock().unwrap().len() <= MAX_ENTRIES);
    }
}
