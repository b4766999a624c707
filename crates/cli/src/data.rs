//! Where a realm lives on disk.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
    sync::Arc,
};

use countersign_server::{
    config::Config,
    edge::{Clock, SystemEntropy},
    keyring::MasterKey,
    realm::App,
    reply::Failure,
    start::{self, Settings},
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

/// The key that opens the signing keys. Beside a database that has some none is made: it would open nothing.
pub(crate) async fn master_key(config: &Config, store: &Store) -> Result<MasterKey, Trouble> {
    let missing = config.master_key_file().filter(|path| !path.exists());
    if let Some(path) = missing
        && !store.keys().await.map_err(Trouble::new)?.is_empty()
    {
        let what =
            format!("the master key {} is not there, but the database has keys sealed under one", path.display());
        return Err(
            Trouble::new(what).advice("Bring the file back from your backup; without it the signing keys are lost.")
        );
    }
    config.master_key(&mut SystemEntropy).map_err(Trouble::new)
}

/// Opens the signing keys and puts the realm together.
pub(crate) async fn open_realm(
    settings: Settings,
    store: Store,
    master: &MasterKey,
    clock: Arc<dyn Clock>,
) -> Result<App, Trouble> {
    start::open(settings, store, master, clock).await.map_err(|failure| match failure {
        Failure::Fault(fault) => Trouble::new(format!("the signing keys can't be used: {fault}"))
            .advice("They need the master key under which they were sealed; `countersign doctor --offline` says more."),
        other => Trouble::new(other),
    })
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
