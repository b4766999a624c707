//! What every backend must do. Each function gets a fresh store; [`conformance!`] runs them all against one backend.

use countersign_engine::{
    Revision, Stored, Writes,
    records::{
        Access, Authorization, Browser, Client, Code, Family, InitialAccess, Interaction, KeyRecord, Once, Record,
        Refresh, SealedValue, Session, User,
    },
};
use countersign_protocol::{Handle, HandleHash, HandleKind, Timestamp, Ttl};
use countersign_store::{Page, Store};

use crate::world::{self, NOW, Seeded, insert, replace};

/// Runs the whole suite against one backend: a module of tests by that name.
macro_rules! conformance {
    ($backend:ident, $fixture:expr) => {
        conformance! { $backend, $fixture,
            conformance: every_kind_comes_back_as_it_was_stored
            conformance: the_first_revision_is_1_and_each_change_adds_1
            conformance: a_key_is_inserted_once
            conformance: a_stale_revision_changes_nothing
            conformance: a_kept_record_must_be_unchanged
            conformance: a_commit_is_applied_whole_or_not_at_all
            conformance: writes_of_one_commit_are_applied_in_their_order
            conformance: no_writes_are_done_at_once
            conformance: a_commit_may_ask_for_room_beside_others_of_the_same_first_key
            conformance: a_user_name_belongs_to_one_user
            conformance: a_cookie_belongs_to_one_browser
            conformance: a_changed_secondary_key_is_found_under_its_new_value_only
            conformance: lists_are_in_the_order_of_keys_and_go_on_where_they_ended
            conformance: a_list_that_must_be_complete_is_longer_than_a_page
            conformance: a_big_body_is_kept
            conformance: a_changed_row_is_never_read_as_it_was
            conformance: a_record_in_hand_belongs_to_its_caller
            conformance: the_sweeper_takes_what_has_expired_and_says_what_waits
            conformance: rows_of_a_kind_are_counted_up_to_a_limit
            conformance: an_expired_row_is_read_until_it_is_swept
            conformance: facts_are_complete
            races: of_64_redeemers_of_one_code_exactly_one_wins
            races: parallel_commits_on_different_records_all_succeed
            races: where_there_is_room_for_three_three_of_64_find_it
            races: a_contended_counter_loses_no_step
            races: rows_that_are_read_together_are_of_one_moment
        }
    };
    ($backend:ident, $fixture:expr, $($module:ident: $test:ident)*) => {
        mod $backend {
            use super::Fixture;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    let fixture = $fixture;
                    crate::$module::$test(&fixture.store).await;
                }
            )*
        }
    };
}

async fn comes_back<R: Record + PartialEq + std::fmt::Debug>(store: &Store, record: &R) {
    assert!(store.find::<R>(&record.key()).await.unwrap().is_none());
    assert!(insert(store, record).await);
    let found = store.find::<R>(&record.key()).await.unwrap().unwrap();
    assert_eq!((&*found, found.revision()), (record, Revision(1)));
    let (first, second) = record.secondary();
    if let Some(first) = first {
        let page = Page { after: None, limit: 10 };
        assert_eq!(store.list_by_first::<R>(&first, page).await.unwrap(), std::slice::from_ref(&found));
    }
    if let Some(second) = second {
        let page = Page { after: None, limit: 10 };
        assert_eq!(store.list_by_second::<R>(&second, page).await.unwrap(), std::slice::from_ref(&found));
    }
    assert_eq!(store.scan::<R>(Page { after: None, limit: 10 }).await.unwrap(), [found]);
}

/// Decoded records are reused by the text of their rows: nothing that was once true may come back.
pub(crate) async fn a_changed_row_is_never_read_as_it_was(store: &Store) {
    let alice = world::user("alice");
    let seen = || async { store.user(&alice.subject).await.unwrap() };
    insert(store, &alice).await;
    for enabled in [true, false, false, true, false] {
        let mut changed = seen().await.unwrap();
        changed.enabled = enabled;
        assert!(replace(store, &changed).await);
        for _ in 0..3 {
            let found = seen().await.unwrap();
            assert_eq!((found.enabled, found.revision().0), (enabled, changed.revision().0 + 1));
        }
    }
    let mut writes = Writes::none();
    writes.delete(&seen().await.unwrap());
    store.commit(&writes).await.unwrap().unwrap();
    assert!(seen().await.is_none());
    // Another record under the same key and with the same revision as the first one had.
    let mut another = alice.clone();
    another.claims.insert("name".to_owned(), "Another".into());
    insert(store, &another).await;
    let found = seen().await.unwrap();
    assert_eq!((&*found, found.revision()), (&another, Revision(1)));
    let listed = store.list_by_first::<User>(&alice.username, Page { after: None, limit: 1 }).await.unwrap();
    assert_eq!(&*listed[0], &another);
}

