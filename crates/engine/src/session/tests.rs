//! Signing in and out: cookies, sessions, and what hangs off them.

use countersign_protocol::{HandleHash, ScopeSet, SessionId, Subject, Timestamp, Ttl};

use super::{
    Ending, MAX_ACCOUNTS, Place, end_sessions, makes_room, new_browser, sign_in, sign_out, sign_up, told_apart_from,
};
use crate::{
    Cx, Plan, Stored, Writes,
    authorize::Consent,
    bench::{Bench, T0},
    records::{Browser, Ended, Family, Interaction, Session, User},
};

fn plan_sign_in(t: &mut Bench, user: &str, waiting: Option<Stored<Interaction>>) -> Plan<super::SignedIn> {
    let user: Stored<User> = t.store.find(user).unwrap();
    let (browser, sessions) = (t.browser(), t.store.all::<Session>());
    let leaving = t.ending(makes_room(&sessions, &user).cloned().into_iter().collect());
    let place = Place { browser: &browser, sessions: &sessions, waiting, leaving };
    sign_in(&mut Cx::new(t.now, &mut t.entropy), &t.policy, place, &user)
}

fn by_cookie(t: &Bench, cookie: &HandleHash) -> bool {
    t.store.all::<Browser>().iter().any(|browser| browser.cookie == *cookie)
}

/// CVE-2026-7507, CVE-2025-12390, CVE-2024-28197: an identifier from before the sign-in must be worthless after it.
#[test]
fn the_cookie_changes_at_every_sign_in_and_sign_out() {
    let mut t = Bench::new();
    for user in ["u_alice", "u_bob", "u_alice"] {
        let planted = t.browser().cookie.clone();
        let plan = plan_sign_in(&mut t, user, None);
        let signed_in = t.commit(plan).unwrap();
        assert!(!by_cookie(&t, &planted) && by_cookie(&t, &signed_in.cookie.hash()), "{user}");
    }
    let before = t.browser().cookie.clone();
    let (browser, sessions) = (t.browser(), t.store.all::<Session>());
    let ending = t.ending(sessions);
    let plan = sign_out(&mut Cx::new(t.now, &mut t.entropy), &t.policy, &browser, ending);
    let cookie = t.commit(plan).unwrap().cookie;
    assert!(!by_cookie(&t, &before) && by_cookie(&t, &cookie.hash()));
    assert!(t.store.all::<Session>().is_empty());
}

#[test]
fn a_browser_keeps_its_id_so_that_other_tabs_go_on() {
    let mut t = Bench::new();
    let before = t.browser().id.clone();
    t.sign_in("bob");
    assert_eq!(t.browser().id, before);
}

#[test]
fn signing_in_again_renews_the_session_and_notes_when() {
    let mut t = Bench::new();
    let first = t.store.all::<Session>().remove(0);
    t.advance(Ttl::days(3));
    let again = t.sign_in("alice");
    let renewed = t.store.all::<Session>();
    assert_eq!((renewed.len(), &renewed[0].id), (1, &again));
    assert_eq!((again, renewed[0].created_at), (first.id.clone(), T0), "what hangs off it goes on");
    assert_eq!((renewed[0].auth_time, renewed[0].expires_at), (t.now, t.now.plus(t.policy.ttl.session)));
}

#[test]
fn a_sign_in_is_told_apart_from_the_users_last_one_in_the_next_second() {
    let mut t = Bench::new();
    t.now = Timestamp::from_millis(T0.millis() + 999);
    t.sign_in("alice");
    let [alice, bob] = ["u_alice", "u_bob"].map(|user| t.store.find::<User>(user).unwrap());
    let sessions = t.store.all::<Session>();
    assert_eq!(told_apart_from(&sessions, &alice), Some(T0.plus(Ttl::secs(1))));
    assert_eq!(told_apart_from(&sessions, &bob), None, "who is not signed in need not wait");
}

