//! Which installation a command is about: its database, its policy, its master key.

use std::path::{Path, PathBuf};

use countersign_engine::{Cx, Policy};
use countersign_protocol::{Refusal, Timestamp};
use countersign_server::{
    config::Config,
    edge::{Clock as _, SystemClock, SystemEntropy},
    keyring::{Keyring, MasterKey},
};
use countersign_store::Store;

use super::args::Common;
use crate::{data, outcome::Trouble, serve};

/// The environment variable that names the configuration file, here as for `countersign serve`.
const VARIABLE: &str = "COUNTERSIGN_CONFIG";

/// How often a lost race is tried again.
pub(crate) const MAX_RACES: usize = 20;

/// An installation.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its settings.
    pub(crate) config: Config,
    /// Its records.
    pub(crate) store: Store,
}

impl Place {
    /// Opens the one that the arguments name.
    pub(crate) fn open(common: &Common) -> Result<Self, Trouble> {
        let config = configuration(common)?;
        let store = data::open_store(config.store_path())?;
        Ok(Self { config, store })
    }

    /// Its lifetimes, scopes and resources.
    pub(crate) fn policy(&self) -> Policy {
        self.config.policy()
    }

    /// The key that opens its signing keys.
    pub(crate) async fn master_key(&self) -> Result<MasterKey, Trouble> {
        data::master_key(&self.config, &self.store).await
    }

    /// Its signing keys.
    pub(crate) fn keyring<'a>(&'a self, master: &'a MasterKey) -> Keyring<'a> {
        Keyring { store: &self.store, master, schedule: self.config.schedule() }
    }
}

/// Finds and reads the settings. A data folder must have a database already: a typing mistake should not make a new one.
pub(crate) fn configuration(common: &Common) -> Result<Config, Trouble> {
    if let Some(file) = configuration_file(common) {
        return serve::load(&file);
    }
    let folder = common.folder.clone().unwrap_or_else(|| crate::args::Dev::DATA.into());
    let config = Config::dev(common.base_port, &folder);
    if config.store_path().exists() {
        return Ok(config);
    }
    let what = format!("there is no database {}", config.store_path().display());
    Err(Trouble::new(what).advice(
        "Name the configuration of `countersign serve` with --config FILE, or the data folder of `countersign dev` with --data DIR.",
    ))
}

/// The configuration file that the arguments or the environment name.
pub(crate) fn configuration_file(common: &Common) -> Option<PathBuf> {
    common.config.clone().or_else(|| if common.folder.is_some() { None } else { named_by_environment() })
}

/// The configuration file that the environment names.
pub(crate) fn named_by_environment() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from)
}

/// The time now.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// The context of a decision that is made now.
pub(crate) fn context(entropy: &mut SystemEntropy) -> Cx<'_> {
    Cx::new(now(), entropy)
}

/// A refusal of the engine, in its words.
pub(crate) fn refused(refusal: &Refusal) -> Trouble {
    Trouble::new(refusal.description())
}

/// Others changed the same record again and again.
pub(crate) fn lost_races() -> Trouble {
    Trouble::new("others are changing the same record all the time").advice("Try again in a moment.")
}

/// Reads a file that is not larger than that many bytes.
pub(crate) fn read_file(path: &Path, most: usize) -> Result<Vec<u8>, Trouble> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| Trouble::new(format!("file {}: {error}", path.display()));
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > most {
        return Err(Trouble::new(format!("file {}: expected at most {most} bytes", path.display())));
    }
    Ok(bytes)
}