/// What a caller does to a record that it was handed reaches nobody else.
pub(crate) async fn a_record_in_hand_belongs_to_its_caller(store: &Store) {
    insert(store, &world::user("alice")).await;
    let (mut mine, theirs) = (world::read_user(store, "alice").await, world::read_user(store, "alice").await);
    mine.enabled = false;
    mine.claims.clear();
    assert_eq!(&*theirs, &world::user("alice"));
    assert_eq!(&*world::read_user(store, "alice").await, &world::user("alice"));
}

pub(crate) async fn every_kind_comes_back_as_it_was_stored(store: &Store) {
    let handle = Handle::random(HandleKind::Code, &mut Seeded(1));
    comes_back::<Client>(store, &world::client("app \"quoted\" 'too'")).await;
    comes_back::<User>(store, &world::user("alice")).await;
    comes_back::<Browser>(store, &world::browser("b_1", "cookie")).await;
    comes_back::<Session>(store, &world::session("s_1", "b_1", "alice")).await;
    comes_back::<Interaction>(store, &world::interaction("handle")).await;
    comes_back::<Authorization>(store, &world::authorization("app", "alice")).await;
    comes_back::<Code>(store, &world::code(&handle)).await;
    comes_back::<Family>(store, &world::family("tf_1", "alice", "s_1")).await;
    comes_back::<Refresh>(store, &world::refresh("token", "tf_1")).await;
    comes_back::<Access>(store, &world::access("t_1", Some("tf_1"))).await;
    comes_back::<Once>(store, &world::once("assertion:x", NOW)).await;
    comes_back::<KeyRecord>(store, &world::key("k_1")).await;
    comes_back::<InitialAccess>(store, &world::initial_access("token", 3)).await;
    comes_back::<SealedValue>(store, &world::sealed_value()).await;
}

pub(crate) async fn the_first_revision_is_1_and_each_change_adds_1(store: &Store) {
    insert(store, &world::user("alice")).await;
    for expected in 1..=5 {
        let mut alice = store.user(&world::subject("alice")).await.unwrap().unwrap();
        assert_eq!(alice.revision(), Revision(expected));
        alice.enabled = !alice.enabled;
        assert!(replace(store, &alice).await);
    }
}

pub(crate) async fn a_key_is_inserted_once(store: &Store) {
    assert!(insert(store, &world::once("assertion:x", NOW)).await);
    assert!(!insert(store, &world::once("assertion:x", NOW.plus(Ttl::secs(1)))).await);
    let found = store.once("assertion:x").await.unwrap().unwrap();
    assert_eq!((found.expires_at, found.revision()), (NOW, Revision(1)));
}

pub(crate) async fn a_stale_revision_changes_nothing(store: &Store) {
    insert(store, &world::user("alice")).await;
    let stale = store.user(&world::subject("alice")).await.unwrap().unwrap();
    let mut fresh = stale.clone();
    fresh.enabled = false;
    assert!(replace(store, &fresh).await);

    assert!(!replace(store, &stale).await);
    let mut delete = Writes::none();
    delete.delete(&stale);
    assert!(store.commit(&delete).await.unwrap().is_none());

    let fresh = store.user(&world::subject("alice")).await.unwrap().unwrap();
    assert!(!fresh.enabled);
    let mut delete = Writes::none();
    delete.delete(&fresh);
    assert!(store.commit(&delete).await.unwrap().is_some());
    assert!(store.user(&world::subject("alice")).await.unwrap().is_none());
    assert!(store.commit(&delete).await.unwrap().is_none(), "a row that is gone can't be deleted again");
    assert!(!replace(store, &fresh).await, "a row that is gone can't be replaced");
}

