//! The compilers of the suites in Go and Java. What they fetch and build is kept in the target folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::tools::apt;
use crate::run::{ask, program, target};

/// Where the installer of Go puts it.
const GO_FOLDER: &str = "/usr/local/go/bin/go";
/// A test of the suite that hangs is ended after this.
const GO_TIMEOUT: &str = "-timeout=120s";
/// The oldest Java that the suite compiles for.
const JAVA: u32 = 17;

/// `go test`, with the modules that `go.sum` pins.
pub(super) fn go_test(folder: &Path) -> Result<Command, String> {
    let mut command = program(go(folder)?, &["test", "-v", "-count=1", GO_TIMEOUT, "./..."], folder);
    in_target(&mut command);
    Ok(command)
}

/// A Go that is new enough for the module, by its own judgement: some releases fetch a newer one when they may.
fn go(folder: &Path) -> Result<PathBuf, String> {
    let named = std::env::var_os("COUNTERSIGN_GO").map(PathBuf::from);
    let candidates = named.map_or_else(|| vec!["go".into(), GO_FOLDER.into()], |named| vec![named]);
    let content = |name: &PathBuf| {
        let mut command = program(name, &["version"], folder);
        in_target(&mut command);
        command.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
    };
    candidates.into_iter().find(content).ok_or_else(|| {
        let module = std::fs::read_to_string(folder.join("go.mod")).unwrap_or_default();
        let oldest = module.lines().find_map(|line| line.strip_prefix("go ")).unwrap_or("of a recent release");
        format!("Go {oldest} or newer is missing: install it from https://go.dev/dl, or name one in COUNTERSIGN_GO")
    })
}

fn in_target(command: &mut Command) {
    let kept = target().join("interop-go");
    // Without `-modcacherw` the fetched modules could not be removed with the rest of the target folder.
    command.env("GOCACHE", kept.join("build")).env("GOMODCACHE", kept.join("modules")).env("GOFLAGS", "-modcacherw");
}

/// `mvn test`, with the versions that the manifest pins.
pub(super) fn maven_test(folder: &Path) -> Result<Command, String> {
    let new_enough =
        || ask("mvn", &["--version"]).and_then(|said| java_version(&said)).is_some_and(|found| found >= JAVA);
    if !new_enough() {
        apt(&["default-jdk-headless", "maven"], &format!("Maven with a JDK of Java {JAVA} or newer"))?;
    }
    if !new_enough() {
        return Err(format!("Maven finds no Java {JAVA} or newer: install a JDK and name its folder in JAVA_HOME"));
    }
    let packages = format!("-Dmaven.repo.local={}", target().join("interop-maven").display());
    let built = format!("-Dbuild.folder={}", target().join("interop-java").display());
    Ok(program("mvn", &["--batch-mode", "--no-transfer-progress", &packages, &built, "test"], folder))
}

/// The major version in what `mvn --version` says of the Java that it runs on.
fn java_version(said: &str) -> Option<u32> {
    let version = said.lines().find_map(|line| line.strip_prefix("Java version: "))?;
    version.split(['.', ',', '-', '+']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::java_version;

    #[test]
    fn the_major_version_of_java_is_read_from_what_maven_says() {
        let said = "Apache Maven 3.8.7\nJava version: 17.0.15, vendor: Debian\nDefault locale: en";
        assert_eq!(java_version(said), Some(17));
        assert_eq!(java_version("Java version: 25, vendor: x"), Some(25));
        assert_eq!(java_version("Apache Maven 3.8.7"), None);
    }
}
