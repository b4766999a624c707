//! Signing keys at rest and over time, the master key in its file, and what a running server does by itself.

use std::{sync::Arc, time::Duration};

use countersign_engine::{
    Stored,
    keys::{ALGORITHMS, MAX_OF_ONE, Schedule},
    records::{KeyRecord, KeyState, Once, SealedValue, SubjectType},
};
use countersign_jose::{Algorithm, JwkSet, Unverified};
use countersign_protocol::{KeyId, Subject, Ttl, from_base64url};
use countersign_server::{
    edge::{SystemClock, SystemEntropy},
    keyring::{Keyring, MasterKey, MasterKeyError, RotationError},
    upkeep,
};
use countersign_store::Store;

use crate::support::{Ask, Bench, Rp};

fn master() -> MasterKey {
    MasterKey::parse(&"A".repeat(43), "a test").unwrap()
}

fn keyring<'a>(bench: &'a Bench, master: &'a MasterKey) -> Keyring<'a> {
    Keyring { store: &bench.realm.store, master, schedule: Schedule::default() }
}

/// Does what is due now, as a running server does every half minute.
async fn refresh(bench: &Bench, master: &MasterKey) {
    let keys = keyring(bench, master).refresh(bench.realm.clock.as_ref(), &mut SystemEntropy).await.unwrap();
    bench.realm.keys.store(Arc::new(keys));
}

async fn published(bench: &Bench) -> JwkSet {
    JwkSet::parse(&bench.send(Ask::get("/jwks")).await.expect(200).body).unwrap()
}

fn count(keys: &[Stored<KeyRecord>], state: KeyState) -> usize {
    keys.iter().filter(|key| key.state == state && key.algorithm == Algorithm::ES256).count()
}

