//! An actor: one connection that does one operation again and again, as a client would, and refuses to go on when an
//! answer is not what it should be.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use countersign_protocol::{CodeVerifier, base64url};

use crate::{
    Outcome,
    op::Op,
    peer::{Call, Peer, Reply},
    world::{API, JOB, REDIRECT_URI, SCOPE, VAULT, WEB, World},
};

/// Who is asked: the real one, or the floor, where every operation has paths of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Countersign.
    Countersign,
    /// What only answers and signs.
    Floor,
}

/// One connection that does one operation.
#[derive(Debug)]
pub(crate) struct Actor {
    op: Op,
    side: Side,
    peer: Peer,
    world: World,
    verifier: String,
    challenge: String,
    /// The refresh token to send next, or the access token to ask about.
    token: String,
    /// Requests and replies, if they are to be kept.
    pub(crate) kept: Option<Vec<(Call, Reply)>>,
}

impl Actor {
    /// One that is ready, but for [`prepare`](Self::prepare).
    pub(crate) fn new(op: Op, side: Side, peer: Peer, world: &World) -> Outcome<Self> {
        let verifier = base64url([7; 32]);
        let challenge = CodeVerifier::parse(&verifier).map_err(|error| error.to_string())?.challenge();
        let challenge = challenge.as_str().to_owned();
        Ok(Self { op, side, peer, world: world.clone(), verifier, challenge, token: String::new(), kept: None })
    }

    /// Gets what the operation needs beforehand. The floor asks for nothing, but requests to it are as long.
    pub(crate) async fn prepare(&mut self) -> Outcome<()> {
        self.token = match (self.side, self.op) {
            (Side::Countersign, Op::Refresh) => member(&self.sign_in(None).await?, "refresh_token")?,
            (Side::Countersign, Op::Introspection) => member(&self.sign_in(Some(VAULT)).await?, "access_token")?,
            _ => "x".repeat(52),
        };
        Ok(())
    }

    /// Does the operation once.
    pub(crate) async fn act(&mut self) -> Outcome<()> {
        match self.op {
            Op::Discovery => self.ask(get("/.well-known/openid-configuration"), 200).await.map(drop),
            Op::ClientCredentials => {
                let form = "grant_type=client_credentials&scope=read%3Afiles".to_owned();
                let reply = self.post("/token", JOB, form).await?;
                member(&reply, "access_token").map(drop)
            }
            Op::Flow => {
                let tokens = self.sign_in(None).await?;
                let call =
                    get("/userinfo").with("authorization", format!("Bearer {}", member(&tokens, "access_token")?));
                let claims = self.ask(call, 200).await?;
                member(&claims, "email").map(drop)
            }
            Op::Refresh => {
                let form = format!("grant_type=refresh_token&refresh_token={}", self.token);
                let reply = self.post("/token", WEB, form).await?;
                self.token = member(&reply, "refresh_token")?;
                Ok(())
            }
            Op::Introspection => {
                let reply = self.post("/introspect", API, format!("token={}", self.token)).await?;
                if reply.body.contains("\"active\":true") { Ok(()) } else { Err("the token is not active".into()) }
            }
        }
    }

    /// `GET /authorize` and `POST /token`.
    async fn sign_in(&mut self, resource: Option<&str>) -> Outcome<Reply> {
        let resource = resource.map(|uri| format!("&resource={}", escaped(uri))).unwrap_or_default();
        let query = format!(
            "client_id={WEB}&redirect_uri={}&response_type=code&scope={}&state=hu9J3Pz0DBJBYCL5&nonce=n-0S6_WzA2Mj\
             &code_challenge={}&code_challenge_method=S256{resource}",
            escaped(REDIRECT_URI),
            escaped(SCOPE),
            self.challenge
        );
        let cookie = format!("__Host-countersign={}", self.world.cookie);
        let reply = self.ask(get(&format!("/authorize?{query}")).with("cookie", cookie), 303).await?;
        let location = reply.header("location").unwrap_or_default();
        let code = location.split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
        let code = code.ok_or_else(|| format!("no code in {location}"))?;
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={}",
            escaped(REDIRECT_URI),
            self.verifier
        );
        self.post("/token", WEB, form).await
    }

    async fn post(&mut self, path: &str, client: &str, form: String) -> Outcome<Reply> {
        let basic = STANDARD.encode(format!("{client}:{}", self.world.secret));
        let call = Call { form: Some(form), ..get(path).with("authorization", format!("Basic {basic}")) };
        self.ask(call, 200).await
    }

    async fn ask(&mut self, mut call: Call, expected: u16) -> Outcome<Reply> {
        if self.side == Side::Floor {
            call.path = floor_path(self.op, &call.path);
        }
        let reply = self.peer.ask(&call).await?;
        if reply.status != expected {
            return Err(format!("{} answered {}: {}", call.path, reply.status, reply.body));
        }
        if let Some(kept) = &mut self.kept {
            kept.push((call, reply.clone()));
        }
        Ok(reply)
    }
}

impl Call {
    fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Where the floor answers what Countersign answers at a path: it does not look into requests, so that the path has to
/// tell operations apart.
pub(crate) fn floor_path(op: Op, path: &str) -> String {
    format!("/{}{path}", op.name())
}

fn get(path: &str) -> Call {
    Call { path: path.to_owned(), ..Call::default() }
}

fn member(reply: &Reply, name: &str) -> Outcome<String> {
    reply.member(name).map(ToOwned::to_owned).ok_or_else(|| format!("no {name} in {}", reply.body))
}

/// What the values here need of percent-encoding.
fn escaped(value: &str) -> String {
    value.replace(':', "%3A").replace('/', "%2F").replace(' ', "%20")
}
