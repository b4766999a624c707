//! Bends a request: from what the client would send to what the thief sends.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderValue, header};

use super::Thief;
use crate::{
    Trouble, app,
    attacks::{Bend, Twist},
    stage::public,
    walk::Walk,
    wire::{Pairs, Request, Trip},
};

impl Thief {
    /// Sends a request of the client's, bent.
    pub(super) async fn send(&self, walk: &Walk<'_>, bends: &[Bend], mut request: Request) -> Result<Trip, Trouble> {
        let form = self.bend(walk, bends, Pairs::parse(request.body())).await?;
        if bends.iter().any(|bend| matches!(bend, Bend::WithoutSecret | Bend::OtherClient)) {
            request.headers_mut().remove(header::AUTHORIZATION);
        }
        if bends.contains(&Bend::TwoCredentials) && !request.headers().contains_key(header::AUTHORIZATION) {
            let made_up = STANDARD.encode(format!("{}:made-up", walk.client.id));
            let value = HeaderValue::try_from(format!("Basic {made_up}")).map_err(Trouble::new)?;
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        *request.body_mut() = form.write().into_bytes();
        walk.stage.wire.send(request).await
    }

    /// Changes parameters.
    pub(super) async fn bend(&self, walk: &Walk<'_>, bends: &[Bend], mut pairs: Pairs) -> Result<Pairs, Trouble> {
        for bend in bends {
            match bend {
                Bend::Without(name) => pairs.remove(name),
                Bend::With(name, text) => pairs.set(name, text),
                Bend::Longer(name, more) => {
                    let longer = format!("{}{more}", pairs.find(name).unwrap_or_default());
                    pairs.set(name, &longer);
                }
                Bend::Redirect(twist) => pairs.set("redirect_uri", &twist.of(&walk.client.redirect_uri)),
                Bend::PlainChallenge => pairs.set("code_challenge", &app::guessed_verifier()),
                Bend::GuessedVerifier => pairs.set("code_verifier", &app::guessed_verifier()),
                Bend::WithoutSecret => pairs.set("client_id", &walk.client.id),
                Bend::OtherClient => pairs.set("client_id", &walk.stage.register(&public("Thief")).await?.id),
                Bend::TwoCredentials => {
                    pairs.set("client_id", &walk.client.id);
                    pairs.set("client_secret", "made-up");
                }
                Bend::OwnCode => pairs.set("code", self.own.find("code").unwrap_or_default()),
                Bend::OwnState => pairs.set("state", self.own.find("state").unwrap_or_default()),
                Bend::StolenCode => pairs.set("code", &walk.came("code").unwrap_or_default()),
                Bend::Received => self.use_received(&mut pairs),
                // These two are about the token of a call, which is in no parameter.
                Bend::IdToken | Bend::Forged(_) => {}
            }
        }
        Ok(pairs)
    }

    fn use_received(&self, pairs: &mut Pairs) {
        let received = self.elsewhere.as_ref().map(super::elsewhere::Elsewhere::received).unwrap_or_default();
        for name in ["code", "code_verifier"] {
            if let Some(text) = received.find(name) {
                pairs.set(name, text);
            }
        }
    }
}

impl Twist {
    /// An address like that one.
    fn of(self, uri: &str) -> String {
        let (scheme, rest) = uri.split_once("://").unwrap_or_default();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        match self {
            Self::UserInfo => format!("{scheme}://{authority}@thief.example/{path}"),
            Self::LongerHost => format!("{scheme}://{host}.thief.example/{path}"),
            Self::Port => format!("{scheme}://{host}:8443/{path}"),
            Self::Scheme if scheme == "https" => format!("http://{rest}"),
            Self::Scheme => format!("https://{rest}"),
            Self::Case => format!("{scheme}://{authority}/{}", capital(path)),
            Self::Encoded => format!("{scheme}://{authority}/{}", encoded(path)),
            Self::Script => format!("javascript:alert(1)//{uri}"),
        }
    }
}

fn capital(path: &str) -> String {
    let mut rest = path.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

fn encoded(path: &str) -> String {
    let mut rest = path.chars();
    rest.next().map(|first| format!("%{:02x}{}", u32::from(first), rest.as_str())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::attacks::Twist;

    #[test]
    fn a_twisted_address_looks_like_the_registered_one_and_leads_elsewhere() {
        let twisted = |twist: Twist| twist.of("https://app.example/callback");
        assert_eq!(twisted(Twist::UserInfo), "https://app.example@thief.example/callback");
        assert_eq!(twisted(Twist::LongerHost), "https://app.example.thief.example/callback");
        assert_eq!(twisted(Twist::Port), "https://app.example:8443/callback");
        assert_eq!(twisted(Twist::Scheme), "http://app.example/callback");
        assert_eq!(twisted(Twist::Case), "https://app.example/Callback");
        assert_eq!(twisted(Twist::Encoded), "https://app.example/%63allback");
        assert_eq!(twisted(Twist::Script), "javascript:alert(1)//https://app.example/callback");
        assert_eq!(Twist::Port.of("http://localhost:4001/callback/legacy"), "http://localhost:8443/callback/legacy");
    }
}
