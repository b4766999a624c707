//! What happens at once. The decisions are the engine's own.

use std::sync::Arc;

use countersign_engine::{
    Cx, Keys, Writes,
    client_auth::{self, Credentials},
    records::{CodeState, Family, InitialAccess, User},
    token::{Facts, GrantRequest, Outcome, Realm, decide},
};
use countersign_protocol::{ErrorCode, Params};
use countersign_store::{Page, Store};
use tokio::{sync::Barrier, task::JoinSet};

use crate::world::{self, NOW, Seeded, VERIFIER, commit_patiently, insert};

const REDEEMERS: usize = 64;

/// Does what a token endpoint does: load, decide, commit, release, and again after a lost race.
pub(crate) async fn redeem(store: &Store, code: &str, seed: u64) -> Outcome {
    let (policy, keys) = (world::policy(), Keys::new(Vec::new(), countersign_engine::Pairwise::new([0; 32])));
    let mut entropy = Seeded(seed);
    let mut cx = Cx::new(NOW, &mut entropy);
    let form = format!("grant_type=authorization_code&client_id=app&code={code}&code_verifier={VERIFIER}");
    let form = Params::parse(form.as_bytes()).unwrap();
    let credentials = Credentials::parse(&mut cx, None, &form).unwrap();
    let request = GrantRequest::parse(&mut cx, &form).unwrap();
    let GrantRequest::AuthorizationCode(redemption) = &request else { panic!("another grant") };
    loop {
        let client = store.client(&credentials.client_id).await.unwrap();
        let facts = client_auth::Facts { client, fetched_keys: None, assertion_seen: false };
        let client = client_auth::authenticate(&mut cx, &policy, &[], &credentials, facts).unwrap();
        let facts = store.code_facts(redemption.code_hash().as_ref()).await.unwrap();
        let realm = Realm { policy: &policy, keys: &keys };
        let plan = decide(&mut cx, realm, &client, &request, Facts::AuthorizationCode(facts)).unwrap();
        if let Some(done) = store.commit(&plan.writes).await.unwrap() {
            return plan.outcome.release(&done);
        }
    }
}

/// One wins. The others decide again, and that decision is a valid replay, so the winner's family ends.
pub(crate) async fn of_64_redeemers_of_one_code_exactly_one_wins(store: &Store) {
    let code = world::waiting_code(store).await;
    let start = Arc::new(Barrier::new(REDEEMERS));
    let mut redeemers = JoinSet::new();
    for seed in (1000..).take(REDEEMERS) {
        let (store, code, start) = (store.clone(), code.expose().to_owned(), Arc::clone(&start));
        redeemers.spawn(async move {
            start.wait().await;
            redeem(&store, &code, seed).await
        });
    }
    let outcomes = redeemers.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refusals = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(refusals.clone().all(|refusal| refusal.code() == ErrorCode::InvalidGrant));

    let families = store.scan::<Family>(Page { after: None, limit: 9 }).await.unwrap();
    assert_eq!(families.len(), 1, "only the winner's rows are stored");
    let code = store.code(&code.hash()).await.unwrap().unwrap();
    assert_eq!(code.state, CodeState::Used { at: NOW, family: families[0].id.clone() });
    assert!(families[0].ended.is_some(), "a valid replay ends what the first use got");
}

pub(crate) async fn where_there_is_room_for_three_three_of_64_find_it(store: &Store) {
    let start = Arc::new(Barrier::new(64));
    let mut tasks = JoinSet::new();
    for task in 0..64 {
        let (store, start) = (store.clone(), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            let mut writes = Writes::none();
            writes.room::<Family>("u_alice", 3);
            writes.insert(&world::family(&format!("tf_{task}"), "alice", "s_1"));
            store.commit(&writes).await.unwrap().is_some()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|found| *found).count(), 3);
    assert_eq!(store.count_by_first::<Family>("u_alice", 64).await.unwrap(), 3);
}

pub(crate) async fn parallel_commits_on_different_records_all_succeed(store: &Store) {
    let mut tasks = JoinSet::new();
    for task in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            for number in 0..25 {
                let mut writes = Writes::none();
                writes.insert(&world::once(&format!("{task}:{number}"), NOW));
                writes.insert(&world::family(&format!("tf_{task}_{number}"), "alice", "s_1"));
                assert!(commit_patiently(&store, &writes).await);
            }
        });
    }
    tasks.join_all().await;
    let session = world::session("s_1", "b_1", "alice");
    assert_eq!(store.families_of_session(&session.id).await.unwrap().len(), 400);
}

pub(crate) async fn a_contended_counter_loses_no_step(store: &Store) {
    insert(store, &world::initial_access("counter", 0)).await;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        tasks.spawn(async move { count_up(&store, 25).await });
    }
    tasks.join_all().await;
    let counter = world::initial_access("counter", 0);
    assert_eq!(store.initial_access(&counter.hash).await.unwrap().unwrap().remaining, 200);
}

/// Adds 1 to the counter, so many times.
pub(crate) async fn count_up(store: &Store, times: u32) {
    let counter = world::initial_access("counter", 0);
    for _ in 0..times {
        loop {
            let mut counter = store.initial_access(&counter.hash).await.unwrap().unwrap();
            counter.remaining += 1;
            let mut writes = Writes::none();
            writes.replace::<InitialAccess>(&counter);
            if commit_patiently(store, &writes).await {
                break;
            }
        }
    }
}

/// Two records that always change together are never seen to differ in facts that are loaded together.
pub(crate) async fn rows_that_are_read_together_are_of_one_moment(store: &Store) {
    world::waiting_code(store).await;
    insert(store, &world::family("tf_1", "alice", "s_1")).await;
    insert(store, &world::access("t_1", Some("tf_1"))).await;
    let other = store.clone();
    let flips = tokio::spawn(async move {
        for _ in 0..200 {
            let mut family = other.find::<Family>("tf_1").await.unwrap().unwrap();
            let mut alice = other.find::<User>("u_alice").await.unwrap().unwrap();
            family.received = !family.received;
            alice.enabled = !family.received;
            let mut writes = Writes::none();
            writes.replace(&family);
            writes.replace(&alice);
            assert!(commit_patiently(&other, &writes).await);
        }
    });
    while !flips.is_finished() {
        let facts = store.access_facts("t_1").await.unwrap();
        assert_ne!(facts.family.unwrap().received, facts.principal.user.unwrap().enabled);
        tokio::task::yield_now().await;
    }
    flips.await.unwrap();
}
