//! Files that the configuration names. Secrets come from files of their own, so that the configuration itself can be
//! shown to colleagues, kept in version control and sent along with a question.

use std::{io::Read as _, path::Path};

use countersign_protocol::Secret;
use zeroize::Zeroizing;

/// Longest file that is read, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// The text of a file, or in one line why it can't be read.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file {}", path.display()),
        std::io::ErrorKind::InvalidData => format!("{} is not text in UTF-8", path.display()),
        _ => format!("can't read {}: {error}", path.display()),
    };
    // A look before opening: a named pipe would wait for its writer for ever.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(format!("{} is not a file", path.display()));
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(format!("{} is larger than {MAX_BYTES} bytes", path.display()));
    }
    Ok(text)
}

/// The secret in a file: its only line.
pub(super) fn read_secret(path: &Path) -> Result<Secret, String> {
    let text = Zeroizing::new(read(path)?);
    not_open_to_others(path)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    match line {
        "" => Err(format!("{} is empty", path.display())),
        line if line.contains('\n') => Err(format!("{} has several lines; expected one", path.display())),
        line => Ok(Secret::new(line)),
    }
}

/// Refuses a file that anybody but its owner and group may read, or anybody but its owner may write. The group may
/// read, since that is how Kubernetes and Debian's `ssl-cert` hand secrets to a service.
#[cfg(unix)]
pub(super) fn not_open_to_others(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).map_err(|error| format!("can't look at {}: {error}", path.display()))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o037 == 0 {
        Ok(())
    } else {
        Err(format!("{} is open to others (mode {mode:03o}); make it 600, or 640 for a group", path.display()))
    }
}

/// Elsewhere there are no such modes.
#[cfg(not(unix))]
pub(super) fn not_open_to_others(_: &Path) -> Result<(), String> {
    Ok(())
}