#[test]
fn accounts_in_one_browser_are_bounded_and_the_oldest_makes_room() {
    let mut t = Bench::new();
    for n in 0..(MAX_ACCOUNTS * 2) {
        t.advance(Ttl::secs(1));
        let mut user: User = t.store.find::<User>("u_bob").unwrap().into_inner();
        user.subject = Subject::parse(&format!("u_user{n}")).unwrap();
        user.username = format!("user{n}");
        t.insert(&user);
        t.sign_in(&user.username);
        assert!(t.store.all::<Session>().len() <= MAX_ACCOUNTS);
    }
    let sessions = t.store.all::<Session>();
    assert_eq!(sessions.len(), MAX_ACCOUNTS);
    assert!(sessions.iter().all(|session| session.auth_time > T0.plus(Ttl::secs(10))), "the newest stay");
}

#[test]
fn the_request_that_waits_goes_on_with_who_signed_in() {
    let mut t = Bench::new();
    let request = t.validated(&t.ask("web", "openid"));
    t.insert(&Interaction {
        hash: HandleHash::of("i"),
        browser: t.browser().id.clone(),
        request,
        chosen: None,
        began_at: String::new(),
        created_at: t.now,
        expires_at: t.now.plus(Ttl::minutes(30)),
    });
    let waiting = t.store.all::<Interaction>().pop();
    let plan = plan_sign_in(&mut t, "u_bob", waiting);
    let signed_in = t.commit(plan).unwrap();
    let chosen: Option<SessionId> = t.store.all::<Interaction>()[0].chosen.clone();
    assert_eq!(chosen, Some(signed_in.session));
}

#[test]
fn an_account_and_its_first_session_begin_together_and_not_with_a_name_that_is_taken() {
    let mut t = Bench::new();
    let bob: User = t.store.find::<User>("u_bob").unwrap().into_inner();
    let join = |t: &mut Bench, username: &str| {
        let subject = Subject::parse(&format!("u_new_{username}")).unwrap();
        let user = User { subject, username: username.to_owned(), ..bob.clone() };
        let (browser, sessions) = (t.browser(), t.store.all::<Session>());
        let place = Place { browser: &browser, sessions: &sessions, waiting: None, leaving: Ending::default() };
        let plan = sign_up(&mut Cx::new(t.now, &mut t.entropy), &t.policy, place, &user);
        let signed_in = t.commit(plan)?;
        t.store.find::<Session>(signed_in.session.as_str()).map(|session| session.subject.to_string())
    };
    assert_eq!(join(&mut t, "dormouse").as_deref(), Some("u_new_dormouse"));
    assert_eq!(join(&mut t, "bob"), None);
    assert!(t.store.find::<User>("u_new_bob").is_none());
    assert!(t.store.all::<Session>().iter().all(|session| session.subject.as_str() != "u_new_bob"));
}

#[test]
fn of_two_sign_ins_with_one_cookie_the_second_starts_over() {
    let mut t = Bench::new();
    let (one, two) = (plan_sign_in(&mut t, "u_bob", None), plan_sign_in(&mut t, "u_bob", None));
    assert!(t.commit(one).is_some());
    assert!(t.commit(two).is_none());
    assert_eq!(t.store.all::<Session>().len(), 2, "alice's and one of bob's");
}

#[test]
fn signing_out_ends_the_families_of_that_session_but_for_offline_ones() {
    let mut t = Bench::new();
    let online = t.tokens("web", "openid read:files");
    let offline = t.tokens("other", "openid offline_access");
    t.refresh("web", online.refresh_token.as_deref().unwrap()).unwrap();
    t.sign_out("alice");
    for family in t.store.all::<Family>() {
        let expected = (family.client.as_str() == "web").then_some(Ended::SignedOut);
        assert_eq!((family.ended, family.answer.clone()), (expected, None), "{}", family.client);
    }
    assert!(!t.is_active(&online.access_token) && t.is_active(&offline.access_token));
}

#[test]
fn the_account_that_makes_room_takes_its_families_along() {
    let mut t = Bench::new();
    let online = t.tokens("web", "openid read:files");
    let offline = t.tokens("other", "openid offline_access");
    for n in 1..=MAX_ACCOUNTS {
        t.advance(Ttl::secs(1));
        let mut user: User = t.store.find::<User>("u_bob").unwrap().into_inner();
        user.subject = Subject::parse(&format!("u_user{n}")).unwrap();
        user.username = format!("user{n}");
        t.insert(&user);
        assert!(t.is_active(&online.access_token), "{n}");
        t.sign_in(&user.username);
    }
    assert!(!t.is_active(&online.access_token) && t.is_active(&offline.access_token));
    t.refresh("web", online.refresh_token.as_deref().unwrap()).unwrap_err();
    t.refresh("other", offline.refresh_token.as_deref().unwrap()).unwrap();
}

