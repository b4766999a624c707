//! TLS by rustls: certificate and key from files, loaded anew when they change, without a restart.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use crate::{
    listen::Tls,
    upkeep::{Hurry, pause},
};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The two files.
#[derive(Debug, Clone)]
pub struct Files {
    /// The certificate chain, PEM, leaf first.
    pub cert: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// Why TLS can't start.
#[derive(Debug, thiserror::Error)]
#[error("TLS file {path}: {why}")]
pub struct TlsError {
    path: String,
    why: String,
}

impl Files {
    /// Reads and checks both files.
    pub fn load(&self) -> Result<ServerConfig, TlsError> {
        let fault = |path: &Path, why: String| TlsError { path: path.display().to_string(), why };
        let chain = CertificateDer::pem_file_iter(&self.cert)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| fault(&self.cert, error.to_string()))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| fault(&self.key, error.to_string()))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| fault(&self.cert, error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Loads both files, and again whenever they change, at once if it is time to hurry. A new pair that does not fit
    /// leaves the old one in use.
    pub fn watch(self, mut hurry: Hurry) -> Result<Tls, TlsError> {
        // Before they are loaded, so that a change in between is seen.
        let mut seen = self.stamp();
        let tls: Tls = Arc::new(ArcSwap::from_pointee(self.load()?));
        let shared = Arc::clone(&tls);
        tokio::spawn(async move {
            loop {
                pause(LOOK_EVERY, &mut hurry).await;
                let now = self.stamp();
                if now == seen {
                    continue;
                }
                seen = now;
                match self.load() {
                    Ok(config) => {
                        shared.store(Arc::new(config));
                        tracing::info!(cert = %self.cert.display(), "TLS certificate loaded anew");
                    }
                    Err(error) => tracing::error!(%error, "the changed TLS files don't load; the old ones stay in use"),
                }
            }
        });
        Ok(tls)
    }

    fn stamp(&self) -> [Option<std::time::SystemTime>; 2] {
        [&self.cert, &self.key].map(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok())
    }
}
