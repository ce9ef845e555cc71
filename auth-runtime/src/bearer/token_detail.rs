//! What the log says about a refused token in addition to its fault.

use crate::bearer::parse::Json;
use crate::quoted::{quoted, quoted_list};

/// The wrong claim, its value, and what was expected.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TokenDetail {
    /// The claim, or the parameter of the header.
    pub(crate) claim: Option<String>,
    /// The value in the token, [quoted](crate::quoted). `None` if there is none, or if it must not be logged.
    pub(crate) received: Option<String>,
    /// The configured values, quoted.
    pub(crate) expected: Option<String>,
}

impl TokenDetail {
    pub(super) fn of(claim: &str) -> Self {
        Self {
            claim: Some(claim.to_owned()),
            ..Self::default()
        }
    }

    pub(super) fn received(mut self, text: Option<&str>) -> Self {
        self.received = text.map(quoted);
        self
    }

    /// A string, or an array of strings.
    pub(super) fn received_json(mut self, value: Option<&Json<'_>>) -> Self {
        self.received = match value {
            Some(Json::String(text)) => Some(quoted(text)),
            Some(Json::Array(elements)) => {
                let texts = elements.iter().filter_map(|element| match element {
                    Json::String(text) => Some(&**text),
                    _ => None,
                });
                Some(quoted_list(texts))
            }
            _ => None,
        };
        self
    }

    pub(super) fn expected<'a>(mut self, texts: impl IntoIterator<Item = &'a str>) -> Self {
        self.expected = Some(quoted_list(texts));
        self
    }
}