pub(crate) async fn a_kept_record_must_be_unchanged(store: &Store) {
    insert(store, &world::user("alice")).await;
    let seen = store.user(&world::subject("alice")).await.unwrap().unwrap();
    let depends = |number: u32| {
        let mut writes = Writes::none();
        writes.insert(&world::once(&format!("n:{number}"), NOW));
        writes.keep(&seen);
        writes
    };
    assert!(store.commit(&depends(1)).await.unwrap().is_some());
    let same = store.user(&world::subject("alice")).await.unwrap().unwrap();
    assert_eq!(same.revision(), seen.revision(), "keeping is no change");

    assert!(replace(store, &seen).await);
    assert!(store.commit(&depends(2)).await.unwrap().is_none());
    assert!(store.once("n:2").await.unwrap().is_none());

    let mut delete = Writes::none();
    delete.delete(&store.user(&world::subject("alice")).await.unwrap().unwrap());
    store.commit(&delete).await.unwrap().unwrap();
    assert!(store.commit(&depends(3)).await.unwrap().is_none());
}

pub(crate) async fn a_commit_is_applied_whole_or_not_at_all(store: &Store) {
    insert(store, &world::once("taken", NOW)).await;
    for name in ["alice", "bob"] {
        insert(store, &world::user(name)).await;
    }
    let mut alice = store.user(&world::subject("alice")).await.unwrap().unwrap();
    let bob = store.user(&world::subject("bob")).await.unwrap().unwrap();
    alice.enabled = false;
    let mut writes = Writes::none();
    writes.insert(&world::once("new", NOW));
    writes.replace(&alice);
    writes.delete(&bob);
    let fine = writes.clone();
    writes.insert(&world::once("taken", NOW));

    assert!(store.commit(&writes).await.unwrap().is_none());
    assert!(store.once("new").await.unwrap().is_none());
    let found = store.user(&world::subject("alice")).await.unwrap().unwrap();
    assert_eq!((found.enabled, found.revision()), (true, Revision(1)));
    assert_eq!(store.user(&world::subject("bob")).await.unwrap(), Some(bob));

    assert!(store.commit(&fine).await.unwrap().is_some());
    assert!(store.once("new").await.unwrap().is_some());
    assert!(!store.user(&world::subject("alice")).await.unwrap().unwrap().enabled);
    assert!(store.user(&world::subject("bob")).await.unwrap().is_none());
}

pub(crate) async fn writes_of_one_commit_are_applied_in_their_order(store: &Store) {
    insert(store, &world::user("alice")).await;
    let alice = store.user(&world::subject("alice")).await.unwrap().unwrap();
    let mut successor = world::user("alice");
    successor.subject = world::subject("successor");
    let mut writes = Writes::none();
    writes.delete(&alice);
    writes.insert(&successor);
    writes.insert(&*alice);
    assert!(store.commit(&writes).await.unwrap().is_none(), "the name is taken again by then");

    let mut writes = Writes::none();
    writes.delete(&alice);
    writes.insert(&successor);
    assert!(store.commit(&writes).await.unwrap().is_some());
    assert_eq!(store.user_by_name("alice").await.unwrap().unwrap().subject, successor.subject);
}

pub(crate) async fn a_commit_may_ask_for_room_beside_others_of_the_same_first_key(store: &Store) {
    let one_more = async |id: &str, browser: &str, most: u32| {
        let mut writes = Writes::none();
        writes.room::<Session>(browser, most);
        writes.insert(&world::session(id, browser, "alice"));
        store.commit(&writes).await.unwrap().is_some()
    };
    assert!(!one_more("s_0", "b_1", 0).await);
    for id in ["s_1", "s_2"] {
        assert!(one_more(id, "b_1", 2).await, "{id}");
    }
    assert!(!one_more("s_3", "b_1", 2).await);
    assert!(!one_more("s_3", "b_1", 1).await);
    assert!(one_more("s_4", "b_2", 1).await, "another key has room of its own");
    assert!(store.find::<Session>("s_3").await.unwrap().is_none());
    assert!(one_more("s_3", "b_1", 3).await);
    assert_eq!(store.count_by_first::<Session>("b_1", 9).await.unwrap(), 3);
    assert_eq!(store.count_by_first::<Session>("b_1", 2).await.unwrap(), 2);

    // What one commit inserts before it asks counts, too.
    let mut writes = Writes::none();
    writes.insert(&world::session("s_5", "b_3", "alice"));
    writes.room::<Session>("b_3", 1);
    assert!(store.commit(&writes).await.unwrap().is_none());
}

