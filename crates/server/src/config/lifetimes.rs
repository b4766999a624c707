//! `[tokens]` and `[keys]`: how long things live, and what signs them.

use std::path::{Path, PathBuf};

use countersign_engine::{keys::Schedule, policy::Lifetimes};
use countersign_protocol::{Secret, Ttl};

use super::{
    Env,
    reader::Reader,
    section::{Form, Section, Unset, between, key, span},
};
use crate::{edge::SystemEntropy, keyring::MasterKey};

/// The environment variable that may hold the master key.
pub const MASTER_KEY_VARIABLE: &str = "COUNTERSIGN_MASTER_KEY";
/// What clocks of clients may be off by, where the file does not say.
const LEEWAY: Ttl = Ttl::minutes(1);
/// Most generations of keys that signed and are still published. With the one that signs, the next and one that waits for
/// its removal they are fewer than the hundred keys that our own verifiers read.
const MOST_RETIRED: u32 = 16;
/// What verifiers that don't look at `Cache-Control` keep keys for.
pub(super) const USUAL_CACHE: Ttl = Ttl::minutes(5);

pub(super) static TOKENS: Section = Section {
    header: "[tokens]",
    about: "How long things live: seconds, or text with a unit, `s`, `m`, `h` or `d`.",
    keys: &[
        key(
            "code",
            between(Ttl::secs(1), Ttl::minutes(10)),
            Unset::Value("\"60s\""),
            "Authorization codes, from the redirect to their one use (OAuth 2.1 section 4.1.2 recommends at most ten \
             minutes).",
        ),
        key(
            "access",
            between(Ttl::secs(1), Ttl::days(1)),
            Unset::Value("\"5m\""),
            "Access tokens. Short, because a JWT that left can't be taken back.",
        ),
        key("id_token", between(Ttl::secs(1), Ttl::days(1)), Unset::Value("\"5m\""), "ID tokens."),
        key(
            "refresh_idle",
            between(Ttl::minutes(1), Ttl::days(3650)),
            Unset::Value("\"30d\""),
            "Refresh tokens that nobody uses; each use begins this anew.",
        ),
        key(
            "refresh_max",
            between(Ttl::minutes(1), Ttl::days(3650)),
            Unset::Value("\"365d\""),
            "Refresh tokens however much they are used, counted from the sign-in.",
        ),
        key(
            "session",
            between(Ttl::minutes(1), Ttl::days(400)),
            Unset::Value("\"14d\""),
            "Sessions in a browser, until the password is asked for again. Browsers keep a cookie for 400 days at most.",
        ),
        key(
            "interaction",
            between(Ttl::minutes(1), Ttl::days(1)),
            Unset::Value("\"30m\""),
            "Requests that wait for their user on the sign-in or consent page.",
        ),
        key(
            "offline_ends_at_sign_out",
            Form::Flag,
            Unset::Value("false"),
            "Whether signing out also ends the access of apps that were allowed to stay connected (`offline_access`).",
        ),
        key(
            "leeway",
            between(Ttl::secs(0), Ttl::minutes(5)),
            Unset::Value("\"60s\""),
            "How far the clocks of clients may be off, in assertions that they sign (`private_key_jwt`).",
        ),
    ],
    instead: &[("refresh", "unknown key; expected refresh_idle or refresh_max")],
};

pub(super) static KEYS: Section = Section {
    header: "[keys]",
    about: "The signing keys. They are made at the first start, are kept in the database encrypted under the master \
            key, and replace each other: a key is published before it signs and stays published after, so that no \
            verifier meets an unknown key.",
    keys: &[
        key(
            "master_key_file",
            Form::Text("the path of a file that only its owner may read"),
            Unset::Otherwise("beside the database, with the ending `.key`"),
            "The master key: 43 characters of base64url, 32 bytes, in a file of mode 600. Made at the first start. The \
             environment variable `COUNTERSIGN_MASTER_KEY` may hold it instead, but not as well. **Without it the \
             signing keys are lost: back it up, apart from the database.**",
        ),
        key(
            "sign_for",
            between(Ttl::secs(2), Ttl::days(3650)),
            Unset::Value("\"90d\""),
            "How long a key signs. Minutes and seconds are for test beds.",
        ),
        key(
            "publish_before",
            between(Ttl::secs(2), Ttl::days(365)),
            Unset::Value("\"7d\""),
            "How long a key is published before it signs. `/jwks` says that it may be kept for half of that, at most for \
             five minutes; some verifiers keep it for longer than they should.",
        ),
        key(
            "publish_after",
            between(Ttl::secs(1), Ttl::days(365)),
            Unset::Value("\"2d\""),
            "How long a key stays published after it signed for the last time: at least as long as access tokens and ID \
             tokens live, and at most 16 times `sign_for`, since verifiers read a limited number of keys.",
        ),
    ],
    instead: &[],
};

