//! A look at whether a database file is whole, for whoever wonders. Changes nothing, and may run beside a server.

use std::path::Path;

use super::{Options, explain_one, open};
use crate::StoreError;

/// More faults than this say no more than that a backup is needed.
const MOST: u32 = 10;

/// What SQLite finds wrong with the file, a line each; empty: nothing. Reads the whole file, so it may take a while.
pub fn quick_check(path: &Path) -> Result<Vec<String>, StoreError> {
    let connection = open::for_reading(path, &Options::default())?;
    let look = || {
        let mut statement = connection.prepare(&format!("PRAGMA quick_check({MOST})"))?;
        let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
        lines.filter(|line| line.as_deref() != Ok("ok")).collect::<rusqlite::Result<Vec<_>>>()
    };
    look().map_err(explain_one("checking the database"))
}

#[cfg(test)]
mod tests {

    use std::io::{Seek as _, SeekFrom, Write as _};

    use super::quick_check;
    use crate::Store;

    #[test]
    fn a_whole_file_has_no_faults_and_an_overwritten_one_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        drop(Store::open(&path).unwrap());
        assert!(quick_check(&path).unwrap().is_empty());

        let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(4096 * 3)).unwrap();
        file.write_all(&[0xff; 4096]).unwrap();
        drop(file);
        assert!(quick_check(&path).map_or(true, |faults| !faults.is_empty()));
    }
}
