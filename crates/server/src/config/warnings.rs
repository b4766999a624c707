//! What is allowed and yet unsafe, said loudly at every start.

use countersign_engine::records::Pkce;

use super::{Config, lifetimes::USUAL_CACHE};
use crate::{attempts::Limits, realm::Registration};

/// From here on, limits on guessing passwords hardly limit anything.
const LOOSE: Limits = Limits { per_account: 100, per_network: 10_000 };

impl Config {
    /// Which unsafe options are on, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.policy.loopback_test_bed {
            warnings.push(
                "this is a test bed: any client may use http on loopback, and any loopback address is a resource"
                    .to_owned(),
            );
        }
        if self.issuer().starts_with("http://") {
            warnings.push(format!("the issuer {} is not https: good for this machine only", self.issuer()));
        } else if self.tls.is_none() && !self.listen.ip().is_loopback() {
            warnings.push(format!(
                "plain http on {}: nobody but the proxy that ends TLS should be able to reach this address",
                self.listen
            ));
        }
        if let Some(metrics) = self.metrics.filter(|metrics| !metrics.ip().is_loopback()) {
            warnings.push(format!("metrics are served on {metrics} to whoever reaches that address"));
        }
        warnings.extend(self.about_registration());
        if self.outbound.allow_special_use {
            warnings.push(
                "outbound.allow_special_use is on: whoever registers a client can make this server ask addresses of its \
                 own network"
                    .to_owned(),
            );
        }
        if !self.outbound.extra_ca.is_empty() {
            warnings.push(format!(
                "outbound.extra_ca: {} more certificate authorities are trusted where this server asks others",
                self.outbound.extra_ca.len()
            ));
        }
        if self.limits.per_account > LOOSE.per_account || self.limits.per_network > LOOSE.per_network {
            warnings.push("the limits of sign_in are so loose that passwords can be guessed".to_owned());
        }
        if self.schedule.publish_before < USUAL_CACHE {
            warnings.push(
                "keys.publish_before is shorter than five minutes: verifiers that do not look at Cache-Control refuse tokens \
                 after each rotation"
                    .to_owned(),
            );
        }
        for client in self.clients.iter().filter(|client| client.pkce == Pkce::Optional) {
            warnings.push(format!(
                "pkce is optional for the client {}: a stolen code is as good as its secret is badly kept",
                client.id
            ));
        }
        if !self.users.is_empty() {
            warnings.push(format!(
                "accounts come from the configuration file ({}): good for test beds only",
                self.users.len()
            ));
        }
        warnings
    }

    /// What is unsafe about clients that register themselves.
    fn about_registration(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.registration == Registration::Open {
            warnings.push("registration is open: anybody may register a client, under any name".to_owned());
        }
        if self.policy.registration.pkce == Pkce::Optional {
            warnings.push(
                "pkce is optional for confidential clients that register themselves: a stolen code is as good as their \
                 secret is badly kept"
                    .to_owned(),
            );
        }
        if self.policy.registration.unsigned_request_objects {
            warnings.push("registration.unsigned_request_objects: request objects need no signature".to_owned());
        }
        if self.policy.registration.http_on_loopback {
            warnings
                .push("registration.http_on_loopback: web apps may have plain http addresses on loopback".to_owned());
        }
        warnings
    }
}