/// Lifetimes, the leeway for clocks of clients, and whether signing out ends offline access.
pub(super) fn tokens(root: &Reader<'_>) -> (Lifetimes, Ttl, bool) {
    let table = root.table("tokens");
    let usual = Lifetimes::default();
    let ttl = Lifetimes {
        code: table.duration("code").unwrap_or(usual.code),
        access: table.duration("access").unwrap_or(usual.access),
        id_token: table.duration("id_token").unwrap_or(usual.id_token),
        refresh_idle: table.duration("refresh_idle").unwrap_or(usual.refresh_idle),
        refresh_max: table.duration("refresh_max").unwrap_or(usual.refresh_max),
        session: table.duration("session").unwrap_or(usual.session),
        interaction: table.duration("interaction").unwrap_or(usual.interaction),
    };
    if ttl.refresh_idle > ttl.refresh_max {
        let (idle, max) = (span(ttl.refresh_idle), span(ttl.refresh_max));
        table.fault("refresh_idle", format!("expected at most refresh_max, which is \"{max}\", got \"{idle}\""));
    }
    let offline_ends = table.flag("offline_ends_at_sign_out").unwrap_or(false);
    (ttl, table.duration("leeway").unwrap_or(LEEWAY), offline_ends)
}

/// When keys move on.
pub(super) fn schedule(root: &Reader<'_>, ttl: &Lifetimes) -> Schedule {
    let table = root.table("keys");
    let usual = Schedule::default();
    let longest = ttl.access.max(ttl.id_token);
    let schedule = Schedule {
        sign_for: table.duration("sign_for").unwrap_or(usual.sign_for),
        publish_before: table.duration("publish_before").unwrap_or(usual.publish_before),
        publish_after: table.duration("publish_after").unwrap_or(usual.publish_after),
        tokens: longest,
    };
    if schedule.publish_after < longest {
        let (longest, after) = (span(longest), span(schedule.publish_after));
        let what =
            format!("expected at least \"{longest}\", as long as the tokens live that it signed, got \"{after}\"");
        table.fault("publish_after", what);
    }
    if schedule.publish_after.as_secs() > schedule.sign_for.as_secs().saturating_mul(MOST_RETIRED) {
        let (sign_for, after) = (span(schedule.sign_for), span(schedule.publish_after));
        let what = format!("expected at most {MOST_RETIRED} times sign_for, which is \"{sign_for}\", got \"{after}\"");
        table.fault("publish_after", what);
    }
    if schedule.publish_before > schedule.sign_for {
        let (sign_for, before) = (span(schedule.sign_for), span(schedule.publish_before));
        table.fault("publish_before", format!("expected at most sign_for, which is \"{sign_for}\", got \"{before}\""));
    }
    schedule
}

/// Where the master key is.
#[derive(Debug)]
pub(super) enum MasterKeySource {
    /// In a file, which is made at the first start.
    File(PathBuf),
    /// In the environment.
    Variable(Secret),
}

/// Finds the master key, and looks at it if it is there already.
pub(super) fn master_key(root: &Reader<'_>, store: &Path, env: Env<'_>) -> MasterKeySource {
    let table = root.table("keys");
    let named = table.formed("master_key_file").and_then(|(item, form)| item.file(form));
    if let Some(text) = env(MASTER_KEY_VARIABLE).map(Secret::new) {
        if named.is_some() {
            table.fault("master_key_file", format!("{MASTER_KEY_VARIABLE} is set as well; keep one of them"));
        }
        if let Err(error) = MasterKey::parse(text.expose(), "the variable") {
            root.source.fault(None, MASTER_KEY_VARIABLE, error.to_string());
        }
        return MasterKeySource::Variable(text);
    }
    let path = named.unwrap_or_else(|| store.with_extension("key"));
    if path.exists()
        && let Err(error) = MasterKey::load_or_make(&path, &mut SystemEntropy)
    {
        table.fault("master_key_file", error.to_string());
    }
    MasterKeySource::File(path)
}
