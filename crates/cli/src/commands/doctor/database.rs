//! The database file: there, private, of a format that we know, whole.

use std::path::{Path, PathBuf};

use countersign_store::{
    Store,
    sqlite::{pending, quick_check},
};

use super::Check;
use crate::data;

const NAME: &str = "database";

/// Looks at the file, and opens it if that changes nothing.
pub(super) fn check(path: &Path, checks: &mut Vec<Check>) -> Option<Store> {
    if !path.exists() {
        let saw = format!("{} is not there yet", path.display());
        checks.push(Check::look(NAME, saw, "It is made at the first start. If there was one, look at [store] path."));
        return None;
    }
    checks.push(modes(path));
    let plan = match pending(path) {
        Ok(plan) => plan,
        Err(error) => {
            let saw = format!("{}: {error}", path.display());
            checks.push(Check::wrong(NAME, saw, "Name the right file, or restore a backup."));
            return None;
        }
    };
    checks.push(whole(path));
    if plan.from < plan.to {
        let steps: Vec<_> =
            plan.steps.iter().map(|step| format!("{} (others wait {})", step.what, step.holds)).collect();
        let saw = format!("format {}, this program has {}: {}", plan.from, plan.to, steps.join(", "));
        checks.push(Check::look("format", saw, "The next start migrates it; make a backup first."));
        return None;
    }
    checks.push(Check::ok("format", format!("{}, the newest that this program knows", plan.from)));
    data::open_store(path)
        .map_err(|trouble| checks.push(Check::wrong(NAME, trouble.to_string(), "Look at the disk.")))
        .ok()
}

fn whole(path: &Path) -> Check {
    match quick_check(path) {
        Ok(faults) if faults.is_empty() => Check::ok("integrity", "SQLite finds no fault"),
        Ok(faults) => Check::wrong("integrity", faults.join("; "), "Stop the server and restore a backup."),
        Err(error) => Check::wrong("integrity", error.to_string(), "Stop the server and restore a backup."),
    }
}

/// The database and the two files that SQLite keeps beside it: open to nobody but their owner.
fn modes(path: &Path) -> Check {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let files = [path.to_owned(), beside("-wal"), beside("-shm")];
    let open: Vec<_> =
        files.iter().filter_map(|file| mode(file).filter(|mode| mode & 0o077 != 0).map(|mode| (file, mode))).collect();
    match open.as_slice() {
        [] => Check::ok(NAME, format!("{}, open to its owner only", path.display())),
        [(file, mode), ..] => {
            let saw = format!("{} has mode {mode:o}: others may read hashes of passwords", file.display());
            Check::wrong(NAME, saw, format!("chmod 600 {}", file.display()))
        }
    }
}

/// The permission bits of a file, where there are such.
#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).ok().map(|metadata| metadata.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_: &Path) -> Option<u32> {
    None
}