#[tokio::test]
async fn keys_are_made_once_and_found_again() {
    let (bench, master) = (Bench::new().await, master());
    refresh(&bench, &master).await;
    let first = published(&bench).await.to_json();
    refresh(&bench, &master).await;
    assert_eq!(published(&bench).await.to_json(), first, "coreos/go-oidc#243: keys survive a restart");
    bench.send(Ask::get("/readyz")).await.expect(200);
    // A key in the clear names its algorithm (PKCS #8): longer than anything that a sealed one has by chance.
    let (ec, rsa) = (&b"\x2a\x86\x48\xce\x3d\x02\x01"[..], &b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"[..]);
    let rows = bench.all::<KeyRecord>().await;
    assert!(rows.len() >= 2);
    for row in &rows {
        let sealed = from_base64url(&row.sealed).unwrap();
        let names = |name: &[u8]| sealed.windows(name.len()).any(|part| part == name);
        assert!(!names(ec) && !names(rsa), "the private half of {} is not sealed", row.id);
    }
}

/// Each of two nodes would sign with a key of its own otherwise, and publish both from the next look on only.
#[tokio::test]
async fn two_nodes_that_start_at_once_have_the_same_first_keys() {
    let (store, master, clock) = (Store::in_memory(), master(), SystemClock);
    let node = || Keyring { store: &store, master: &master, schedule: Schedule::default() };
    let (one, other) = (node(), node());
    let (mut first, mut second) = (SystemEntropy, SystemEntropy);
    let (one, other) = tokio::join!(one.refresh(&clock, &mut first), other.refresh(&clock, &mut second));
    assert_eq!(one.unwrap().public().to_json(), other.unwrap().public().to_json());
    let keys = store.keys().await.unwrap();
    assert_eq!(keys.len(), ALGORITHMS.len());
    assert!(keys.iter().all(|key| key.state == KeyState::Current));
}

#[tokio::test]
async fn the_key_of_pairwise_subjects_is_drawn_once_and_kept_sealed() {
    let (bench, master) = (Bench::new().await, master());
    let known_as = async || {
        let shop = SubjectType::Pairwise { sector: "shop.example".to_owned() };
        let keys = keyring(&bench, &master).refresh(bench.realm.clock.as_ref(), &mut SystemEntropy).await.unwrap();
        keys.known_as(&shop, &Subject::parse("u_alice").unwrap())
    };
    let first = known_as().await;
    keyring(&bench, &master).rotate_now(bench.now(), &ALGORITHMS, &mut SystemEntropy).await.unwrap();
    assert_eq!(known_as().await, first, "after a restart and a rotation");
    let row = bench.find::<SealedValue>(SealedValue::PAIRWISE).await.unwrap();
    assert_eq!(row.sealed.len(), 80, "nonce, key and tag");
    bench.remove::<SealedValue>(SealedValue::PAIRWISE).await;
    assert_ne!(known_as().await, first, "another installation has another one");
}

#[tokio::test]
async fn keys_do_not_open_under_another_master_key() {
    let (bench, master) = (Bench::new().await, master());
    refresh(&bench, &master).await;
    let other = MasterKey::parse(&format!("{}E", "B".repeat(42)), "a test").unwrap();
    let error = keyring(&bench, &other).open().await.unwrap_err().to_string();
    assert!(!error.contains("BBB"), "{error}");
    let before = bench.all::<KeyRecord>().await.len();
    assert!(keyring(&bench, &other).refresh(bench.realm.clock.as_ref(), &mut SystemEntropy).await.is_err());
    assert_eq!(bench.all::<KeyRecord>().await.len(), before, "and none is made in its place");
}

#[tokio::test]
async fn a_sealed_key_is_bound_to_its_row() {
    let (bench, master) = (Bench::new().await, master());
    refresh(&bench, &master).await;
    let all = bench.all::<KeyRecord>().await;
    let (one, other) = (all[0].id.to_string(), all[1].sealed.clone());
    bench.change::<KeyRecord>(&one, |key| key.sealed = other).await;
    assert!(keyring(&bench, &master).open().await.is_err());
}

/// kellnr#1265: verifiers that fetch keys seldom must find a key before it signs, and after it has stopped.
#[tokio::test]
async fn over_its_life_no_token_is_ever_without_its_published_key() {
    let (bench, master) = (Bench::new().await, master());
    refresh(&bench, &master).await;
    let mut kids = std::collections::BTreeSet::new();
    let mut cached = published(&bench).await;
    for day in 0..200 {
        refresh(&bench, &master).await;
        let reply = Rp::of("service").call(&bench, "/token", &[("grant_type", "client_credentials")]).await;
        let token = reply.expect(200).json()["access_token"].as_str().unwrap().to_owned();
        let unverified = Unverified::parse(&token).unwrap();
        unverified.clone().verify(&cached).unwrap_or_else(|error| panic!("day {day}: {error}"));
        let verified = unverified.verify(&published(&bench).await).unwrap();
        kids.insert(verified.header().kid.clone());
        // A verifier that looks once in five days.
        if day % 5 == 4 {
            cached = published(&bench).await;
        }
        bench.advance(Ttl::days(1));
    }
    assert_eq!(kids.len(), 3, "a key signs for 90 days");
    let all = bench.all::<KeyRecord>().await;
    assert_eq!((count(&all, KeyState::Current), count(&all, KeyState::Retired)), (1, 0), "old ones are forgotten");
}

#[tokio::test]
async fn rotating_at_once_signs_with_a_new_key_and_keeps_old_tokens_good() {
    let (bench, master) = (Bench::new().await, master());
    refresh(&bench, &master).await;
    let before = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    keyring(&bench, &master).rotate_now(bench.now(), &ALGORITHMS, &mut SystemEntropy).await.unwrap();
    refresh(&bench, &master).await;
    let after = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    let kid = |token: &str| Unverified::parse(token).unwrap().verify(bench.realm.keys.load().public()).unwrap();
    assert_ne!(kid(&before.access).header().kid, kid(&after.access).header().kid);
    for tokens in [before, after] {
        bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.expect(200);
        tokens.verified_id_claims(&bench);
    }
    let all = bench.all::<KeyRecord>().await;
    assert_eq!(
        (count(&all, KeyState::Current), count(&all, KeyState::Next), count(&all, KeyState::Retired)),
        (1, 0, 1)
    );
}

/// Verifiers read a hundred keys, so no more are published, however often somebody rotates.
#[tokio::test]
async fn keys_are_not_rotated_while_there_are_as_many_as_verifiers_read_and_tokens_of_all_may_live() {
    let (bench, master) = (Bench::new().await, master());
    refresh(&bench, &master).await;
    let signs = bench.all::<KeyRecord>().await.into_iter().find(|key| key.algorithm == Algorithm::ES256).unwrap();
    for n in 1..MAX_OF_ONE {
        let id = KeyId::parse(&format!("k_{n}")).unwrap();
        bench.insert(&KeyRecord { id, state: KeyState::Retired, ..signs.clone().into_inner() }).await;
    }
    let before = bench.all::<KeyRecord>().await;
    let rotate = async || keyring(&bench, &master).rotate_now(bench.now(), &ALGORITHMS, &mut SystemEntropy).await;
    let Err(RotationError::Full { until }) = rotate().await else { panic!("there was room") };
    assert_eq!(bench.all::<KeyRecord>().await, before, "of no algorithm");
    bench.advance(Ttl::secs(u32::try_from(until.secs_since(bench.now())).unwrap()));
    rotate().await.unwrap();
    let of_es256 = |keys: &[Stored<KeyRecord>]| keys.iter().filter(|key| key.algorithm == Algorithm::ES256).count();
    let after = bench.all::<KeyRecord>().await;
    assert_eq!((of_es256(&before), of_es256(&after)), (MAX_OF_ONE, MAX_OF_ONE));
    assert!(after.iter().any(|key| key.id == signs.id), "what signed until now stays published");
}

#[test]
fn the_master_key_is_made_once_in_a_file_that_only_its_owner_reads() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let first = MasterKey::load_or_make(&path, &mut SystemEntropy).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let again = MasterKey::load_or_make(&path, &mut SystemEntropy).unwrap();
    assert_eq!(first.text(), again.text());
    assert!(!format!("{first:?}").contains(first.text().as_str()));
    for bad in [0o604, 0o640, 0o660, 0o644, 0o601] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(bad)).unwrap();
        let error = MasterKey::load_or_make(&path, &mut SystemEntropy).unwrap_err();
        assert!(matches!(error, MasterKeyError::Mode { mode, .. } if mode == bad), "{bad:o}: {error}");
    }
}

