//! Tools from outside of Rust: found, installed when this program may, or asked for in one line.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{ask, must, program, target};
use crate::tree::root;

/// The oldest Node.js that the suites run on.
const NODE: u32 = 20;
/// The release that is fetched where the system's own is older.
const NODE_PACKAGE: &str = "node@22";
/// Names under which Chromium may be on the path.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A folder with `node` in it, for the front of the path; empty when the path has a good one.
fn node() -> Result<Option<PathBuf>, String> {
    if node_at("node".as_ref()) && ask("npm", &["--version"]).is_some() {
        return Ok(None);
    }
    if ask("npm", &["--version"]).is_none() {
        apt(&["nodejs", "npm"], &format!("Node.js {NODE} or newer with npm"))?;
    }
    if node_at("node".as_ref()) {
        return Ok(None);
    }
    // Debian 12 has Node.js 18; the registry has newer ones as a package.
    let folder = target().join("tools/node");
    let bin = folder.join("node_modules/node/bin");
    if !node_at(&bin.join("node")) {
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let prefix = folder.to_string_lossy().into_owned();
        must(
            program("npm", &["install", "--no-audit", "--no-fund", "--prefix", &prefix, NODE_PACKAGE], &root()),
            "npm",
        )?;
    }
    if node_at(&bin.join("node")) { Ok(Some(bin)) } else { Err(format!("Node.js {NODE} or newer is missing")) }
}

/// A program of Node.js, or one that needs it.
pub(super) fn with_node(name: &str, args: &[&str], folder: &Path) -> Result<Command, String> {
    let mut command = program(name, args, folder);
    if let Some(bin) = node()? {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(bin).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(all).unwrap_or(path.clone()));
    }
    Ok(command)
}

/// Installs the packages that the lock file in `folder` names.
pub(super) fn packages(name: &str, folder: &Path) -> Result<(), String> {
    let stamp = folder.join("node_modules/.installed");
    once(name, &folder.join("package-lock.json"), &stamp, || {
        must(with_node("npm", &["ci", "--no-audit", "--no-fund"], folder)?, "npm ci").map(drop)
    })
}

/// The path of Chromium.
pub(super) fn chromium() -> Result<String, String> {
    if let Ok(named) = std::env::var("COUNTERSIGN_CHROMIUM") {
        return ask(&named, &["--version"]).map(|_| named.clone()).ok_or(format!("COUNTERSIGN_CHROMIUM={named} fails"));
    }
    let find = || CHROMIUM.iter().find(|name| ask(name, &["--version"]).is_some()).and_then(|name| which(name));
    if let Some(path) = find() {
        return Ok(path);
    }
    apt(&["chromium"], "Chromium")?;
    find().ok_or_else(|| "Chromium is missing: install one and name it in COUNTERSIGN_CHROMIUM".into())
}

/// The Python of a virtual environment that has what `requirements.txt` in `folder` asks for.
pub(super) fn python(folder: &Path) -> Result<PathBuf, String> {
    if ask("python3", &["-c", "import venv, ensurepip"]).is_none() {
        apt(&["python3", "python3-venv"], "Python 3 with venv")?;
    }
    let venv = target().join("interop-venv");
    let python = venv.join("bin/python");
    if ask(&python, &["--version"]).is_none() {
        must(program("python3", &["-m", "venv", "--clear", &venv.to_string_lossy()], &root()), "python3 -m venv")?;
    }
    once("requirements", &folder.join("requirements.txt"), &venv.join("installed.txt"), || {
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
        must(program(&python, &install, folder), "pip install").map(drop)
    })?;
    Ok(python)
}

/// A tool that comes as a Python package, in an environment of its own.
pub(super) fn python_tool(name: &str, version: &str) -> Result<PathBuf, String> {
    if ask(name, &["--version"]).is_some() {
        return Ok(name.into());
    }
    if ask("python3", &["-c", "import venv, ensurepip"]).is_none() {
        apt(&["python3", "python3-venv"], "Python 3 with venv")?;
    }
    let venv = target().join("tools/venv");
    let tool = venv.join("bin").join(name);
    if !ask(&tool, &["--version"]).is_some_and(|said| said.ends_with(version)) {
        must(program("python3", &["-m", "venv", &venv.to_string_lossy()], &root()), "python3 -m venv")?;
        let wanted = format!("{name}=={version}");
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &wanted];
        must(program(venv.join("bin/python"), &install, &root()), "pip install")?;
    }
    Ok(tool)
}

/// Runs `install` unless `stamp` says that it was done for the present content of `wanted`.
pub(super) fn once(
    what: &str,
    wanted: &Path,
    stamp: &Path,
    install: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let content = std::fs::read_to_string(wanted).map_err(|error| format!("{what}: {}: {error}", wanted.display()))?;
    if std::fs::read_to_string(stamp).is_ok_and(|done| done == content) {
        return Ok(());
    }
    install()?;
    std::fs::write(stamp, content).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Installs Debian packages, as root or through sudo without a password; else says what to type.
pub(super) fn apt(packages: &[&str], what: &str) -> Result<(), String> {
    let line = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if ask("apt-get", &["--version"]).is_none() {
        return Err(format!("{what} is missing; install it with the package manager of this system"));
    }
    let root_user = ask("id", &["-u"]).as_deref() == Some("0");
    let prefix = if root_user { "" } else { "sudo -n " };
    if !root_user && ask("sudo", &["-n", "true"]).is_none() {
        return Err(format!("{what} is missing; run: sudo {line}"));
    }
    println!("{what} is missing; installing it");
    let script = format!("{prefix}apt-get update -q && {prefix}env DEBIAN_FRONTEND=noninteractive {line} -q");
    must(program("sh", &["-c", &script], &root()), &script).map(drop)
}

fn node_at(path: &Path) -> bool {
    ask(path, &["--version"]).is_some_and(|said| node_version(&said).is_some_and(|version| version >= NODE))
}

fn node_version(said: &str) -> Option<u32> {
    said.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn which(name: &str) -> Option<String> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.map(|file| file.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::{node_version, once};

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(node_version("v20.20.2"), Some(20));
        assert_eq!(node_version("nonsense"), None);
    }

    #[test]
    fn an_installation_is_repeated_only_when_the_list_changes() {
        let folder = std::env::temp_dir().join(format!("xtask-once-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (wanted, stamp) = (folder.join("wanted"), folder.join("stamp"));
        let mut installed = 0;
        for content in ["a", "a", "b"] {
            std::fs::write(&wanted, content).unwrap();
            once("test", &wanted, &stamp, || {
                installed += 1;
                Ok(())
            })
            .unwrap();
        }
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(installed, 2);
    }
}
