//! `[metrics]`: where the numbers are served.

use super::{faults, parse};

const LOCAL: &str = "issuer = \"http://localhost:8080\"\n";

#[test]
fn metrics_are_served_only_where_the_file_says_so() {
    assert_eq!(parse(LOCAL).unwrap().metrics(), None);
    let config = parse(&format!("{LOCAL}[metrics]\nlisten = \"127.0.0.1:9464\"")).unwrap();
    assert_eq!(config.metrics(), Some("127.0.0.1:9464".parse().unwrap()));
    assert!(!config.warnings().iter().any(|warning| warning.contains("metrics")));
}

#[test]
fn metrics_for_everybody_are_warned_of() {
    let config = parse(&format!("{LOCAL}[metrics]\nlisten = \"0.0.0.0:9464\"")).unwrap();
    let expected = "metrics are served on 0.0.0.0:9464 to whoever reaches that address".to_owned();
    assert!(config.warnings().contains(&expected), "{:?}", config.warnings());
}

#[test]
fn metrics_need_an_address_of_their_own() {
    for (text, expected) in [
        (
            "[metrics]",
            "line 2: metrics.listen: missing; expected an address with a port, such as \"127.0.0.1:9464\" or \"[::1]:9464\"",
        ),
        (
            "[metrics]\nlisten = \"127.0.0.1:8080\"",
            "line 3: metrics.listen: 127.0.0.1:8080 is where the server itself listens; metrics need a port of their own",
        ),
        (
            "[metrics]\nport = 9464",
            "line 3: metrics.port: write the address with its port: listen = \"127.0.0.1:9464\"",
        ),
    ] {
        assert!(
            faults(&format!("{LOCAL}{text}")).iter().any(|fault| fault == expected),
            "{:?}",
            faults(&format!("{LOCAL}{text}"))
        );
    }
}