#[test]
fn a_master_key_of_the_wrong_form_is_refused_without_being_shown() {
    for bad in ["", "short", &"A".repeat(42), &"A".repeat(44), &"!".repeat(43), &format!("{}B", "A".repeat(42))] {
        let error = MasterKey::parse(bad, "the environment").unwrap_err().to_string();
        assert!(error.contains("the environment"), "{error}");
        assert!(bad.is_empty() || !error.contains(bad), "{error}");
    }
    assert!(MasterKey::parse(&format!("\n{}\n", "A".repeat(43)), "x").is_ok());
    let folder = tempfile::tempdir().unwrap();
    assert!(MasterKey::load_or_make(folder.path(), &mut SystemEntropy).is_err(), "a folder");
    assert!(MasterKey::load_or_make(&folder.path().join("no/such/key"), &mut SystemEntropy).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_running_server_picks_up_keys_that_a_command_rotated() {
    let (bench, master) = (Bench::new().await, master());
    refresh(&bench, &master).await;
    let before = published(&bench).await.to_json();
    let running = tokio::spawn(upkeep::keys(
        Arc::clone(&bench.realm),
        Arc::new(self::master()),
        Schedule::default(),
        upkeep::no_hurry(),
    ));
    keyring(&bench, &master).rotate_now(bench.now(), &ALGORITHMS, &mut SystemEntropy).await.unwrap();
    tokio::time::sleep(Duration::from_secs(35)).await;
    let after = published(&bench).await.to_json();
    assert!(after.len() > before.len());
    running.abort();
}

/// hydra#1574: tables of 18 GB. Sweeping keeps up with what comes.
#[tokio::test(start_paused = true)]
async fn what_has_expired_goes_as_fast_as_it_comes() {
    let bench = Bench::new().await;
    let expires_at = bench.now().plus(Ttl::secs(1));
    for n in 0..20_000 {
        bench.insert(&Once { key: format!("x{n}"), expires_at }).await;
    }
    bench.advance(Ttl::secs(1));
    let running = tokio::spawn(upkeep::sweep(Arc::clone(&bench.realm)));
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(bench.all::<Once>().await.len(), 0);
    running.abort();
}
