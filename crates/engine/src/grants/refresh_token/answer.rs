//! The answer to a refresh, kept so that it can be given again, and readable only to who presents the token that it
//! answered: it is sealed under a key derived from that token, which the store never sees.

use countersign_jose::SealingKey;
use countersign_protocol::Handle;

use super::Granted;
use crate::{
    Cx, Fault, Plan, Stored, Writes,
    client_auth::Authenticated,
    records::Family,
    token::{Outcome, Realm},
    tokens::issue::{self, Issued, Receiver},
};

const CONTEXT: &str = "countersign refresh answer";

/// Seals an answer under the refresh token that it answers.
pub(super) fn seal(cx: &mut Cx<'_>, presented: &Handle, family: &Family, issued: &Issued) -> Result<String, Fault> {
    let mut nonce = [0; 12];
    cx.entropy.fill(&mut nonce);
    let plain = serde_json::to_vec(issued).map_err(|_| Fault::Inconsistent("an answer that is not JSON"))?;
    let key = SealingKey::derive(presented.expose().as_bytes(), CONTEXT)?;
    Ok(countersign_protocol::base64url(key.seal(nonce, family.id.as_str().as_bytes(), &plain)?))
}

fn open(presented: &Handle, family: &Family) -> Result<Issued, Fault> {
    let sealed = family.answer.as_deref().ok_or(Fault::Inconsistent("no answer to give again"))?;
    let sealed = countersign_protocol::from_base64url(sealed)
        .map_err(|_| Fault::Inconsistent("an answer that is not base64url"))?;
    let key = SealingKey::derive(presented.expose().as_bytes(), CONTEXT)?;
    let plain = key.open(family.id.as_str().as_bytes(), &sealed)?;
    serde_json::from_slice(&plain).map_err(|_| Fault::Inconsistent("an answer that is not JSON"))
}

/// Gives the same answer again. Where its access token has expired or would now carry too much, the same refresh token
/// comes with a new one.
pub(super) fn again(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    client: &Authenticated,
    (presented, mut family, granted): (&Handle, Stored<Family>, Granted),
) -> Result<Plan<Outcome>, Fault> {
    let mut issued = open(presented, &family)?;
    let mut writes = Writes::none();
    writes.keep(&granted.authorization);
    if issued.is_good(cx.now, &granted.what) {
        writes.keep(&family);
        return Ok(Plan::new(writes, Ok(issued.into_reply(cx.now))));
    }
    let approved = Some(&*granted.authorization);
    let receiver = Receiver { client, user: Some(&granted.user), family: Some(&family), approved, nonce: None };
    issued = issue::reissue_access(cx, realm, &receiver, granted.what, (issued, &mut writes))?;
    family.answer = Some(seal(cx, presented, &family, &issued)?);
    writes.replace(&family);
    Ok(Plan::new(writes, Ok(issued.into_reply(cx.now))))
}
