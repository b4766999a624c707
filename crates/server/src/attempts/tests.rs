//! Who has to wait, and who has not.

use countersign_protocol::{Timestamp, Ttl};

use super::{Attempt, Attempts, Limits, MAX_ENTRIES};

const T0: Timestamp = Timestamp::from_secs(1_800_000_000);

fn attempt<'a>(username: &'a str, address: &str) -> Attempt<'a> {
    Attempt { subject: None, username, address: address.parse().unwrap() }
}

fn attempts(per_account: u32, per_network: u32) -> Attempts {
    Attempts::new(Limits { per_account, per_network })
}

fn wait(attempts: &Attempts, now: Timestamp, attempt: Attempt<'_>) -> u64 {
    attempts.begin(now, attempt).map_or_else(
        |wait| wait,
        |checking| {
            checking.not_checked();
            0
        },
    )
}

/// Fails that often, waiting as long as it takes each time. When the last one failed.
fn fail(attempts: &Attempts, times: u32, attempt: Attempt<'_>) -> Timestamp {
    let mut now = T0;
    for _ in 0..times {
        if let Err(wait) = attempts.begin(now, attempt).map(super::Checking::failed) {
            now = now.plus(Ttl::secs(u32::try_from(wait).unwrap()));
            attempts.begin(now, attempt).unwrap().failed();
        }
    }
    now
}

#[test]
fn failures_slow_down_the_guesser_but_not_the_owner_elsewhere() {
    let attempts = attempts(3, 100);
    let now = fail(&attempts, 10, attempt("alice", "198.51.100.7"));
    assert!(wait(&attempts, now, attempt("alice", "198.51.100.7")) > 60);
    assert_eq!(wait(&attempts, now, attempt("alice", "203.0.113.1")), 0);
    assert_eq!(wait(&attempts, now, attempt("bob", "198.51.100.7")), 0);
}

#[test]
fn a_network_that_tries_many_accounts_is_slowed_down_as_a_whole() {
    let attempts = attempts(5, 10);
    for n in 0..11 {
        attempts.begin(T0, attempt(&format!("user{n}"), "198.51.100.7")).unwrap().failed();
    }
    assert!(wait(&attempts, T0, attempt("another", "198.51.100.7")) > 0);
    assert_eq!(wait(&attempts, T0, attempt("another", "198.51.100.8")), 0);
}

#[test]
fn the_wait_ends_and_success_forgets() {
    let attempts = attempts(1, 100);
    let alice = attempt("alice", "198.51.100.7");
    fail(&attempts, 2, alice);
    assert!((1..=4).contains(&wait(&attempts, T0, alice)));
    let later = T0.plus(Ttl::secs(10));
    attempts.begin(later, alice).unwrap().succeeded();
    attempts.begin(later, alice).unwrap().failed();
    assert_eq!(wait(&attempts, later, alice), 0);
}

#[test]
fn the_wait_never_exceeds_a_quarter_of_an_hour() {
    let attempts = attempts(1, 1);
    let now = fail(&attempts, 40, attempt("alice", "198.51.100.7"));
    assert!(wait(&attempts, now, attempt("alice", "198.51.100.7")) <= 15 * 60 + 1);
}

/// CVE-2024-4629: brute-force protection passed by guessing in parallel.
#[test]
fn passwords_that_are_being_checked_count() {
    let attempts = attempts(3, 100);
    let alice = attempt("alice", "198.51.100.7");
    let running: Vec<_> = (0..10).filter_map(|_| attempts.begin(T0, alice).ok()).collect();
    assert_eq!(running.len(), 4, "three are free, and the one that may fail next");
    assert_eq!(wait(&attempts, T0, alice), 1);
    assert_eq!(wait(&attempts, T0, attempt("alice", "203.0.113.1")), 0);
    for checking in running {
        checking.not_checked();
    }
    assert_eq!(wait(&attempts, T0, alice), 0, "what was not checked did not fail");
}

#[test]
fn hanging_up_does_not_make_a_guess_free() {
    let attempts = attempts(3, 100);
    let alice = attempt("alice", "198.51.100.7");
    for _ in 0..4 {
        drop(attempts.begin(T0, alice));
    }
    assert!(wait(&attempts, T0, alice) > 0);
}

#[test]
fn many_good_sign_ins_slow_nobody_down() {
    let attempts = attempts(2, 4);
    for n in 0..50 {
        attempts.begin(T0, attempt(&format!("user{}", n % 7), "198.51.100.7")).unwrap().succeeded();
    }
    assert!(attempts.entries.lock().unwrap().is_empty(), "and nothing is remembered of them");
}

#[test]
fn the_table_is_bounded() {
    let attempts = Attempts::new(Limits { per_account: 5, per_network: u32::MAX });
    for n in 0..MAX_ENTRIES + 10 {
        attempts.begin(T0, attempt(&format!("user{n}"), "198.51.100.7")).unwrap().failed();
    }
    let entries = attempts.entries.lock().unwrap();
    assert!(entries.len() <= MAX_ENTRIES);
    let longest = entries.keys().map(|key| format!("{key:?}").len()).max();
    assert!(longest < Some(200));
}

/// 64 KiB of name, fifty thousand times, would be three gigabytes.
#[test]
fn a_long_name_takes_no_more_room_than_a_short_one() {
    let attempts = attempts(5, 100);
    attempts.begin(T0, attempt(&"x".repeat(60_000), "198.51.100.7")).unwrap().failed();
    let entries = attempts.entries.lock().unwrap();
    assert!(entries.keys().all(|key| format!("{key:?}").len() < 200));
}
