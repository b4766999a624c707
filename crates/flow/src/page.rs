//! Reading the authorization server's pages as a browser would: forms, their fields and buttons, and what the page says.
//!
//! The pages are well-formed XML as well as HTML, so an XML parser is all that it takes. Left out: scripts, styles, and
//! other servers' pages, which need a real browser.

use roxmltree::{Document, Node, ParsingOptions};

/// A page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Its title.
    pub(crate) title: String,
    /// Its forms.
    pub(crate) forms: Vec<Form>,
    /// What it lists: terms with what they mean.
    pub(crate) facts: Vec<(String, String)>,
    /// Its links: id and address.
    pub(crate) links: Vec<(String, String)>,
    /// The addresses of its frames.
    pub(crate) frames: Vec<String>,
    /// An alert, such as a wrong password.
    pub(crate) alert: Option<String>,
}

/// A form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    id: String,
    /// Where it goes.
    pub(crate) action: String,
    /// What it holds.
    pub(crate) inputs: Vec<Input>,
    /// What can be pressed.
    pub(crate) buttons: Vec<Button>,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    /// Under which name it is sent.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) value: String,
    /// What kind of field it is.
    pub(crate) kind: Kind,
}

/// Kinds of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not shown to the user.
    Hidden,
    /// To be typed into.
    Text,
    /// Ticked or not.
    Checkbox {
        /// Whether it is.
        ticked: bool,
    },
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Button {
    /// Its identifier.
    pub(crate) id: String,
    /// What is written on it.
    pub(crate) label: String,
    sent: Option<(String, String)>,
}

impl Page {
    /// Reads a page.
    pub(crate) fn parse(html: &[u8]) -> Option<Self> {
        let html = std::str::from_utf8(html).ok()?;
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        let document = Document::parse_with_options(html, options).ok()?;
        let named = |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
        let terms = named("dt").filter_map(|term| Some((text(term), text(term.next_sibling_element()?))));
        let alert = document.descendants().find(|node| node.attribute("role") == Some("alert"));
        Some(Self {
            title: named("title").next().map(text).unwrap_or_default(),
            forms: named("form").map(|form| read_form(&document, form)).collect(),
            facts: terms.collect(),
            links: named("a").filter_map(|link| Some((own(link, "id")?, own(link, "href")?))).collect(),
            frames: named("iframe").filter_map(|frame| own(frame, "src")).collect(),
            alert: alert.map(text),
        })
    }

    /// The form with that button.
    pub(crate) fn form(&self, button: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.buttons.iter().any(|found| found.id == button))
    }

    /// What the page says under a term.
    pub(crate) fn fact(&self, term: &str) -> Option<&str> {
        self.facts.iter().find(|(found, _)| found == term).map(|(_, said)| said.as_str())
    }
}

impl Form {
    /// What is sent when that button is pressed, after some fields were typed into.
    pub(crate) fn submit(&self, button: &str, typed: &[(&str, &str)]) -> Vec<(String, String)> {
        let sent = self.inputs.iter().filter(|input| input.kind != Kind::Checkbox { ticked: false });
        let value = |input: &Input| {
            let found = typed.iter().find(|(name, _)| *name == input.name);
            found.map_or_else(|| input.value.clone(), |(_, text)| (*text).to_owned())
        };
        let mut pairs: Vec<_> = sent.map(|input| (input.name.clone(), value(input))).collect();
        let pressed = self.buttons.iter().find(|found| found.id == button);
        pairs.extend(pressed.and_then(|button| button.sent.clone()));
        pairs
    }
}

fn read_form(document: &Document<'_>, form: Node<'_, '_>) -> Form {
    let id = form.attribute("id").unwrap_or_default();
    let ours = |node: &Node<'_, '_>| match node.attribute("form") {
        Some(owner) => owner == id,
        None => node.ancestors().any(|parent| parent == form),
    };
    let named = |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name)).filter(ours);
    Form {
        id: id.to_owned(),
        action: form.attribute("action").unwrap_or_default().to_owned(),
        inputs: named("input").filter_map(read_input).collect(),
        buttons: named("button").map(read_button).collect(),
    }
}

fn read_input(input: Node<'_, '_>) -> Option<Input> {
    let kind = match input.attribute("type") {
        Some("hidden") => Kind::Hidden,
        Some("checkbox") => Kind::Checkbox { ticked: input.has_attribute("checked") },
        _ => Kind::Text,
    };
    let value = input.attribute("value").unwrap_or_default().to_owned();
    Some(Input { name: input.attribute("name")?.to_owned(), value, kind })
}

fn read_button(button: Node<'_, '_>) -> Button {
    let sent = own(button, "name").map(|name| (name, own(button, "value").unwrap_or_default()));
    Button { id: own(button, "id").unwrap_or_default(), label: text(button), sent }
}

fn own(node: Node<'_, '_>, attribute: &str) -> Option<String> {
    node.attribute(attribute).map(str::to_owned)
}

/// The text of a node, its white space folded.
fn text(node: Node<'_, '_>) -> String {
    let whole: String = node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    whole.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::Page;

    const CONSENT: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><title>Allow  Photos?</title></head><body>
<p role="alert">Careful &amp; slow</p>
<form id="consent" method="post" action="/go"><input type="hidden" name="csrf" value="t&lt;1"/>
<input type="checkbox" id="scope-1" name="scope:a" value="a" checked="checked"/>
<input type="checkbox" id="scope-2" name="scope:b" value="b"/></form>
<form id="other" method="post" action="/else"><input name="x" value="y"/></form>
<a id="continue" href="/on?a=1&amp;b=2">Continue</a><a href="/nameless">Other</a>
<iframe title="x" src="http://localhost:4001/out"></iframe>
<dl><div><dt>Rule</dt><dd class="mono">a.b</dd></div></dl>
<button id="allow" form="consent" name="decision" value="allow">Allow</button></body></html>"#;

    fn page() -> Page {
        Page::parse(CONSENT.as_bytes()).unwrap()
    }

    #[test]
    fn a_form_sends_hidden_fields_ticked_boxes_and_the_button_that_was_pressed() {
        let page = page();
        let form = page.form("allow").unwrap();
        assert_eq!(form.action, "/go");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [pair("csrf", "t<1"), pair("scope:a", "a"), pair("decision", "allow")];
        assert_eq!(form.submit("allow", &[]), expected);
    }

    #[test]
    fn what_is_typed_replaces_what_was_there() {
        let page = page();
        assert_eq!(page.forms[1].submit("", &[("x", "z")]), [("x".to_owned(), "z".to_owned())]);
    }

    #[test]
    fn title_facts_and_alert_are_read() {
        let page = page();
        assert_eq!(page.title, "Allow Photos?");
        assert_eq!(page.fact("Rule"), Some("a.b"));
        assert_eq!(page.alert.as_deref(), Some("Careful & slow"));
    }

    #[test]
    fn links_with_a_name_and_frames_are_read() {
        let page = page();
        assert_eq!(page.links, [("continue".to_owned(), "/on?a=1&b=2".to_owned())]);
        assert_eq!(page.frames, ["http://localhost:4001/out"]);
    }

    #[test]
    fn what_is_no_page_is_no_page() {
        for text in ["", "{}", "<p>", "<html>&nbsp;</html>"] {
            assert_eq!(Page::parse(text.as_bytes()), None, "{text}");
        }
    }
}
