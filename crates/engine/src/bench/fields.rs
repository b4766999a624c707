//! Parameters of a query or form, and claims, easily changed one at a time.

use countersign_protocol::{Params, params};
use serde_json::Value;

use crate::authorize::Response;

/// Name and value pairs in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The fields of an authorization response, read back from where the browser would go.
    pub(crate) fn response(response: &Response) -> Self {
        let location = response.location();
        let params = Params::parse(location.split_once('?').unwrap().1.as_bytes()).unwrap();
        Self(params.names().map(|name| (name.to_owned(), params.find(name).unwrap_or_default().to_owned())).collect())
    }

    /// The same with this one parameter replaced or added.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// The same with this parameter once more.
    pub(crate) fn again(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without this parameter.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn encode(&self) -> String {
        params::write(self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    pub(crate) fn params(&self) -> Params {
        Params::parse(self.encode().as_bytes()).unwrap()
    }
}

/// Claims with one member replaced or added; without it, if the value is null.
pub(crate) fn with(claims: &Value, member: &str, value: Value) -> Value {
    let mut changed = claims.clone();
    match value {
        Value::Null => changed.as_object_mut().unwrap().remove(member),
        value => changed.as_object_mut().unwrap().insert(member.to_owned(), value),
    };
    changed
}
