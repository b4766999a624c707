//! The pages as documents: well-formed, complete, accessible by structure, and inert whatever text they are given.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../examples/gallery/samples.rs"]
mod samples;

use std::collections::{BTreeMap, BTreeSet};

use countersign_server::pages;
use roxmltree::{Document, Node, ParsingOptions};

fn benign() -> Vec<(&'static str, String)> {
    samples::all(str::to_owned)
}

fn hostile() -> Vec<(&'static str, String)> {
    samples::all(|text| format!("{text}\"'><script>alert(1)</script><img/onerror=alert(1)>&amp;{{{{7*7}}}}"))
}

fn parse<'a>(name: &str, html: &'a str) -> Document<'a> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(html, options).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn each(check: impl Fn(&str, &Document<'_>)) {
    for (name, html) in benign() {
        check(name, &parse(name, &html));
    }
}

fn elements<'a>(document: &'a Document<'a>, tag: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| node.tag_name().name() == tag)
}

fn ids<'a>(document: &'a Document<'a>) -> Vec<&'a str> {
    document.descendants().filter_map(|node| node.attribute("id")).collect()
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn title(document: &Document<'_>) -> String {
    elements(document, "title").map(text).collect()
}

#[test]
fn every_page_is_well_formed_and_has_the_landmarks_of_a_page() {
    each(|name, document| {
        assert_eq!(document.root_element().attribute("lang"), Some("en"), "{name}");
        for tag in ["title", "main", "h1"] {
            assert_eq!(elements(document, tag).count(), 1, "{name}: <{tag}>");
        }
        assert!(!title(document).is_empty(), "{name}");
        assert!(elements(document, "meta").any(|meta| meta.attribute("name") == Some("viewport")), "{name}");
        let levels: Vec<usize> = document
            .descendants()
            .filter_map(|node| ["h1", "h2", "h3"].iter().position(|tag| node.tag_name().name() == *tag))
            .collect();
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: heading levels {levels:?}");
    });
}

#[test]
fn every_reference_inside_a_page_leads_somewhere() {
    each(|name, document| {
        let ids = ids(document);
        let unique: BTreeSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{name}: an id stands twice in {ids:?}");
        for node in document.descendants() {
            for attribute in ["for", "form", "aria-describedby", "aria-labelledby"] {
                if let Some(target) = node.attribute(attribute) {
                    assert!(ids.contains(&target), "{name}: {attribute}={target}");
                }
            }
        }
    });
}

#[test]
fn every_field_has_a_label_and_every_button_says_what_it_does() {
    each(|name, document| {
        let labelled: Vec<_> = elements(document, "label").filter_map(|label| label.attribute("for")).collect();
        for input in elements(document, "input").filter(|input| input.attribute("type") != Some("hidden")) {
            let id = input.attribute("id").unwrap_or_default();
            assert!(labelled.contains(&id), "{name}: no label for {id:?}");
        }
        for button in elements(document, "button").chain(elements(document, "a")) {
            assert!(!text(button).is_empty(), "{name}: a button without words");
        }
    });
}

#[test]
fn hostile_text_changes_no_page_in_its_structure() {
    let shape = |document: &Document<'_>| -> Vec<String> {
        let element = |node: Node<'_, '_>| {
            let names: Vec<_> = node.attributes().map(|attribute| attribute.name().to_owned()).collect();
            format!("{} {}", node.tag_name().name(), names.join(" "))
        };
        document.descendants().filter(Node::is_element).map(element).collect()
    };
    for ((name, good), (_, bad)) in benign().iter().zip(hostile()) {
        assert_eq!(shape(&parse(name, good)), shape(&parse(name, &bad)), "{name}");
        assert!(!bad.contains("<script>") && !bad.contains("<img/"), "{name}");
    }
}

#[test]
fn no_page_carries_a_style_a_script_or_a_handler_of_its_own() {
    for (name, html) in benign().into_iter().chain(hostile()) {
        let document = parse(name, &html);
        assert_eq!(elements(&document, "style").count(), 0, "{name}");
        for script in elements(&document, "script") {
            assert_eq!(name, "form-post", "{name}: the only page with a script");
            assert_eq!(script.attribute("src"), pages::asset_path("form-post.js"));
            assert_eq!(text(script), "");
        }
        for node in document.descendants().filter(Node::is_element) {
            for attribute in node.attributes() {
                assert_ne!(attribute.name(), "style", "{name}");
                assert!(!attribute.name().starts_with("on"), "{name}: {}", attribute.name());
                assert!(!attribute.value().trim_start().to_lowercase().starts_with("javascript:"), "{name}");
            }
        }
    }
}