pub(crate) async fn no_writes_are_done_at_once(store: &Store) {
    assert!(store.commit(&Writes::none()).await.unwrap().is_some());
    store.ready().await.unwrap();
}

pub(crate) async fn a_user_name_belongs_to_one_user(store: &Store) {
    insert(store, &world::user("alice")).await;
    insert(store, &world::user("bob")).await;
    let mut second = world::user("carol");
    "alice".clone_into(&mut second.username);
    assert!(!insert(store, &second).await);

    let mut bob = store.user_by_name("bob").await.unwrap().unwrap();
    "alice".clone_into(&mut bob.username);
    assert!(!replace(store, &bob).await);
    assert_eq!(store.user_by_name("alice").await.unwrap().unwrap().subject, world::subject("alice"));
    assert!(store.user_by_name("bob").await.unwrap().is_some());
    assert!(store.user_by_name("Alice").await.unwrap().is_none(), "names are compared byte by byte");
}

pub(crate) async fn a_cookie_belongs_to_one_browser(store: &Store) {
    assert!(insert(store, &world::browser("b_1", "cookie")).await);
    assert!(!insert(store, &world::browser("b_2", "cookie")).await);
    let found = store.browser_by_cookie(&HandleHash::of("cookie")).await.unwrap().unwrap();
    assert_eq!(found.id.as_str(), "b_1");
}

pub(crate) async fn a_changed_secondary_key_is_found_under_its_new_value_only(store: &Store) {
    insert(store, &world::browser("b_1", "before")).await;
    let mut browser = store.browser_by_cookie(&HandleHash::of("before")).await.unwrap().unwrap();
    browser.cookie = HandleHash::of("after");
    assert!(replace(store, &browser).await);
    assert!(store.browser_by_cookie(&HandleHash::of("before")).await.unwrap().is_none());
    assert!(store.browser_by_cookie(&HandleHash::of("after")).await.unwrap().is_some());
}

pub(crate) async fn lists_are_in_the_order_of_keys_and_go_on_where_they_ended(store: &Store) {
    for id in ["s_b", "s_Z", "s_a", "s_10", "s_9"] {
        insert(store, &world::session(id, "b_1", "alice")).await;
    }
    insert(store, &world::session("s_elsewhere", "b_2", "alice")).await;
    let ids = |sessions: Vec<Stored<Session>>| sessions.iter().map(|s| s.id.to_string()).collect::<Vec<_>>();

    let first = store.list_by_first::<Session>("b_1", Page { after: None, limit: 3 }).await.unwrap();
    assert_eq!(ids(first), ["s_10", "s_9", "s_Z"]);
    let rest = store.list_by_first::<Session>("b_1", Page { after: Some("s_Z"), limit: 3 }).await.unwrap();
    assert_eq!(ids(rest), ["s_a", "s_b"]);
    let second = store.list_by_second::<Session>("u_alice", Page { after: Some("s_a"), limit: 9 }).await.unwrap();
    assert_eq!(ids(second), ["s_b", "s_elsewhere"]);
    let all = store.scan::<Session>(Page { after: Some("s_9"), limit: 2 }).await.unwrap();
    assert_eq!(ids(all), ["s_Z", "s_a"]);
    assert!(store.scan::<Session>(Page { after: None, limit: 0 }).await.unwrap().is_empty());
    assert!(store.list_by_first::<Session>("b_3", Page { after: None, limit: 9 }).await.unwrap().is_empty());
}

pub(crate) async fn a_list_that_must_be_complete_is_longer_than_a_page(store: &Store) {
    let mut writes = Writes::none();
    for number in 0..2500 {
        writes.insert(&world::family(&format!("tf_{number}"), "alice", "s_1"));
    }
    assert!(store.commit(&writes).await.unwrap().is_some());
    let session = world::session("s_1", "b_1", "alice");
    assert_eq!(store.families_of_session(&session.id).await.unwrap().len(), 2500);
    assert_eq!(store.families_of_user(&session.subject).await.unwrap().len(), countersign_store::MAX_SHOWN);
}

pub(crate) async fn a_big_body_is_kept(store: &Store) {
    let mut alice = world::user("alice");
    alice.claims.insert("essay".to_owned(), "ä".repeat(1 << 20).into());
    assert!(insert(store, &alice).await);
    assert_eq!(*store.user(&alice.subject).await.unwrap().unwrap(), alice);
}

