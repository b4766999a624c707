//! Where a realm lives on disk.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use countersign_store::Store;

use crate::outcome::Trouble;

/// Makes the folder for its owner only, if it is not there.
pub(crate) fn make_folder(path: &Path) -> Result<(), Trouble> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| {
        Trouble::new(format!("data folder {}: {error}", path.display())).advice("Name another with --data DIR.")
    })
}

/// Keeps a second `countersign dev` out of the folder for as long as the file is held: each start makes new secrets for
/// the demo clients, so the first would stop working.
pub(crate) fn lock(folder: &Path) -> Result<File, Trouble> {
    let path = folder.join("dev.lock");
    let failed = |error: std::io::Error| {
        Trouble::new(format!("file {}: {error}", path.display())).advice("Name another folder with --data DIR.")
    };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Trouble::new(format!("another `countersign dev` is using the data folder {}", folder.display()))
                .advice("Stop it, or name another folder with --data DIR."))
        }
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Opens a database, making or migrating it as needed.
pub(crate) fn open_store(path: &Path) -> Result<Store, Trouble> {
    Store::open(path).map_err(|error| Trouble::new(format!("database {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::lock;

    #[test]
    fn a_folder_in_use_is_refused_until_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path()).unwrap();
        let refusal = lock(folder.path()).unwrap_err().to_string();
        assert!(refusal.contains("another `countersign dev`"), "{refusal}");
        drop(held);
        assert!(lock(folder.path()).is_ok());
    }
}