#[test]
fn everything_that_a_page_loads_is_an_asset_of_ours() {
    each(|name, document| {
        let loaded = document.descendants().filter_map(|node| match node.tag_name().name() {
            "link" => node.attribute("href"),
            "script" | "img" | "iframe" => node.attribute("src"),
            _ => None,
        });
        // What the signed-out page has in its frames is its purpose (OpenID Connect Front-Channel Logout 1.0 §3).
        for path in loaded.filter(|path| name != "signed-out-next" || !path.contains("sid=")) {
            assert!(pages::asset(path).is_some() || path == "/interaction/int_x/logo", "{name}: {path}");
        }
    });
}

#[test]
fn every_form_posts_and_carries_its_token() {
    each(|name, document| {
        for form in elements(document, "form") {
            assert_eq!(form.attribute("method"), Some("post"), "{name}");
            let token = form.descendants().filter(|node| node.attribute("name") == Some("csrf")).count();
            assert_eq!(token, usize::from(name != "form-post"), "{name}");
        }
    });
}

#[test]
fn links_to_apps_tell_them_nothing() {
    each(|name, document| {
        for link in elements(document, "a").filter(|link| link.attribute("target").is_some()) {
            assert_eq!(link.attribute("rel"), Some("noopener noreferrer nofollow"), "{name}");
        }
    });
}

