//! Reads one table of the file by the list of its section, and notes what does not fit. A value that does not fit is
//! handed out like an absent one: the fault is noted, so nothing is made of it.

use countersign_protocol::Ttl;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    fault::{Source, nearest},
    item::Item,
    section::{Form, Key, Section, TEXT, Unset},
};

/// One table.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    section: &'static Section,
    path: String,
    at: Option<usize>,
    table: Option<&'a DeTable<'a>>,
}

impl<'a> Reader<'a> {
    /// The whole file.
    pub(super) fn root(source: &'a Source, section: &'static Section, table: &'a DeTable<'a>) -> Self {
        let reader = Self { source, section, path: String::new(), at: None, table: Some(table) };
        reader.check_keys();
        reader
    }

    fn inner(&self, section: &'static Section, item: Item<'a>) -> Option<Self> {
        let DeValue::Table(table) = item.value else {
            return item.unexpected(&Form::Table(section));
        };
        let reader = Self { source: self.source, section, path: item.path, at: Some(item.at), table: Some(table) };
        reader.check_keys();
        Some(reader)
    }

    /// The table under that key; an absent one reads as an empty one.
    pub(super) fn table(&self, name: &str) -> Self {
        let absent = |section| Self { source: self.source, section, path: self.path_of(name), at: None, table: None };
        match self.key(name).map(|key| &key.form) {
            Some(Form::Table(section)) => {
                self.item(name).and_then(|item| self.inner(section, item)).unwrap_or_else(|| absent(section))
            }
            _ => absent(self.section),
        }
    }

    /// The tables under that key.
    pub(super) fn tables(&self, name: &str) -> Vec<Self> {
        let Some(Form::Tables(section)) = self.key(name).map(|key| &key.form) else { return Vec::new() };
        let items = self.item(name).and_then(|item| item.list(&Form::Tables(section))).unwrap_or_default();
        items.into_iter().filter_map(|item| self.inner(section, item)).collect()
    }

    /// Whether the table is in the file at all.
    pub(super) const fn is_present(&self) -> bool {
        self.table.is_some()
    }

    /// Whether the key is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.item(name).is_some()
    }

    /// The value of a key, whatever it is.
    pub(super) fn item(&self, name: &str) -> Option<Item<'a>> {
        let (_, value) = self.table?.get_key_value(name)?;
        Some(self.item_of(name, value))
    }

    fn item_of(&self, name: &str, value: &'a Spanned<DeValue<'a>>) -> Item<'a> {
        Item { source: self.source, path: self.path_of(name), at: value.span().start, value: value.get_ref() }
    }

    /// A value with the form that its key takes.
    pub(super) fn formed(&self, name: &str) -> Option<(Item<'a>, &'static Form)> {
        let key = self.key(name)?;
        Some((self.item(name)?, &key.form))
    }

    /// Text.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        let (item, form) = self.formed(name)?;
        item.text(form)
    }

    /// Text that means something.
    pub(super) fn parse<T>(&self, name: &str, parse: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
        let (item, form) = self.formed(name)?;
        parse(item.text(form)?).or_else(|| item.unexpected(form))
    }

    /// One of the words of its form.
    pub(super) fn one_of(&self, name: &str) -> Option<&'a str> {
        let (item, form) = self.formed(name)?;
        let known = |text: &&str| matches!(form, Form::OneOf(words) if words.contains(text));
        item.text(form).and_then(|text| Some(text).filter(known).or_else(|| item.unexpected(form)))
    }

    /// A list of texts, each with its place.
    pub(super) fn texts(&self, name: &str) -> Vec<(Item<'a>, &'a str)> {
        let Some((item, form)) = self.formed(name) else { return Vec::new() };
        let items = item.list(form).unwrap_or_default();
        items.into_iter().filter_map(|item| item.text(&TEXT).map(|text| (item, text))).collect()
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        let (item, form) = self.formed(name)?;
        item.flag(form)
    }

    /// A whole number.
    pub(super) fn count(&self, name: &str) -> Option<u32> {
        let (item, form) = self.formed(name)?;
        item.count(form)
    }

    /// A lifetime, as seconds or as text such as `5m`.
    pub(super) fn duration(&self, name: &str) -> Option<Ttl> {
        let (item, form) = self.formed(name)?;
        item.duration(form)
    }

    /// Notes a fault of a key, or of the table if the key is absent.
    pub(super) fn fault(&self, name: &str, what: impl Into<String>) {
        let at = self.item(name).map(|item| item.at).or(self.at);
        self.source.fault(at, &self.path_of(name), what);
    }

    /// Notes a fault of the table.
    pub(super) fn fault_here(&self, what: impl Into<String>) {
        self.source.fault(self.at, &self.path, what);
    }

    /// The path of a key.
    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn key(&self, name: &str) -> Option<&'static Key> {
        let key = self.section.key(name);
        debug_assert!(key.is_some(), "{} does not list {name}", self.section.header);
        key
    }

    fn check_keys(&self) {
        let Some(table) = self.table else { return };
        for (name, value) in table {
            if self.section.key(name.get_ref()).is_none() {
                let item = self.item_of(name.get_ref(), value);
                self.source.fault(Some(name.span().start), &item.path, self.unknown(name.get_ref()));
            }
        }
        for key in self.section.keys {
            if matches!(key.default, Unset::Required) && !table.contains_key(key.name) {
                self.fault(key.name, format!("missing; expected {}", key.form));
            }
        }
    }

    fn unknown(&self, name: &str) -> String {
        if let Some((_, why)) = self.section.instead.iter().find(|(other, _)| *other == name) {
            return (*why).to_owned();
        }
        let names = || self.section.keys.iter().map(|key| key.name);
        match nearest(name, names()) {
            Some(meant) => format!("unknown key; did you mean `{meant}`?"),
            None => format!("unknown key; expected one of {}", names().collect::<Vec<_>>().join(", ")),
        }
    }
}
