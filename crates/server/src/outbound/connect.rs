//! A connection to one of the checked addresses, by TLS where the URL says https.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::OnceCell,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName},
    },
};

use super::{OutboundError, address::Target};

/// Most addresses of one name that are tried, and how long each may take to accept.
const MAX_TRIES: usize = 4;
const PER_TRY: Duration = Duration::from_secs(3);

/// A stream of bytes in both directions.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Plain or TLS, as hyper takes it.
pub(super) type Stream = TokioIo<Box<dyn Duplex>>;

/// Whom we believe: the system's certificate authorities and some more. Read when first needed, since most servers never
/// ask anybody anything.
pub(super) struct Trust {
    extra_ca: Vec<CertificateDer<'static>>,
    connector: OnceCell<TlsConnector>,
}

impl Trust {
    pub(super) const fn new(extra_ca: Vec<CertificateDer<'static>>) -> Self {
        Self { extra_ca, connector: OnceCell::const_new() }
    }

    async fn connector(&self) -> Result<&TlsConnector, OutboundError> {
        let make = || async {
            let extra = self.extra_ca.clone();
            let made = tokio::task::spawn_blocking(move || connector(&extra)).await;
            made.unwrap_or_else(|error| Err(error.to_string())).map_err(OutboundError::Unreachable)
        };
        self.connector.get_or_try_init(make).await
    }
}

fn connector(extra_ca: &[CertificateDer<'static>]) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "could not read one of the system's certificate authorities");
    }
    roots.add_parsable_certificates(native.certs);
    for ca in extra_ca {
        roots.add(ca.clone()).map_err(|error| format!("outbound.extra_ca: {error}"))?;
    }
    if roots.is_empty() {
        return Err("this machine has no certificate authorities that it trusts".to_owned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}

/// Connects to the first of these addresses that accepts: to these and to no others.
pub(super) async fn open(target: &Target, addresses: &[SocketAddr], trust: &Trust) -> Result<Stream, OutboundError> {
    let unreachable = |error: std::io::Error| OutboundError::Unreachable(error.to_string());
    let stream = tcp(addresses).await.map_err(OutboundError::Unreachable)?;
    if !target.is_https() {
        return Ok(TokioIo::new(Box::new(stream)));
    }
    let name = ServerName::try_from(target.host());
    let name = name.map_err(|_| OutboundError::Url("the host is no name that a certificate could have"))?;
    let stream = trust.connector().await?.connect(name, stream).await.map_err(unreachable)?;
    Ok(TokioIo::new(Box::new(stream)))
}

async fn tcp(addresses: &[SocketAddr]) -> Result<TcpStream, String> {
    let mut last = "no address".to_owned();
    for address in addresses.iter().take(MAX_TRIES) {
        last = match tokio::time::timeout(PER_TRY, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => format!("{address}: {error}"),
            Err(_) => format!("{address}: not accepted within {PER_TRY:?}"),
        };
    }
    Err(last)
}
