//! Opens an address in the user's browser. No shell is involved: an address may contain `&`.

use std::io;
use std::process::{Command, Stdio};

use crate::wire::Endpoint;

/// Asks the system to show this address. Returns once the system's opener has started, not when the page is there.
pub fn open_browser(url: &str) -> io::Result<()> {
    // What a provider's metadata says ends up here: only web addresses, never files or options.
    Endpoint::parse(url).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let (program, arguments): (_, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let mut child = Command::new(program)
        .args(arguments)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // Some openers live as long as the browser; somebody has to take their exit status.
    std::thread::spawn(move || child.wait());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::open_browser;

    #[test]
    fn only_web_addresses_are_opened() {
        for bad in ["file:///etc/passwd", "--help", "javascript:alert(1)", "http://id.example/"] {
            assert_eq!(open_browser(bad).unwrap_err().kind(), std::io::ErrorKind::InvalidInput, "{bad}");
        }
    }
}
