//! The explorer's front end: its types, checked by TypeScript through JSDoc, and the tests of its model. What a browser
//! must show is tested by the suites that drive one.

use super::counts::Counts;
use super::tools;
use crate::run::{must, show};
use crate::tree::root;

/// `tsc`, then `node --test`.
pub(super) fn run() -> Result<Counts, String> {
    let folder = root().join("ui");
    tools::packages("ui", &folder)?;
    must(tools::with_node("npm", &["run", "--silent", "check"], &folder)?, "npm run check in ui")?;
    let said = show(tools::with_node("npm", &["run", "--silent", "test"], &folder)?)?;
    match Counts::read(&said.text) {
        counts if counts.passed + counts.failed == 0 => Err("the tests in ui did not run".into()),
        mut counts => {
            counts += Counts::ONE;
            Ok(if said.ok || counts.failed > 0 { counts } else { Counts { failed: 1, ..counts } })
        }
    }
}
