//! One value of the file with its place.

use std::path::PathBuf;

use countersign_protocol::{Secret, Timestamp, Ttl};
use serde_json::Value;
use toml::de::DeValue;

use super::{
    fault::{Source, quote},
    files,
    section::{Form, parse_span},
};

/// One value.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    pub(super) source: &'a Source,
    pub(super) path: String,
    pub(super) at: usize,
    pub(super) value: &'a DeValue<'a>,
}

impl<'a> Item<'a> {
    /// Notes a fault of this value.
    pub(super) fn fault(&self, what: impl Into<String>) {
        self.source.fault(Some(self.at), &self.path, what);
    }

    /// Notes that something else was expected. `None`, for the end of a function that returns an option.
    pub(super) fn unexpected<T>(&self, form: &Form) -> Option<T> {
        self.fault(format!("expected {form}, got {}", self.shown()));
        None
    }

    /// Text.
    pub(super) fn text(&self, form: &Form) -> Option<&'a str> {
        self.value.as_str().or_else(|| self.unexpected(form))
    }

    /// The values of a list, each with its place.
    pub(super) fn list(&self, form: &Form) -> Option<Vec<Self>> {
        let Some(array) = self.value.as_array() else { return self.unexpected(form) };
        let item = |(index, value): (usize, &'a toml::Spanned<DeValue<'a>>)| Self {
            source: self.source,
            path: format!("{}[{index}]", self.path),
            at: value.span().start,
            value: value.get_ref(),
        };
        Some(array.iter().enumerate().map(item).collect())
    }

    /// A whole number in the bounds of its form.
    pub(super) fn count(&self, form: &Form) -> Option<u32> {
        let number = self.integer().and_then(|number| u32::try_from(number).ok());
        let fits = |number: &u32| match form {
            Form::Count { least, most } => (least..=most).contains(&number),
            _ => true,
        };
        number.filter(fits).or_else(|| self.unexpected(form))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, form: &Form) -> Option<bool> {
        self.value.as_bool().or_else(|| self.unexpected(form))
    }

    /// A lifetime in the bounds of its form: whole seconds, or text with a unit.
    pub(super) fn duration(&self, form: &Form) -> Option<Ttl> {
        let seconds = || self.integer().and_then(|number| u32::try_from(number).ok()).map(Ttl::secs);
        let fits = |ttl: &Ttl| match form {
            Form::Duration { least, most } => (least..=most).contains(&ttl),
            _ => true,
        };
        let ttl = self.value.as_str().map_or_else(seconds, parse_span);
        ttl.filter(fits).or_else(|| self.unexpected(form))
    }

    /// A point in time; a date alone is its first moment in UTC.
    pub(super) fn date(&self, form: &Form) -> Option<Timestamp> {
        let text = self.value.as_datetime().map(ToString::to_string).unwrap_or_default();
        let moment = text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
        let midnight = || format!("{text}T00:00:00Z").parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
        moment.or_else(midnight).map(Timestamp::from_secs).or_else(|| self.unexpected(form))
    }

    /// The path that this text names.
    pub(super) fn file(&self, form: &Form) -> Option<PathBuf> {
        match self.text(form)? {
            "" => self.unexpected(form),
            text => Some(self.source.path(text)),
        }
    }

    /// The content of the file that this text names.
    pub(super) fn content(&self, form: &Form) -> Option<String> {
        files::read(&self.file(form)?).map_err(|why| self.fault(why)).ok()
    }

    /// The secret in the file that this text names.
    pub(super) fn secret(&self, form: &Form) -> Option<Secret> {
        files::read_secret(&self.file(form)?).map_err(|why| self.fault(why)).ok()
    }

    /// This value as JSON; dates become text.
    pub(super) fn json(&self) -> Option<Value> {
        Some(match self.value {
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Boolean(flag) => Value::from(*flag),
            DeValue::Datetime(date) => Value::from(date.to_string()),
            DeValue::Integer(_) => Value::from(self.integer().or_else(|| self.no_json())?),
            DeValue::Float(number) => {
                let number = number.as_str().replace('_', "").parse::<f64>().ok();
                let number = number.and_then(serde_json::Number::from_f64);
                Value::Number(number.or_else(|| self.no_json())?)
            }
            DeValue::Array(_) => self.list(&Form::Texts("values"))?.iter().map(Self::json).collect::<Option<_>>()?,
            DeValue::Table(_) => {
                let member = |(name, item): (String, Self)| Some((name, item.json()?));
                Value::Object(self.members()?.into_iter().map(member).collect::<Option<_>>()?)
            }
        })
    }

    /// The members of a table, each with its place; `None`: it is none.
    pub(super) fn members(&self) -> Option<Vec<(String, Self)>> {
        let member = |(name, value): (&'a toml::Spanned<_>, &'a toml::Spanned<DeValue<'a>>)| {
            let name: &std::borrow::Cow<'a, str> = name.get_ref();
            let path = format!("{}.{name}", self.path);
            let item = Self { source: self.source, path, at: value.span().start, value: value.get_ref() };
            (name.clone().into_owned(), item)
        };
        Some(self.value.as_table()?.iter().map(member).collect())
    }

    fn no_json<T>(&self) -> Option<T> {
        self.fault("a number that JSON can't hold");
        None
    }

    fn integer(&self) -> Option<i64> {
        let number = self.value.as_integer()?;
        i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
    }

    /// What came, in a few words.
    pub(super) fn shown(&self) -> String {
        match self.value {
            DeValue::String(text) => quote(text),
            DeValue::Integer(number) => quote(&number.to_string()).trim_matches('"').to_owned(),
            DeValue::Float(number) => quote(number.as_str()).trim_matches('"').to_owned(),
            DeValue::Boolean(flag) => flag.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        }
    }
}
