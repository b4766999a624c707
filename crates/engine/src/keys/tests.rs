//! The life of signing keys as a table.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use countersign_jose::{Algorithm, SigningKey};
use countersign_protocol::{KeyId, Timestamp, Ttl};

use super::{ALGORITHMS, Due, Keys, MAX_OF_ONE, Schedule, due, forget, hasten, promote, room};
use crate::{
    Revision, Stored,
    bench::{Memory, T0},
    records::{KeyRecord, KeyState},
    write::Writes,
};

const DAY: i64 = 86_400;

fn day(n: i64) -> Timestamp {
    Timestamp::from_secs(T0.secs() + n * DAY)
}

/// States with the days since when, today, what is due.
type Row = (&'static [(KeyState, i64)], i64, Due);

fn key(id: &str, state: KeyState, since: i64) -> KeyRecord {
    KeyRecord {
        id: KeyId::parse(id).unwrap(),
        algorithm: Algorithm::ES256,
        sealed: String::new(),
        state,
        created_at: day(since),
        changed_at: day(since),
        signs_from: None,
    }
}

fn stored(records: &[KeyRecord]) -> (Memory, Vec<Stored<KeyRecord>>) {
    let mut store = Memory::default();
    let mut writes = Writes::none();
    for record in records {
        writes.insert(record);
    }
    store.commit(&writes).unwrap();
    let all = store.all();
    (store, all)
}

fn after(records: &[KeyRecord], change: impl FnOnce(&[Stored<KeyRecord>]) -> Writes) -> Vec<(String, KeyState)> {
    let (mut store, all) = stored(records);
    store.commit(&change(&all)).unwrap();
    store.all::<KeyRecord>().iter().map(|key| (key.id.to_string(), key.state)).collect()
}

#[test]
fn what_is_due_follows_from_the_ages_of_the_keys() {
    use KeyState::{Current, Next, Retired};
    // 90 days of signing, 7 days of publishing before.
    let table: &[Row] = &[
        (&[], 0, Due::First),
        (&[(Retired, 0)], 1, Due::First),
        (&[(Next, 0)], 100, Due::First),
        (&[(Current, 0)], 0, Due::Nothing),
        (&[(Current, 0)], 82, Due::Nothing),
        (&[(Current, 0)], 83, Due::Announce),
        (&[(Current, 0)], 400, Due::Announce),
        (&[(Current, 0), (Next, 83)], 83, Due::Nothing),
        (&[(Current, 0), (Next, 83)], 89, Due::Nothing),
        (&[(Current, 0), (Next, 83)], 90, Due::Promote),
        (&[(Current, 0), (Next, 10)], 50, Due::Nothing),
        (&[(Current, 0), (Next, 10)], 90, Due::Promote),
        (&[(Current, 0), (Next, 400)], 400, Due::Nothing),
        (&[(Current, 0), (Next, 400)], 406, Due::Nothing),
        (&[(Current, 0), (Next, 400)], 407, Due::Promote),
        (&[(Current, 90), (Retired, 90)], 91, Due::Nothing),
        (&[(Current, 90), (Retired, 0)], 173, Due::Announce),
        // A clock that went back is no reason for anything.
        (&[(Current, 50)], 0, Due::Nothing),
    ];
    for (row, (keys, now, expected)) in table.iter().enumerate() {
        let keys: Vec<Stored<KeyRecord>> =
            keys.iter().map(|(state, since)| Stored::new(key("k_1", *state, *since), Revision(1))).collect();
        let keys: Vec<&Stored<KeyRecord>> = keys.iter().collect();
        assert_eq!(due(day(*now), &Schedule::default(), &keys), *expected, "row {row}");
    }
}

#[test]
fn a_schedule_shorter_than_the_announcement_still_publishes_before_it_signs() {
    let schedule = Schedule { sign_for: Ttl::days(1), publish_before: Ttl::days(7), ..Schedule::default() };
    let current = Stored::new(key("k_1", KeyState::Current, 0), Revision(1));
    let next = Stored::new(key("k_2", KeyState::Next, 0), Revision(1));
    assert_eq!(due(day(0), &schedule, &[&current]), Due::Announce);
    assert_eq!(due(day(6), &schedule, &[&current, &next]), Due::Nothing);
    assert_eq!(due(day(7), &schedule, &[&current, &next]), Due::Promote);
}

#[test]
fn a_rotation_ahead_of_the_schedule_still_waits_until_every_kept_document_has_the_key() {
    let schedule = Schedule::default();
    let later = |secs: i64| Timestamp::from_secs(T0.secs() + secs);
    let (mut store, all) = stored(&[key("k_1", KeyState::Current, 0), key("k_2", KeyState::Next, 0)]);
    store.commit(&hasten(later(600), &schedule, &all)).unwrap();
    let all: Vec<Stored<KeyRecord>> = store.all();
    let refs: Vec<&Stored<KeyRecord>> = all.iter().collect();
    assert_eq!(due(later(600), &schedule, &refs), Due::Promote, "it was published for long enough already");

    let (mut store, all) = stored(&[key("k_1", KeyState::Current, 0), key("k_2", KeyState::Next, 0)]);
    store.commit(&hasten(later(10), &schedule, &all)).unwrap();
    let all: Vec<Stored<KeyRecord>> = store.all();
    let refs: Vec<&Stored<KeyRecord>> = all.iter().collect();
    assert_eq!(due(later(300), &schedule, &refs), Due::Nothing);
    assert_eq!(due(later(361), &schedule, &refs), Due::Promote);
    assert!(hasten(later(20), &schedule, &all).is_empty(), "twice is once");
}

#[test]
fn a_promotion_moves_every_key_one_step_and_notes_when() {
    use KeyState::{Current, Next, Retired};
    let keys = [key("k_1", Retired, 0), key("k_2", Current, 90), key("k_3", Next, 173)];
    let (mut store, all) = stored(&keys);
    store.commit(&promote(day(180), &all)).unwrap();
    let moved: Vec<_> = store.all::<KeyRecord>().iter().map(|key| (key.state, key.changed_at)).collect();
    assert_eq!(moved, [(Retired, day(0)), (Retired, day(180)), (Current, day(180))]);
}

#[test]
fn a_promotion_without_an_announced_key_leaves_the_current_one_signing() {
    let keys = [key("k_1", KeyState::Current, 0)];
    let left = after(&keys, |all| promote(day(90), all));
    assert_eq!(left, [("k_1".to_owned(), KeyState::Current)]);
}

#[test]
fn two_nodes_that_promote_at_once_promote_once() {
    let keys = [key("k_1", KeyState::Current, 0), key("k_2", KeyState::Next, 83)];
    let (mut store, all) = stored(&keys);
    let (one, two) = (promote(day(90), &all), promote(day(90), &all));
    assert!(store.commit(&one).is_some());
    assert!(store.commit(&two).is_none());
}

#[test]
fn a_retired_key_is_forgotten_when_its_last_token_has_expired_and_no_other_key_ever() {
    use KeyState::{Current, Next, Retired};
    let keys = [key("k_1", Retired, 0), key("k_2", Retired, 1), key("k_3", Current, 0), key("k_4", Next, 0)];
    let ids = |now: i64| -> Vec<String> {
        after(&keys, |all| forget(day(now), &Schedule::default(), all)).into_iter().map(|(id, _)| id).collect()
    };
    assert_eq!(ids(1), ["k_1", "k_2", "k_3", "k_4"]);
    assert_eq!(ids(2), ["k_1", "k_2", "k_3", "k_4"], "another node may have signed with it until it looked");
    assert_eq!(ids(3), ["k_2", "k_3", "k_4"]);
    assert_eq!(ids(4), ["k_3", "k_4"]);
    assert_eq!(ids(900), ["k_3", "k_4"]);
}

/// `count` keys that retired one after another, one each minute from `day(0)` on, and one that signs.
fn rotated(count: usize) -> Vec<Stored<KeyRecord>> {
    let retired = |n: usize| {
        let at = day(0).plus(Ttl::minutes(u32::try_from(n).unwrap()));
        KeyRecord { changed_at: at, ..key(&format!("k_{n:02}"), KeyState::Retired, 0) }
    };
    let mut all: Vec<KeyRecord> = (0..count).map(retired).collect();
    all.push(key("k_signs", KeyState::Current, 0));
    stored(&all).1
}

#[test]
fn all_keys_together_are_never_more_than_verifiers_read() {
    assert!(MAX_OF_ONE * ALGORITHMS.len() <= countersign_jose::JwkSet::MAX_KEYS);
    let (schedule, far) = (Schedule::default(), day(1));
    assert_eq!(room(day(3), &schedule, &rotated(2)).unwrap().iter().count(), 2, "beside those whose time has come");
    for (count, gone) in [(0, 0), (MAX_OF_ONE - 2, 0), (MAX_OF_ONE - 1, 1), (MAX_OF_ONE, 2)] {
        let all = rotated(count);
        let removed: Vec<String> = room(far, &schedule, &all).unwrap().iter().map(|write| write.key.clone()).collect();
        let oldest: Vec<String> = (0..gone).map(|n| format!("k_{n:02}")).collect();
        assert_eq!(removed, oldest, "{count} retired ones and one that signs");
        assert!(all.len() - removed.len() < MAX_OF_ONE);
    }
}

#[test]
fn no_key_makes_room_while_a_token_of_it_may_live() {
    let schedule = Schedule::default();
    let later = |secs: i64| Timestamp::from_secs(day(0).secs() + secs);
    // Tokens live for five minutes, and a node may have signed with a key until it looked.
    let all = rotated(MAX_OF_ONE - 1);
    assert_eq!(room(later(329), &schedule, &all).unwrap_err(), later(330));
    assert!(room(later(330), &schedule, &all).is_ok());
    let crowded = rotated(MAX_OF_ONE);
    assert_eq!(room(later(330), &schedule, &crowded).unwrap_err(), later(390), "two have to go");
    let long = Schedule { tokens: Ttl::days(30), ..schedule };
    assert_eq!(room(later(0), &long, &all).unwrap_err(), long.removed_at(day(0)), "it goes then in any case");
}

#[test]
fn a_document_may_be_kept_for_half_of_the_time_before_its_next_key_signs_at_most_five_minutes() {
    let with = |publish_before| Schedule { publish_before, ..Schedule::default() };
    let of = |ttl| (with(ttl).cached().as_secs(), with(ttl).look_every().as_millis());
    assert_eq!(of(Ttl::days(7)), (300, 30_000));
    assert_eq!(of(Ttl::minutes(5)), (150, 30_000));
    assert_eq!(of(Ttl::secs(2)), (1, 500));
}

/// A node: what it publishes and signs with, since it looked last.
#[derive(Default)]
struct Node {
    published: BTreeSet<String>,
    signs: String,
}

impl Node {
    /// Does what is due, then reads the keys, as a running server does.
    fn look(&mut self, now: Timestamp, schedule: &Schedule, store: &mut Memory) {
        let all: Vec<Stored<KeyRecord>> = store.all();
        let mut writes = forget(now, schedule, &all);
        let state = match due(now, schedule, &all.iter().collect::<Vec<_>>()) {
            Due::Nothing => None,
            Due::First => Some(KeyState::Current),
            Due::Announce => Some(KeyState::Next),
            Due::Promote => {
                writes.extend(promote(now, &all));
                None
            }
        };
        if let Some(state) = state {
            let fresh = key(&format!("k_{}_{state:?}", now.millis()), state, 0);
            writes.insert(&KeyRecord { created_at: now, changed_at: now, ..fresh });
        }
        store.commit(&writes).unwrap();
        let all: Vec<Stored<KeyRecord>> = store.all();
        let current = all.iter().find(|key| key.state == KeyState::Current).unwrap();
        (self.signs, self.published) = (current.id.to_string(), all.iter().map(|key| key.id.to_string()).collect());
    }
}

/// Two nodes that look at different times, and verifiers that keep either one's document for as long as it says.
#[test]
fn by_the_book_no_kept_document_lacks_a_key_that_signs_and_no_living_token_loses_its_key() {
    for (sign_for, publish_before, publish_after) in [(3, 3, 10), (20, 8, 40), (2, 2, 32), (600, 400, 900)] {
        let [sign_for, publish_before, publish_after] = [sign_for, publish_before, publish_after].map(Ttl::secs);
        let schedule = Schedule { sign_for, publish_before, publish_after, tokens: publish_after };
        let look = i64::try_from(schedule.look_every().as_millis()).unwrap();
        let (mut store, mut nodes) = (Memory::default(), [Node::default(), Node::default()]);
        let (mut kept, mut signed) = (VecDeque::new(), BTreeMap::new());
        let (step, mut rotations) = (look / 5, BTreeSet::new());
        for tick in 0..3000 {
            let now = Timestamp::from_millis(T0.millis() + tick * step);
            for (node, offset) in nodes.iter_mut().zip([0, 4]) {
                if tick % 5 == offset || node.signs.is_empty() {
                    node.look(now, &schedule, &mut store);
                }
                signed.insert(node.signs.clone(), now);
                rotations.insert(node.signs.clone());
            }
            kept.extend(nodes.iter().map(|node| (now, node.published.clone())));
            while kept.front().is_some_and(|(since, _)| since.plus(schedule.cached()) <= now) {
                kept.pop_front();
            }
            for node in &nodes {
                assert!(kept.iter().all(|(_, ids)| ids.contains(&node.signs)), "{schedule:?} {tick}");
                let alive = signed.iter().filter(|(_, last)| last.plus(publish_after) > now);
                assert!(alive.into_iter().all(|(id, _)| node.published.contains(id)), "{schedule:?} {tick}");
                assert!(node.published.len() <= 20, "five algorithms, and verifiers read a hundred keys");
            }
        }
        assert!(rotations.len() > 20, "{schedule:?}: {}", rotations.len());
    }
}

#[test]
fn keys_are_published_before_and_after_they_sign_and_only_the_current_one_signs() {
    let make = || SigningKey::generate(Algorithm::ES256).unwrap();
    let (next, current, retired) = (make(), make(), make());
    let (ids, signs) = ([next.kid(), current.kid(), retired.kid()].map(str::to_owned), current.kid().to_owned());
    let states = [(KeyState::Next, next), (KeyState::Current, current), (KeyState::Retired, retired)];
    let keys = Keys::new(states.into(), crate::Pairwise::new([1; 32]));
    assert!(ids.iter().all(|id| keys.jwks().contains(id.as_str())));
    assert_eq!(keys.public().keys().len(), 3);
    assert_eq!(keys.signing(Algorithm::ES256).unwrap().kid(), signs);
    assert!(!keys.jwks().contains("\"d\""), "public halves only");
}
