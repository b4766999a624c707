//! Files that the configuration names. Secrets come from files of their own, so that the configuration itself can be
//! shown to colleagues, kept in version control and sent along with a question.

use std::{io::Read as _, path::Path};

use countersign_protocol::Secret;
use zeroize::Zeroizing;

/// Longest file that is read, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;
/// Permissions that a secret's file must not have: for the group to write or run, for others anything.
#[cfg(unix)]
const OPEN: u32 = 0o037;

/// The text of a file, or in one line why it can't be read.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let bytes = read_bytes(path, MAX_BYTES)?;
    String::from_utf8(bytes).map_err(|_| format!("{} is not text in UTF-8", path.display()))
}

/// The content of a file that is not larger than that, or in one line why it can't be read.
pub(super) fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file {}", path.display()),
        _ => format!("can't read {}: {error}", path.display()),
    };
    // A look before opening: a named pipe would wait for its writer for ever.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(format!("{} is not a file", path.display()));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(format!("{} is larger than {most} bytes", path.display()));
    }
    Ok(bytes)
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
    if mode & OPEN == 0 {
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
