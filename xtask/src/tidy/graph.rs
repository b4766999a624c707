//! The crate graph: arrows point one way, and the pure crates link nothing that waits, listens or stores.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::Problem;
use crate::tree::root;

/// Which of our crates each of our crates may name. A crate that is missing here is a problem of its own.
const ARROWS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("jose", &["protocol"]),
    ("engine", &["jose", "protocol"]),
    ("store", &["engine", "jose", "protocol"]),
    ("server", &["store", "engine", "jose", "protocol"]),
    ("client", &["jose", "protocol"]),
    ("resource", &["jose", "protocol"]),
    ("demo", &["client", "resource", "jose", "protocol"]),
    ("flow", &["demo", "client", "resource", "engine", "jose", "protocol"]),
    ("explorer", &["flow", "demo", "client", "resource", "server", "store", "engine", "jose", "protocol"]),
    ("cli", &["explorer", "flow", "demo", "client", "resource", "server", "store", "engine", "jose", "protocol"]),
    ("bench", &["server", "store", "engine", "jose", "protocol"]),
    ("fuzz", &["demo", "client", "resource", "server", "store", "engine", "jose", "protocol"]),
];

/// Crates without I/O, clock or randomness.
pub(super) const PURE: &[&str] = &["protocol", "jose", "engine"];

/// Never linked into a pure crate, directly or through another crate.
const NO_IO: &[&str] = &[
    "async-std",
    "axum",
    "hyper",
    "mio",
    "postgres",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
    "tokio-postgres",
    "tower-http",
    "ureq",
];

/// Never named by a pure crate: time and randomness are arguments.
const NO_SOURCE: &[&str] = &["chrono", "fastrand", "getrandom", "jiff", "rand", "rand_core", "time", "uuid"];

/// Cryptography lives in `jose`; hashing and constant-time comparison are all that others need.
const ONLY_JOSE: &[&str] = &["aws-lc-rs", "jsonwebtoken", "ring", "rustls"];

/// What cargo knows of the workspace, with the resolved graph.
pub(super) fn metadata() -> Result<Value, String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--format-version", "1", "--locked"]).current_dir(root());
    let output = command.output().map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

/// Checks the arrows between our crates and what the pure crates link.
pub(super) fn check(metadata: &Value) -> Result<Vec<Problem>, String> {
    let graph = Graph::read(metadata).ok_or("cargo metadata has another form than expected")?;
    let mut problems = Vec::new();
    for (name, direct) in &graph.members {
        let path = if name == "xtask" || name == "fuzz" { name.clone() } else { format!("crates/{name}") };
        let mut problem = |what: String| problems.push(Problem::new(&format!("{path}/Cargo.toml"), 0, what));
        let allowed = ARROWS.iter().find(|(known, _)| known == name).map(|(_, allowed)| *allowed);
        if allowed.is_none() && name != "xtask" {
            problem("say in xtask/src/tidy/graph.rs which of our crates this crate may name".into());
        }
        for ours in direct.iter().filter_map(|package| graph.ours.get(package)) {
            if !allowed.unwrap_or_default().contains(&ours.as_str()) {
                problem(format!("must not depend on `{ours}`: arrows point one way"));
            }
        }
        if !PURE.contains(&name.as_str()) {
            continue;
        }
        for package in direct.iter().map(|id| graph.name(id)) {
            if NO_SOURCE.contains(&package) {
                problem(format!("must not depend on `{package}`: time and randomness are arguments"));
            }
            if name != "jose" && ONLY_JOSE.contains(&package) {
                problem(format!("must not depend on `{package}`: cryptography lives in `jose`"));
            }
        }
        for package in graph.closure(direct).into_iter().map(|id| graph.name(id)) {
            if NO_IO.contains(&package) {
                problem(format!("must not link `{package}`: this crate does no I/O"));
            }
        }
    }
    Ok(problems)
}

/// Normal and build dependencies by package id; what only tests use is left out.
struct Graph {
    names: BTreeMap<String, String>,
    needs: BTreeMap<String, Vec<String>>,
    /// Our crates by package id, under their folder's name.
    ours: BTreeMap<String, String>,
    /// The same by name, with what they name themselves.
    members: BTreeMap<String, Vec<String>>,
}

