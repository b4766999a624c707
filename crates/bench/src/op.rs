//! The operations that are measured, and what each is measured against.

use clap::ValueEnum;

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Op {
    /// `GET /.well-known/openid-configuration`.
    Discovery,
    /// `POST /token`, client_credentials: one ES256 signature, nothing stored.
    ClientCredentials,
    /// `GET /authorize` of a signed-in user who approved before, `POST /token`, `GET /userinfo`: two durable commits,
    /// an ES256 and an RS256 signature, one ES256 verification.
    Flow,
    /// `POST /token`, refresh_token: one durable commit, an ES256 and an RS256 signature.
    Refresh,
    /// `POST /introspect` of an opaque token.
    Introspection,
}

/// What the project wants of an operation, as a ratio to its floor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// At least this part of the floor's rate.
    Rate(f64),
    /// At most this multiple of the floor's CPU time.
    Cpu(f64),
}

impl Op {
    /// Every one, in the order of the report.
    pub(crate) const ALL: [Self; 5] =
        [Self::Discovery, Self::ClientCredentials, Self::Flow, Self::Refresh, Self::Introspection];

    /// Its name in reports; also the first segment of its paths at the floor.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::ClientCredentials => "client_credentials",
            Self::Flow => "flow",
            Self::Refresh => "refresh",
            Self::Introspection => "introspection",
        }
    }

    /// What it is held to, if to anything.
    pub(crate) const fn target(self) -> Option<Target> {
        match self {
            Self::ClientCredentials | Self::Introspection => Some(Target::Rate(0.6)),
            Self::Flow => Some(Target::Cpu(2.0)),
            Self::Discovery | Self::Refresh => None,
        }
    }
}