pub(crate) async fn the_sweeper_takes_what_has_expired_and_says_what_waits(store: &Store) {
    let later = NOW.plus(Ttl::secs(1));
    insert(store, &world::user("alice")).await;
    insert(store, &world::once("living", later)).await;
    for number in 0..5 {
        insert(store, &world::once(&format!("n:{number}"), NOW)).await;
        insert(store, &world::access(&format!("t_{number}"), None)).await;
    }
    let before = NOW.minus(Ttl::secs(1));
    assert_eq!(swept(store, before, 100).await, (0, 0));
    assert_eq!(swept(store, NOW, 2).await, (2, 3));
    assert_eq!(swept(store, NOW, 2).await, (2, 1));
    assert_eq!(swept(store, NOW, 2).await, (1, 0));
    assert!(store.once("living").await.unwrap().is_some());
    assert_eq!(swept(store, NOW.plus(Ttl::minutes(5)), 100).await, (6, 0));
    assert!(store.user(&world::subject("alice")).await.unwrap().is_some(), "users don't expire");
}

async fn swept(store: &Store, now: Timestamp, limit: usize) -> (usize, usize) {
    let swept = store.sweep(now, limit).await.unwrap();
    (swept.removed, swept.left)
}

pub(crate) async fn rows_of_a_kind_are_counted_up_to_a_limit(store: &Store) {
    assert_eq!(store.count::<Once>(100).await.unwrap(), 0);
    insert(store, &world::user("alice")).await;
    for number in 0..5 {
        insert(store, &world::once(&format!("n:{number}"), NOW)).await;
    }
    assert_eq!((store.count::<Once>(100).await.unwrap(), store.count::<Once>(3).await.unwrap()), (5, 3));
}

pub(crate) async fn an_expired_row_is_read_until_it_is_swept(store: &Store) {
    insert(store, &world::once("old", Timestamp::from_secs(1))).await;
    let old = store.once("old").await.unwrap().unwrap();
    assert_eq!(swept(store, NOW, 10).await, (1, 0));
    assert!(store.once("old").await.unwrap().is_none());
    assert!(!replace(store, &old).await, "who decided on a row that was swept has lost a race");
}

pub(crate) async fn facts_are_complete(store: &Store) {
    let handle = world::waiting_code(store).await;
    insert(store, &world::family("tf_1", "alice", "s_1")).await;
    insert(store, &world::refresh("token", "tf_1")).await;
    insert(store, &world::access("t_1", Some("tf_1"))).await;
    insert(store, &world::access("t_own", None)).await;

    let facts = store.code_facts(Some(&handle.hash())).await.unwrap();
    assert!(facts.code.is_some() && facts.family.is_none());
    assert!(facts.principal.user.is_some() && facts.principal.authorization.is_some());
    assert!(store.code_facts(None).await.unwrap().code.is_none());

    let facts = store.refresh_facts(Some(&HandleHash::of("token"))).await.unwrap();
    assert!(facts.refresh.is_some() && facts.family.is_some());
    assert!(facts.principal.user.is_some() && facts.principal.authorization.is_some());
    assert!(store.refresh_facts(Some(&HandleHash::of("other"))).await.unwrap().refresh.is_none());
    let facts = store.presented_refresh_facts(&HandleHash::of("token")).await.unwrap();
    assert!(facts.refresh.is_some() && facts.family.is_some() && facts.client.is_some());

    let facts = store.access_facts("t_1").await.unwrap();
    assert!(facts.access.is_some() && facts.family.is_some() && facts.client.is_some());
    assert!(facts.principal.user.is_some() && facts.principal.authorization.is_some());
    let facts = store.access_facts("t_own").await.unwrap();
    assert!(facts.access.is_some() && facts.family.is_none() && facts.client.is_some());
    assert!(store.access_facts("t_none").await.unwrap().client.is_none());

    let (client, token) = (world::client("app").id, countersign_protocol::TokenId::parse("t_jwt").unwrap());
    assert!(!store.own_access_facts(&client, &token).await.unwrap().revoked);
    insert(store, &Once::revoked(&token, NOW)).await;
    let facts = store.own_access_facts(&client, &token).await.unwrap();
    assert!(facts.revoked && facts.client.is_some());
}
