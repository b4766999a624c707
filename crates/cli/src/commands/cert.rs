//! `countersign cert`: a certificate for a test bed, signed by itself. Not for a server that others rely on: nobody has
//! reason to believe it but who was handed the file.

use std::{fs::OpenOptions, io::Write as _, path::Path, time::Duration};

use countersign_server::edge::{Clock as _, SystemClock};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd,
};

use super::{args, print::out};
use crate::{data::make_folder, outcome::Trouble};

const DAY: Duration = Duration::from_hours(24);
/// As long as browsers accept one.
const DAYS: u32 = 397;

/// Runs `countersign cert`.
pub(crate) fn run(cert: &args::Cert) -> Result<(), Trouble> {
    let (certificate, key) = (cert.folder.join("tls.crt"), cert.folder.join("tls.key"));
    if let Some(there) = [&certificate, &key].into_iter().find(|path| path.exists()) {
        return Err(Trouble::new(format!("{} is there already", there.display()))
            .advice("Remove tls.crt and tls.key first, or name another folder."));
    }
    let pair = KeyPair::generate().map_err(Trouble::new)?;
    let signed = params(&cert.names)?.self_signed(&pair).map_err(Trouble::new)?;
    make_folder(&cert.folder)?;
    write(&key, &pair.serialize_pem(), 0o600)?;
    write(&certificate, &signed.pem(), 0o644)?;
    out(&format!(
        "{} and {}: for {}, during {DAYS} days. They go into [tls] of the configuration, as cert and key. Whoever connects \
         has to trust {}.",
        certificate.display(),
        key.display(),
        cert.names.join(", "),
        certificate.display(),
    ))
}

fn params(names: &[String]) -> Result<CertificateParams, Trouble> {
    let mut params = CertificateParams::new(names).map_err(Trouble::new)?;
    params.distinguished_name = DistinguishedName::new();
    let first = names.first().map_or("localhost", String::as_str);
    params.distinguished_name.push(DnType::CommonName, first);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = Duration::from_secs(SystemClock.now().secs().unsigned_abs());
    let epoch = date_time_ymd(1970, 1, 1);
    // A day before now, for clients whose clocks are behind.
    params.not_before = epoch + now.saturating_sub(DAY);
    params.not_after = epoch + now + DAY * (DAYS - 1);
    Ok(params)
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), Trouble> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Trouble::new(format!("file {}: {error}", path.display())))
}
