//! `countersign flow`, as somebody types it: the eleven steps, the attacks, and the page of the guide that they make.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use countersign_protocol::steps::{STEPS, find_flow};
use serde_json::Value;

fn countersign() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    for name in ["COLUMNS", "NO_COLOR", "CLICOLOR_FORCE", "COUNTERSIGN_PASSWORD", "COUNTERSIGN_CLIENT_SECRET"] {
        command.env_remove(name);
    }
    command
}

fn flow(args: &[&str]) -> Output {
    countersign().arg("flow").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The objects of a run that must go well.
fn objects(args: &[&str]) -> Vec<Value> {
    let output = flow(args);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The rules of a line that one actor checked.
fn rules(line: &Value, by: &str) -> Vec<String> {
    let rules = line["rules"].as_array().into_iter().flatten().filter(|rule| rule["by"] == by);
    rules.map(|rule| rule["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_eleven_steps_come_in_order_with_the_actors_of_the_table_and_all_go_well() {
    let lines = objects(&["--json"]);
    assert_eq!(lines.len(), 11);
    for (line, step) in lines.iter().zip(&STEPS) {
        assert_eq!(line["step"], step.number);
        assert_eq!(line["from"], step.from.name());
        assert_eq!(line["to"], step.to.name());
        assert_eq!(line["channel"], step.channel.name());
        assert_eq!(line["ok"], true);
        for member in ["request", "response", "rules"] {
            assert!(line.get(member).is_some(), "step {} has no {member}", step.number);
        }
        assert!(line["rules"].as_array().unwrap().iter().all(|rule| rule["ok"] == true));
    }
    assert_eq!(lines[2]["request"]["query"]["code_challenge_method"], "S256");
    assert_eq!(lines[7]["request"]["body"]["grant_type"], "authorization_code");
    assert_eq!(lines[8]["response"]["body"]["token_type"], "Bearer");
    assert_eq!(lines[8]["claims"]["access_token"]["iss"], lines[8]["claims"]["id_token"]["iss"]);
    assert!(lines[10]["response"]["body"]["files"].as_str().unwrap().contains("letter-to-the-moon.txt"));
}

#[test]
fn the_other_flows_follow_their_tables_too() {
    for name in ["client-credentials", "native"] {
        let (lines, steps) = (objects(&["--json", name]), find_flow(name).unwrap().steps);
        let told: Vec<(Value, Value)> =
            lines.iter().map(|line| (line["step"].clone(), line["title"].clone())).collect();
        let table: Vec<_> = steps.iter().map(|step| (step.number.into(), step.title.into())).collect();
        assert_eq!(told, table);
        let said = text(&flow(&[name]).stdout);
        assert!(said.contains(&format!("All {} steps did what they should", steps.len())), "{said}");
    }
}

#[test]
fn what_is_secret_travels_in_the_back_channel_only() {
    let lines = objects(&["--json", "--show-secrets"]);
    let verifier = lines[0]["made"]["code_verifier"].as_str().unwrap();
    assert_eq!(lines[7]["request"]["body"]["code_verifier"], verifier);
    let tokens = ["access_token", "refresh_token", "id_token"].map(|name| &lines[8]["response"]["body"][name]);
    let secrets = tokens.map(|token| token.as_str().unwrap()).into_iter().chain([verifier]);
    for secret in secrets {
        for line in lines.iter().filter(|line| line["channel"] == "front") {
            assert!(!line.to_string().contains(secret), "step {}", line["step"]);
        }
    }
}

#[test]
fn the_challenge_is_the_hash_of_the_verifier() {
    let made = &objects(&["--json", "--show-secrets"])[0]["made"];
    let verifier = countersign_protocol::CodeVerifier::parse(made["code_verifier"].as_str().unwrap()).unwrap();
    assert_eq!(made["code_challenge"], verifier.challenge().as_str());
}

#[test]
fn without_pkce_there_is_no_challenge_and_the_client_proves_itself_by_its_secret() {
    let lines = objects(&["--json", "--pkce", "off"]);
    assert_eq!(lines.len(), 11);
    assert!(!Value::from(lines.clone()).to_string().contains("code_challenge"));
    assert!(lines[7]["request"]["headers"]["authorization"].as_str().unwrap().starts_with("Basic "));
    assert!(lines[7]["request"]["body"].get("code_verifier").is_none());
    assert!(!rules(&lines[8], "Authorization Server").contains(&"pkce.verifier_matches".to_owned()));
}

#[test]
fn secrets_are_cut_short_and_a_password_is_not_shown() {
    for args in [&["--json"][..], &[], &["--attack", "replayed-code"]] {
        let output = text(&flow(args).stdout);
        assert!(output.contains("csac_"), "{args:?}");
        assert!(!output.contains("wonderland"), "{args:?}");
        let whole = |word: &str| word.starts_with("cs") && word.get(4..5) == Some("_") && word.len() >= 52;
        let words = output.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        assert_eq!(words.filter(|word| whole(word)).count(), 0, "{args:?}");
    }
}

/// Attack, the rule that stops it with PKCE, and without.
const VERDICTS: [(&str, Option<&str>, Option<&str>); 22] = [
    ("stolen-code", Some("pkce.verifier_matches"), None),
    ("code-injection", Some("pkce.verifier_matches"), Some("client.id_token_nonce")),
    ("replayed-code", Some("code.single_use"), Some("code.single_use")),
    ("double-credentials", Some("client_auth.one_method"), Some("client_auth.one_method")),
    ("wrong-redirect", Some("authorize.redirect_uri_registered"), Some("authorize.redirect_uri_registered")),
    ("redirect-tricks", Some("authorize.redirect_uri_registered"), Some("authorize.redirect_uri_registered")),
    ("downgrade", Some("pkce.challenge_present"), Some("pkce.no_downgrade")),
    ("plain-challenge", Some("pkce.method_s256"), Some("pkce.method_s256")),
    ("token-in-fragment", Some("authorize.response_type_code"), Some("authorize.response_type_code")),
    ("forged-state", Some("client.state_matches"), Some("client.state_matches")),
    ("missing-state", Some("pkce.verifier_matches"), None),
    ("mix-up", Some("client.iss_matches"), Some("client.iss_matches")),
    ("mix-up-unchecked", None, Some("client_auth.authenticated")),
    ("stolen-refresh", Some("refresh.not_replayed"), Some("refresh.not_replayed")),
    ("stolen-refresh-first", Some("refresh.not_replayed"), Some("client_auth.authenticated")),
    ("wider-scope", Some("refresh.scope_not_wider"), Some("refresh.scope_not_wider")),
    ("wrong-audience", Some("resource.audience"), Some("resource.audience")),
    ("id-token-as-access-token", Some("resource.not_id_token"), Some("resource.not_id_token")),
    ("jwt-confusion", Some("resource.jwt_form"), Some("resource.jwt_form")),
    ("session-fixation", Some("authorize.login_not_needed"), Some("authorize.login_not_needed")),
    ("clickjacking", Some("browser.not_framed"), Some("browser.not_framed")),
    ("password-redirect", Some("browser.post_not_repeated"), Some("browser.post_not_repeated")),
];

fn verdicts(lines: &[Value]) -> Vec<(&str, Option<&str>)> {
    let ends = lines.iter().filter(|line| line.get("cost").is_some());
    ends.map(|end| {
        assert_eq!(end["ok"], true);
        (end["attack"].as_str().unwrap(), end["stopped_by"]["id"].as_str())
    })
    .collect()
}

#[test]
fn with_pkce_every_attack_is_stopped_by_its_rule_unless_a_client_leaves_out_a_check() {
    let lines = objects(&["--json", "--attack", "all"]);
    assert_eq!(verdicts(&lines), VERDICTS.map(|(attack, with, _)| (attack, with)));
}

/// The moves of one attack, by whom they are, with what they were answered.
fn moves<'a>(lines: &'a [Value], attack: &str, by: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["attack"] == attack && line["move"]["by"] == by).collect()
}

fn reads_files(line: &Value) -> bool {
    line["response"]["body"].get("files").is_some()
}

#[test]
fn an_attack_that_succeeds_gets_what_it_is_after() {
    let lines = objects(&["--json", "--attack", "mix-up-unchecked"]);
    assert!(moves(&lines, "mix-up-unchecked", "Attacker").into_iter().any(reads_files), "by the code and the verifier");
    let said = text(&flow(&["--attack", "stolen-code", "--pkce", "off"]).stdout);
    assert!(said.contains("the attack succeeds, as expected here"), "{said}");
}

#[test]
fn without_pkce_two_attacks_succeed_a_stolen_code_with_a_leaked_secret_and_a_client_without_state() {
    let lines = objects(&["--json", "--attack", "all", "--pkce", "off"]);
    assert_eq!(verdicts(&lines), VERDICTS.map(|(attack, _, without)| (attack, without)));
    assert!(moves(&lines, "stolen-code", "Attacker").into_iter().any(reads_files), "the thief reads the user's files");
    let made = moves(&lines, "missing-state", "Attacker");
    let thiefs = made.iter().find_map(|line| line["response"]["location"]["query"]["code"].as_str());
    let redeemed = moves(&lines, "missing-state", "Client App");
    let sent = redeemed.iter().find_map(|line| line["request"]["body"]["code"].as_str());
    assert!(thiefs.is_some() && sent == thiefs, "the user's client redeemed the thief's code: {sent:?}, {thiefs:?}");
    assert!(redeemed.into_iter().any(reads_files), "the user is in the account of the thief");
}

#[test]
fn each_attack_says_what_the_thief_has_at_which_step_it_is_stopped_and_by_which_rule() {
    let output = flow(&["--attack", "all"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert_eq!(said.matches("The thief has: ").count(), VERDICTS.len());
    for (attack, with, _) in VERDICTS {
        let line = said.lines().find(|line| line.contains(&format!(" {attack}: "))).unwrap();
        let expected = match with {
            Some(_) => format!("✓ {attack}: stopped at step "),
            None => format!("! {attack}: the attack succeeds, as expected here"),
        };
        assert!(line.starts_with(&expected) && line.contains(with.unwrap_or_default()), "{line}");
    }
}

#[test]
fn an_invalid_replay_revokes_nothing_and_a_valid_one_ends_the_tokens() {
    let lines = objects(&["--json", "--attack", "replayed-code"]);
    let moves: Vec<_> = lines.iter().filter(|line| line.get("move").is_some()).collect();
    let ends: Vec<_> = moves.iter().map(|made| made["move"]["refused_by"]["id"].as_str()).collect();
    let invalid = [Some("pkce.verifier_present"), Some("pkce.verifier_matches"), None];
    assert_eq!(ends, [&invalid[..], &[Some("code.single_use"), Some("resource.active")]].concat());
}

#[test]
fn an_attack_that_nobody_knows_is_answered_with_the_ones_that_there_are() {
    let output = flow(&["--attack", "sorcery"]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("stolen-refresh"), "{}", text(&output.stderr));
}

#[test]
fn a_wrong_password_fails_at_step_five_and_says_so() {
    let output = flow(&["--json", "--password", "looking-glass"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!((&last["step"], &last["ok"]), (&Value::from(5), &Value::from(false)));
    assert!(text(&output.stderr).contains("step 5 did not do what it should"), "{}", text(&output.stderr));
}

#[test]
fn an_issuer_that_does_not_answer_is_said_in_one_line() {
    let port = free_ports();
    let issuer = format!("http://localhost:{port}");
    let output = flow(&["--issuer", &issuer]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    let said = text(&output.stderr);
    assert!(said.starts_with(&format!("countersign: {issuer} does not answer: ")), "{said}");
    assert_eq!(said.lines().count(), 2, "the trouble, and what to do: {said}");
}

#[test]
fn a_pipe_gets_no_colour_and_a_narrow_terminal_no_long_lines() {
    let output = countersign().arg("flow").env("COLUMNS", "64").output().unwrap();
    let said = text(&output.stdout);
    assert!(!said.contains('\u{1b}'));
    let long: Vec<_> = said.lines().filter(|line| line.chars().count() > 64).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let output = countersign().args(["flow", "--json"]).env("TMPDIR", folder.path()).output().unwrap();
    assert!(output.status.success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A running `countersign dev`, ended with the test.
struct Dev {
    child: Child,
    port: u16,
    // A closed pipe would end it.
    _said: BufReader<ChildStdout>,
    _data: tempfile::TempDir,
}

impl Dev {
    /// Another test may take a port between the look and the start; then elsewhere.
    fn start(log: &Path) -> Self {
        (0..10).find_map(|_| Self::try_start(log)).unwrap()
    }

    fn try_start(log: &Path) -> Option<Self> {
        let data = tempfile::tempdir().unwrap();
        let port = free_ports();
        let mut child = countersign()
            .args(["dev", "--log-json", "--log", "countersign_server=debug", "--port", &port.to_string(), "--data"])
            .arg(data.path())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log).unwrap())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        let dev = Self { child, port, _said: said, _data: data };
        first.contains("is up").then_some(dev)
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_ports() -> u16 {
    let listen = |port| TcpListener::bind(("127.0.0.1", port)).ok();
    let row = || {
        let base = listen(0)?.local_addr().ok()?.port();
        let all: Option<Vec<_>> = (0..4).map(|n| listen(base.checked_add(n)?)).collect();
        all.map(|_| base)
    };
    (0..100).find_map(|_| row()).unwrap()
}

/// What the server itself says that it checked at the token endpoint, one list for each request.
fn checked_at_token(log: &str) -> Vec<Vec<String>> {
    let mut requests: Vec<Vec<String>> = Vec::new();
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        if event["message"] != "checked" || event["endpoint"] != "token" {
            continue;
        }
        let rule = event["rule"].as_str().unwrap().to_owned();
        if rule == "token.form_readable" && requests.last().is_none_or(|last| last.len() > 4) {
            requests.push(Vec::new());
        }
        let last = requests.last_mut().unwrap();
        if !last.contains(&rule) {
            last.push(rule);
        }
    }
    requests
}

#[test]
fn against_a_running_system_the_rules_that_are_told_are_those_that_the_server_applied() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let dev = Dev::start(&log);
    let issuer = format!("http://localhost:{}", dev.port);
    let plain = objects(&["--json", "--issuer", &issuer]);
    let attacked = objects(&["--json", "--issuer", &issuer, "--attack", "stolen-refresh"]);
    let others = ["client-credentials", "native"].map(|name| objects(&["--json", "--issuer", &issuer, name])).concat();
    let all = plain.iter().chain(&attacked).chain(&others);
    let told: Vec<_> = all.map(|line| rules(line, "Authorization Server")).collect();
    let told: Vec<_> = told.into_iter().filter(|rules| rules.iter().any(|id| id == "token.grant_type_known")).collect();
    assert_eq!(told.len(), 8, "two logins, four refreshes, and the other two flows");
    let applied = checked_at_token(&std::fs::read_to_string(&log).unwrap());
    for (told, applied) in told.iter().zip(&applied) {
        assert_eq!(told, applied, "the table in crates/flow/src/checks.rs is not what the engine does");
    }
    assert_eq!(told.len(), applied.len());
}

#[test]
fn against_a_running_system_every_attack_is_stopped_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("log"));
    let issuer = format!("http://localhost:{}", dev.port);
    let lines = objects(&["--json", "--issuer", &issuer, "--attack", "all"]);
    assert_eq!(verdicts(&lines), VERDICTS.map(|(attack, with, _)| (attack, with)));
}

/// `docs/flows.md` is one run, so it changes when the flow does. With `COUNTERSIGN_BLESS` set it is written anew.
#[test]
fn the_guide_tells_the_flow_as_it_is() {
    let made = text(&flow(&["--guide"]).stdout);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/flows.md");
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = made.lines().zip(kept.lines().chain(std::iter::repeat(""))).find(|(made, kept)| made != kept);
    assert_eq!(differs, None, "docs/flows.md is stale; run the test with COUNTERSIGN_BLESS=1");
    assert_eq!(made.lines().count(), kept.lines().count());
}
