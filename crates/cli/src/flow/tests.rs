//! The runner against a whole system, in ways that no argument of the command asks for: those of the explorer.

use countersign_flow::{
    Errand, Lines, Options, People, Place, Record, Report, Secrets, Stage, TraceId, User, What, perform, visit_web_app,
};
use countersign_server::edge::SystemEntropy;
use serde_json::Value;

use super::setting::start;
use crate::dev::{PEOPLE, System};

fn people() -> People {
    let [user, thief] = PEOPLE.map(|(name, password, _)| User { name: name.to_owned(), password: password.to_owned() });
    People { user, thief }
}

/// Keeps what it is told.
#[derive(Default)]
struct Kept(Vec<Value>);

impl Report for Kept {
    fn step(&mut self, record: &Record) {
        self.0.push(serde_json::to_value(Lines::new(Secrets::Whole).record(record)).unwrap());
    }
}

async fn stage(system: &System, options: Options) -> Stage {
    Stage::at(&Place::from(&system.addresses), people(), options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scripted_user_logs_in_to_the_web_app_with_and_without_pkce_and_has_the_tokens_renewed() {
    let (system, _folder) = start().await.unwrap();
    for pkce in [true, false] {
        let stage = stage(&system, Options { pkce, ..Options::default() }).await;
        for errand in [Errand::LogIn, Errand::Refresh] {
            visit_web_app(&stage, "r1", errand).await.unwrap();
        }
    }
    system.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scripted_user_who_does_not_know_the_password_is_told_so() {
    let (system, _folder) = start().await.unwrap();
    let mut people = people();
    people.user.password = "looking-glass".to_owned();
    let stage = Stage::at(&Place::from(&system.addresses), people, Options::default()).await.unwrap();
    let trouble = visit_web_app(&stage, "r1", Errand::LogIn).await.unwrap_err();
    assert!(trouble.to_string().starts_with("the user could not sign in; the page says: "), "{trouble}");
    drop(stage);
    system.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_run_that_has_a_name_each_step_lists_the_spans_of_its_requests() {
    let (system, _folder) = start().await.unwrap();
    let run = TraceId::random(&mut SystemEntropy);
    let stage = stage(&system, Options { run: Some(run), ..Options::default() }).await;
    for what in [What::Code, What::Native, What::ClientCredentials] {
        let mut kept = Kept::default();
        perform(&stage, what, &mut kept).await.unwrap();
        assert_eq!(kept.0.len(), what.flow().steps.len());
        for line in &kept.0 {
            let then = line["then"].as_array().map(Vec::as_slice).unwrap_or_default();
            let answered = |pair: &Value| !pair["request"].is_null() && !pair["response"].is_null();
            let sent = std::iter::once(line).chain(then).filter(|pair| answered(pair)).count();
            let spans: Vec<_> =
                line["spans"].as_array().into_iter().flatten().map(|span| span.as_str().unwrap()).collect();
            assert_eq!(spans.len(), sent, "{line}");
            assert!(spans.iter().all(|span| span.len() == 16), "{spans:?}");
        }
    }
    drop(stage);
    system.stop().await.unwrap();
}
