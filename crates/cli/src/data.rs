//! Where a realm lives on disk.

use std::path::Path;

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

/// Opens a database, making or migrating it as needed.
pub(crate) fn open_store(path: &Path) -> Result<Store, Trouble> {
    Store::open(path).map_err(|error| Trouble::new(format!("database {}: {error}", path.display())))
}
