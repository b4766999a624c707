//! The configuration of `countersign dev`: everything on loopback, nothing to write down beforehand, limits that a test
//! bed never meets. `serve` can't be brought to this by any file.

use std::{
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    path::Path,
};

use countersign_engine::{
    Policy,
    keys::Schedule,
    policy::{Lifetimes, RegistrationPolicy, Resource, TokenFormat},
};
use countersign_jose::Algorithm;
use countersign_protocol::Ttl;

use super::{Config, Log, lifetimes::MasterKeySource, scopes, top};
use crate::{attempts::Limits, network::Proxies, outbound, realm::Registration};

/// Stands where a faulty file has no address.
pub(super) const NOWHERE: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// Scope, title, description of what the demo resource server offers.
const DEMO: [(&str, &str, &str); 2] = [
    ("read:profile", "See where your shelf is", "The app can read your entry at the demo service, Rootcellar."),
    (
        "read:files",
        "See your files",
        "The app can list and read your files at Rootcellar. It can't change or delete them.",
    ),
];

impl Config {
    /// A test bed: the authorization server on `base_port`, the demo resource server three ports above.
    pub fn dev(base_port: u16, data_dir: &Path) -> Self {
        let resource = format!("http://localhost:{}", base_port.saturating_add(3));
        let own = DEMO.iter().filter_map(|(scope, title, description)| scopes::info(scope, title, description));
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, base_port)),
            name: top::NAME.to_owned(),
            store: data_dir.join("countersign.db"),
            master_key: MasterKeySource::File(data_dir.join("countersign.key")),
            schedule: Schedule::default(),
            tls: None,
            proxies: Proxies::default(),
            outbound: outbound::Settings { allow_special_use: true, extra_ca: Vec::new() },
            limits: Limits { per_account: 1000, per_network: 100_000 },
            registration: Registration::Open,
            log: Log::default(),
            metrics: None,
            policy: Policy {
                issuer: format!("http://localhost:{base_port}"),
                ttl: Lifetimes { access: Ttl::minutes(5), ..Lifetimes::default() },
                scopes: scopes::standard().into_iter().chain(own).collect(),
                resources: vec![Resource {
                    uri: resource.clone(),
                    format: TokenFormat::Jwt(Algorithm::ES256),
                    introspectors: Vec::new(),
                }],
                default_resource: Some(resource),
                loopback_test_bed: true,
                strict_request_objects: false,
                offline_ends_at_sign_out: false,
                sign_up: false,
                registration: RegistrationPolicy { per_network: 10_000, ..RegistrationPolicy::default() },
                leeway: Ttl::minutes(1),
            },
            clients: Vec::new(),
            users: Vec::new(),
        }
    }
}