#[test]
fn what_tests_and_password_managers_look_for_is_there() {
    let expected: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("sign-in", &["username", "password", "sign-in", "cancel"] as &[_]),
        ("sign-in-no-match", &["problem"]),
        ("sign-in-again", &["username", "password", "sign-in", "another-account"]),
        ("sign-in-others", &["account-1", "account-2"]),
        ("sign-up", &["username", "password", "sign-up", "cancel", "have-account"]),
        ("choose-account", &["account-1", "account-3", "another-account", "cancel"]),
        ("consent", &["allow", "deny", "told", "scope-2", "scope-3", "account-1", "another-account"]),
        ("account", &["sign-out", "revoke-1", "revoke-2", "sign-out-2", "account-1"]),
        ("sign-out", &["sign-out", "stay"]),
        ("signed-out-next", &["continue", "sign-in-again"]),
        ("cookie-lost", &["begin-again"]),
        ("form-post", &["response", "continue"]),
        ("home", &["account"]),
    ]);
    let mut seen = 0;
    each(|name, document| {
        for id in expected.get(name).copied().unwrap_or_default() {
            assert!(ids(document).contains(id), "{name}: {id}");
        }
    });
    for (name, html) in benign() {
        let document = parse(name, &html);
        let password = if name.starts_with("sign-up") { "new-password" } else { "current-password" };
        for (id, completes) in [("username", "username"), ("password", password)] {
            let field = elements(&document, "input").find(|input| input.attribute("id") == Some(id));
            if let Some(field) = field {
                assert_eq!(field.attribute("autocomplete"), Some(completes), "{name}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 20, "ten pages with both fields");
}

#[test]
fn titles_say_where_one_is() {
    let titles: BTreeMap<_, _> = benign().iter().map(|(name, html)| (*name, title(&parse(name, html)))).collect();
    assert_eq!(titles["sign-in"], "Sign in · Holiday Photos");
    assert_eq!(titles["sign-in-account"], "Sign in · Countersign");
    assert_eq!(titles["signed-out"], "Signed out · Countersign");
}

/// Whoever drives a browser by what its pages say, as test beds do, can tell an end from a step.
#[test]
fn an_error_page_says_so_in_title_and_heading_and_no_other_page_does() {
    each(|name, document| {
        let wrong = ["error", "cookie", "message"].iter().any(|kind| name.starts_with(kind));
        let heading: String = elements(document, "h1").map(text).collect();
        assert_eq!((title(document).contains("Error"), heading.contains("Error")), (wrong, wrong), "{name}: {heading}");
    });
}

#[test]
fn each_step_has_ids_that_no_other_page_has() {
    let steps: [(&str, &[&str]); 5] = [
        ("sign-in", &["sign-in"]),
        ("sign-up", &["sign-up", "have-account"]),
        ("consent", &["allow", "deny"]),
        ("sign-out", &["stay"]),
        ("signed-out", &["sign-in-again"]),
    ];
    each(|name, document| {
        for (step, own) in steps {
            let here = own.iter().filter(|id| ids(document).contains(id)).count();
            let expected = if name.starts_with(step) { own.len() } else { 0 };
            assert_eq!(here, expected, "{name}: {own:?}");
        }
        let signed_out = elements(document, "h1").any(|heading| text(heading) == "Signed out");
        assert_eq!(signed_out, name.starts_with("signed-out"), "{name}");
    });
}

#[test]
fn a_sign_in_page_never_contains_the_word_error() {
    for (name, html) in benign().into_iter().filter(|(name, _)| name.starts_with("sign-in")) {
        assert!(!html.to_lowercase().contains("error"), "{name}");
    }
}

#[test]
fn a_wrong_password_is_told_to_whoever_can_only_hear_it() {
    let (name, html) = benign().into_iter().find(|(name, _)| *name == "sign-in-no-match").unwrap();
    let document = parse(name, &html);
    let problem = document.descendants().find(|node| node.attribute("id") == Some("problem")).unwrap();
    assert_eq!(problem.attribute("role"), Some("alert"));
    assert_eq!(text(problem), "That username and password don't match.");
    for input in elements(&document, "input").filter(|input| input.attribute("type") != Some("hidden")) {
        assert_eq!(input.attribute("aria-describedby"), Some("problem"));
        assert_eq!(input.attribute("aria-invalid"), Some("true"));
    }
}

#[test]
fn only_optional_scopes_can_be_unticked() {
    let (name, html) = benign().into_iter().find(|(name, _)| *name == "consent").unwrap();
    let document = parse(name, &html);
    let boxes: Vec<_> = elements(&document, "input")
        .filter(|input| input.attribute("type") == Some("checkbox"))
        .map(|input| (input.attribute("name").unwrap(), input.attribute("value").unwrap()))
        .collect();
    assert_eq!(boxes, [("scope:read:files", "read:files"), ("scope:offline_access", "offline_access")]);
    let whole = text(document.root_element());
    assert!(whole.contains("See your profile Always included"), "{whole}");
    assert!(whole.contains("You will be sent back to photos.example"), "{whole}");
}

#[test]
fn every_text_colour_can_be_read_on_every_surface() {
    let (light, dark) = pages::TOKENS.split_once("@media screen and (prefers-color-scheme: dark)").unwrap();
    let dark = dark.split_once("@media").unwrap().0;
    for theme in [light, dark] {
        let colours = colours(theme);
        for (front, back, least) in pairs() {
            let ratio = contrast(colours[front], colours[back]);
            assert!(ratio >= least, "--{front} on --{back}: {ratio:.2}, at least {least}");
        }
    }
}

/// What is written on what, with the least contrast of WCAG 2.2 §1.4.3 and §1.4.11.
fn pairs() -> Vec<(&'static str, &'static str, f64)> {
    let mut pairs = vec![("on-accent", "accent", 4.5), ("on-accent", "accent-strong", 4.5)];
    for back in ["paper", "sheet", "inset"] {
        pairs.extend(["ink", "ink-soft", "accent", "accent-strong", "bad", "warn"].map(|front| (front, back, 4.5)));
        pairs.extend(["front", "back", "user"].map(|front| (front, back, 4.5)));
        pairs.push(("line", back, 3.0));
    }
    let washes = [
        ("accent", "accent-wash"),
        ("bad", "bad-wash"),
        ("warn", "warn-wash"),
        ("front", "front-wash"),
        ("back", "back-wash"),
        ("user", "user-wash"),
    ];
    pairs.extend(washes.iter().flat_map(|(name, wash)| [(*name, *wash, 4.5), ("ink", *wash, 4.5)]));
    pairs
}

fn colours(css: &str) -> BTreeMap<&str, [f64; 3]> {
    let declared = css.lines().filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": #"));
    declared
        .map(|(name, hex)| {
            let channel = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            (name, [channel(0), channel(2), channel(4)])
        })
        .collect()
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    let luminance = |[r, g, b]: [f64; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}
