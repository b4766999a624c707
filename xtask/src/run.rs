//! Starting other programs: what is run is printed, what it says is shown and kept.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::tree::root;

/// What a program said, and whether it was content.
#[derive(Debug)]
pub(crate) struct Said {
    /// Whether it ended with status 0.
    pub(crate) ok: bool,
    /// Standard output and standard error, as they came.
    pub(crate) text: String,
}

/// The cargo that runs this program.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    command
}

/// A program in a folder.
pub(crate) fn program(name: impl AsRef<Path>, args: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(name.as_ref());
    command.args(args).current_dir(folder);
    command
}

/// Where tools and installed packages are kept between runs.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Prints the command, runs it without standard input, shows and keeps what it says.
pub(crate) fn show(mut command: Command) -> Result<Said, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let words: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
    println!("$ {} {}", name.rsplit('/').next().unwrap_or(&name), words.join(" "));
    let fail = |error: std::io::Error| format!("cannot run {name}: {error}");
    let (mut reader, writer) = std::io::pipe().map_err(fail)?;
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(fail)?).stderr(writer);
    let mut child = command.spawn().map_err(fail)?;
    // The command holds the writing ends: without this the pipe would never end.
    drop(command);
    let mut text = Vec::new();
    let mut buffer = [0; 8192];
    let mut out = std::io::stdout();
    loop {
        let count = reader.read(&mut buffer).map_err(fail)?;
        if count == 0 {
            break;
        }
        text.extend_from_slice(&buffer[..count]);
        // A closed standard output must not stop the run.
        let _ = out.write_all(&buffer[..count]).and_then(|()| out.flush());
    }
    let status = child.wait().map_err(fail)?;
    Ok(Said { ok: status.success(), text: String::from_utf8_lossy(&text).into_owned() })
}

/// The same, where anything but success is an error.
pub(crate) fn must(command: Command, what: &str) -> Result<String, String> {
    let said = show(command)?;
    if said.ok { Ok(said.text) } else { Err(format!("{what} failed")) }
}

/// What a program says, unseen; `None` when it is not there or fails.
pub(crate) fn ask(name: impl AsRef<Path>, args: &[&str]) -> Option<String> {
    let output = Command::new(name.as_ref()).args(args).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// How long something took.
#[expect(clippy::disallowed_methods, reason = "measuring how long a step took is what this function is for")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::{ask, program, show};
    use crate::tree::root;

    #[test]
    fn both_outputs_are_kept_and_the_status_is_told() {
        let said = show(program("sh", &["-c", "echo out; echo err >&2; exit 3"], &root())).unwrap();
        assert!(!said.ok && said.text.contains("out") && said.text.contains("err"));
    }

    #[test]
    fn a_program_that_is_not_there_is_none() {
        assert_eq!(ask("no-such-program-here", &[]), None);
    }
}