impl Graph {
    fn read(metadata: &Value) -> Option<Self> {
        let members: BTreeSet<&str> =
            metadata["workspace_members"].as_array()?.iter().filter_map(Value::as_str).collect();
        let (mut names, mut ours) = (BTreeMap::new(), BTreeMap::new());
        for package in metadata["packages"].as_array()? {
            let id = package["id"].as_str()?;
            names.insert(id.to_owned(), package["name"].as_str()?.to_owned());
            if members.contains(id) {
                let folder = package["manifest_path"].as_str()?.rsplit(['/', '\\']).nth(1)?;
                ours.insert(id.to_owned(), folder.to_owned());
            }
        }
        let mut needs = BTreeMap::new();
        for node in metadata["resolve"]["nodes"].as_array()? {
            let shipped = |dep: &&Value| {
                dep["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"] != "dev"))
            };
            let deps = node["deps"].as_array()?.iter().filter(shipped);
            let deps: Vec<String> = deps.filter_map(|dep| dep["pkg"].as_str().map(ToOwned::to_owned)).collect();
            needs.insert(node["id"].as_str()?.to_owned(), deps);
        }
        let direct = |(id, name): (&String, &String)| Some((name.clone(), needs.get(id)?.clone()));
        let members = ours.iter().filter_map(direct).collect();
        Some(Self { names, needs, ours, members })
    }

    fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.names.get(id).map_or(id, String::as_str)
    }

    fn closure<'a>(&'a self, from: &'a [String]) -> BTreeSet<&'a String> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = from.iter().collect();
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.needs.get(id).into_iter().flatten());
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::check;

    /// A package and what it needs: the name, and the kind of the dependency.
    type Package<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

    fn metadata(packages: &[Package]) -> Value {
        let ours = |name: &str| matches!(name, "protocol" | "jose" | "engine" | "store" | "demo" | "extra");
        let names: Vec<&str> = packages.iter().map(|(name, _)| *name).collect();
        let package = |name: &&str| json!({"id": name, "name": name, "manifest_path": format!("/x/{name}/Cargo.toml")});
        let dep = |(name, kind): &(&str, Option<&str>)| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let node = |(name, deps): &Package| json!({"id": name, "deps": deps.iter().map(dep).collect::<Vec<_>>()});
        json!({
            "workspace_members": names.iter().filter(|name| ours(name)).collect::<Vec<_>>(),
            "packages": names.iter().map(package).collect::<Vec<_>>(),
            "resolve": {"nodes": packages.iter().map(node).collect::<Vec<_>>()},
        })
    }

    fn problems(packages: &[Package]) -> Vec<String> {
        check(&metadata(packages)).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_arrow_against_the_grain_is_refused() {
        let found = problems(&[("jose", &[("engine", None)]), ("engine", &[])]);
        assert_eq!(found, ["crates/jose/Cargo.toml: must not depend on `engine`: arrows point one way"]);
    }

    #[test]
    fn the_arrows_of_the_design_are_accepted() {
        assert!(problems(&[("store", &[("engine", None)]), ("engine", &[("jose", None)]), ("jose", &[])]).is_empty());
    }

    #[test]
    fn a_pure_crate_links_no_runtime_through_another_crate() {
        let found = problems(&[("engine", &[("helper", None)]), ("helper", &[("tokio", None)]), ("tokio", &[])]);
        assert_eq!(found, ["crates/engine/Cargo.toml: must not link `tokio`: this crate does no I/O"]);
    }

    #[test]
    fn what_only_tests_use_is_free() {
        assert!(
            problems(&[("engine", &[("rand", Some("dev")), ("tokio", Some("dev"))]), ("rand", &[]), ("tokio", &[])])
                .is_empty()
        );
    }

    #[test]
    fn randomness_and_cryptography_are_refused_where_they_do_not_belong() {
        let found =
            problems(&[("protocol", &[("getrandom", None), ("aws-lc-rs", None)]), ("jose", &[("aws-lc-rs", None)])]);
        assert_eq!(found.len(), 2);
        assert!(found[0].contains("time and randomness") && found[1].contains("lives in `jose`"));
    }

    #[test]
    fn a_new_crate_must_be_placed_in_the_graph() {
        assert!(problems(&[("extra", &[])])[0].contains("say in xtask/src/tidy/graph.rs"));
    }
}
