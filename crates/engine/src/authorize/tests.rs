//! The authorization endpoint's decisions, step by step.

mod approve;
mod next_step;
mod openid;
mod request_object;
mod validate;

/// A step in a word.
fn says(step: &super::Step<'_>) -> String {
    use super::Step;

    let name = |account: &&super::Account| account.user.username.clone();
    match step {
        Step::SignIn => "sign in".to_owned(),
        Step::SignUp => "sign up".to_owned(),
        Step::Choose => "choose".to_owned(),
        Step::Reauthenticate(account) => format!("again {}", name(account)),
        Step::Consent(account) => format!("consent {}", name(account)),
        Step::Finish(account) => format!("finish {}", name(account)),
        Step::Refuse(refusal) => refusal.code().as_str().to_owned(),
    }
}