/// GHSA-895x-rfqp-jh5c: offline access that goes on after its approval was taken back. What lives without a session
/// lives by that approval; what has a session goes on until the sign-out.
#[test]
fn unticking_offline_access_ends_what_lives_by_it_alone() {
    for (sign_out_first, tick_again) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut t = Bench::new();
        let early = t.tokens("web", "openid read:files offline_access");
        let refresh = early.refresh_token.as_deref().unwrap();
        if sign_out_first {
            t.sign_out("alice");
            assert!(t.is_active(&early.access_token));
            t.sign_in("alice");
        }
        t.advance(Ttl::secs(10));
        untick_offline(&mut t);
        assert_eq!(t.is_active(&early.access_token), !sign_out_first);
        if !sign_out_first {
            t.sign_out("alice");
            t.sign_in("alice");
        }
        if tick_again {
            t.advance(Ttl::secs(10));
            let later = t.tokens("web", "openid read:files offline_access");
            t.sign_out("alice");
            t.refresh("web", later.refresh_token.as_deref().unwrap()).unwrap();
        }
        assert!(!t.is_active(&early.access_token), "{sign_out_first} {tick_again}");
        let refused = t.refresh("web", refresh).unwrap_err();
        assert_eq!(refused.rule.id, "refresh.session_or_offline", "{sign_out_first} {tick_again}");
    }
}

/// Alice signs in to `web` again, and unticks "Stay connected".
fn untick_offline(t: &mut Bench) {
    let request = t.validated(&t.ask("web", "openid read:files offline_access"));
    let ticked = ScopeSet::parse("openid read:files").unwrap();
    let plan = t.approval(request, Consent::Given(ticked.into()));
    t.commit(plan).unwrap();
}

#[test]
fn a_policy_may_end_offline_access_at_sign_out() {
    let mut t = Bench::new();
    t.policy.offline_ends_at_sign_out = true;
    let offline = t.tokens("other", "openid offline_access");
    t.sign_out("alice");
    assert_eq!(t.family().ended, Some(Ended::SignedOut));
    assert!(!t.is_active(&offline.access_token));
}

#[test]
fn ending_sessions_leaves_families_that_ended_before_as_they_are() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "read:files");
    t.revoke("web", reply.refresh_token.as_deref().unwrap()).unwrap();
    let ending = t.ending(t.store.all::<Session>());
    let writes: Writes = end_sessions(&mut Cx::new(t.now, &mut t.entropy), &t.policy, ending);
    assert!(t.store.commit(&writes).is_some());
    assert_eq!(t.family().ended, Some(Ended::Revoked));
}

/// Whoever asks without a cookie gets a row, so a row that nobody signed in with goes soon.
#[test]
fn a_browser_is_kept_for_days_until_somebody_signs_in_with_it() {
    let mut t = Bench::new();
    let plan = new_browser(&mut Cx::new(t.now, &mut t.entropy), "Fine/1");
    assert_eq!(t.commit(plan).unwrap().0.expires_at, T0.plus(Ttl::days(2)));
    t.sign_in("bob");
    assert_eq!(t.browser().expires_at, T0.plus(Ttl::days(400)));
}

#[test]
fn a_new_browser_has_a_cookie_of_its_own_and_a_bounded_name() {
    let mut t = Bench::new();
    let agent = format!("Fine\u{1b}[31m\n{}", "x".repeat(5000));
    let (one, two) = {
        let mut cx = Cx::new(t.now, &mut t.entropy);
        (new_browser(&mut cx, &agent), new_browser(&mut cx, &agent))
    };
    let ((one, cookie), (two, other)) = (t.commit(one).unwrap(), t.commit(two).unwrap());
    assert_ne!((one.id, cookie.hash()), (two.id, other.hash()));
    assert_eq!(one.cookie, cookie.hash());
    assert_eq!(one.user_agent.chars().count(), 200);
    assert!(!one.user_agent.contains(char::is_control));
    assert!(!t.store.dump().contains(cookie.expose()));
}
