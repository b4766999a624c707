//! Pages as a browser sees them: text, links, forms.

use roxmltree::{Document, Node, ParsingOptions};

use super::ask::Reply;

/// A page.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) reply: Reply,
    pub(crate) title: String,
    /// All visible text, white space folded.
    pub(crate) text: String,
    pub(crate) links: Vec<(String, String)>,
    forms: Vec<Form>,
}

/// A form with what its user may do to it.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) boxes: Vec<(String, String)>,
    pub(crate) buttons: Vec<Button>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Button {
    pub(crate) id: String,
    pub(crate) field: Option<(String, String)>,
    pub(crate) text: String,
}

impl Page {
    #[track_caller]
    pub(crate) fn of(reply: Reply) -> Self {
        assert!(reply.is_html(), "{} {}: {}", reply.status, reply.header("content-type"), reply.text());
        // Browsers show U+FFFD for it (HTML §13.2.3.5); XML has no name for it.
        let text = reply.text().replace('\0', "\u{fffd}");
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        let document = Document::parse_with_options(&text, options).unwrap();
        let elements = || document.descendants().filter(Node::is_element);
        let named = |name: &'static str| elements().filter(move |node| node.has_tag_name(name));
        let links = named("a").map(|a| (attribute(a, "href"), words(a))).collect();
        let mut forms: Vec<Form> = named("form").map(|form| read_form(form, &document)).collect();
        forms.retain(|form| !form.action.is_empty());
        let title = named("title").next().map(words).unwrap_or_default();
        let text = named("body").next().map(words).unwrap_or_default();
        Self { reply, title, text, links, forms }
    }

    /// The form that has that button.
    #[track_caller]
    pub(crate) fn with_button(&self, id: &str) -> Form {
        let found = self.forms.iter().find(|form| form.buttons.iter().any(|button| button.id == id));
        found.unwrap_or_else(|| panic!("no button {id} on: {}", self.text)).clone()
    }

    /// Presses a button that needs nothing else.
    #[track_caller]
    pub(crate) fn press(&self, id: &str) -> Form {
        self.with_button(id).press(id)
    }

    pub(crate) fn has_button(&self, id: &str) -> bool {
        self.forms.iter().any(|form| form.buttons.iter().any(|button| button.id == id))
    }

    /// The first button with that text, whatever it is called.
    #[track_caller]
    pub(crate) fn press_text(&self, text: &str) -> Form {
        let all = self.forms.iter().flat_map(|form| form.buttons.iter().map(move |button| (form, button)));
        let (form, button) = all.into_iter().find(|(_, button)| button.text.contains(text)).unwrap();
        form.clone().press(&button.id)
    }

    #[track_caller]
    pub(crate) fn link(&self, text: &str) -> &str {
        let found = self.links.iter().find(|(_, words)| words.contains(text));
        &found.unwrap_or_else(|| panic!("no link {text} on: {}", self.text)).0
    }
}

impl Form {
    #[track_caller]
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(n, _)| n == name);
        value.clone_into(&mut field.unwrap_or_else(|| panic!("no field {name}")).1);
        self
    }

    /// Adds a field that the page does not have.
    pub(crate) fn forge(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self
    }

    #[track_caller]
    pub(crate) fn untick(mut self, name: &str) -> Self {
        let before = self.boxes.len();
        self.boxes.retain(|(n, _)| n != name);
        assert_eq!(self.boxes.len() + 1, before, "no ticked box {name}");
        self
    }

    /// Sends the form by that button.
    #[track_caller]
    pub(crate) fn press(mut self, id: &str) -> Self {
        let button = self.buttons.iter().find(|button| button.id == id).unwrap().clone();
        self.fields.append(&mut self.boxes);
        self.fields.extend(button.field);
        self
    }

    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> &str {
        &self.fields.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no field {name}")).1
    }
}

fn read_form(form: Node<'_, '_>, document: &Document<'_>) -> Form {
    assert_eq!(attribute(form, "method"), "post");
    let id = attribute(form, "id");
    let belongs = |node: &Node<'_, '_>| match node.attribute("form") {
        Some(owner) => owner == id,
        None => node.ancestors().any(|above| above == form),
    };
    let controls = || document.descendants().filter(Node::is_element).filter(belongs);
    let mut read =
        Form { action: attribute(form, "action"), fields: Vec::new(), boxes: Vec::new(), buttons: Vec::new() };
    for node in controls() {
        let pair = (attribute(node, "name"), attribute(node, "value"));
        match (node.tag_name().name(), node.attribute("type").unwrap_or_default()) {
            ("input", "checkbox") if node.has_attribute("checked") => read.boxes.push(pair),
            ("input", "checkbox") => {}
            ("input", _) => read.fields.push(pair),
            ("button", _) => read.buttons.push(Button {
                id: attribute(node, "id"),
                field: (!pair.0.is_empty()).then_some(pair),
                text: words(node),
            }),
            _ => {}
        }
    }
    read
}

fn attribute(node: Node<'_, '_>, name: &str) -> String {
    node.attribute(name).unwrap_or_default().to_owned()
}

fn words(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text).filter_map(|text| text.text());
    texts.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
