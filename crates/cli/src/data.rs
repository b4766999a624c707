//! The folder where a realm lives: its database and its key file.

use std::path::{Path, PathBuf};

use countersign_server::{edge::SystemEntropy, keyring::MasterKey};
use countersign_store::{Store, sqlite};

use crate::outcome::Trouble;

const DATABASE: &str = "countersign.db";
const KEY_FILE: &str = "countersign.key";

/// A data folder.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder; made for its owner only if it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, Trouble> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(|error| {
            Trouble::new(format!("data folder {}: {error}", path.display())).advice("Name another with --data DIR.")
        })?;
        Ok(Self(path.to_owned()))
    }

    /// The database in it.
    pub(crate) fn store(&self) -> Result<Store, Trouble> {
        open_store(&self.0.join(DATABASE))
    }

    /// The key that opens what is sealed in the database.
    pub(crate) fn master_key(&self) -> Result<MasterKey, Trouble> {
        MasterKey::load_or_make(&self.0.join(KEY_FILE), &mut SystemEntropy).map_err(Trouble::new)
    }
}

/// Opens a database, making or migrating it as needed.
pub(crate) fn open_store(path: &Path) -> Result<Store, Trouble> {
    let backend = sqlite::Sqlite::open(path, &sqlite::Options::default())
        .map_err(|error| Trouble::new(format!("database {}: {error}", path.display())))?;
    Ok(Store::new(std::sync::Arc::new(backend)))
}
