//! Details for the log about a refused credential.

use crate::quoted::{quoted, quoted_list};

/// The claim or parameter of a credential that is wrong, its value, and the values that were expected: the
/// fields `claim`, `received` and `expected` of the event about a denial.
///
/// Values are quoted and escaped. A value is truncated after 100 characters, and a list after eight values.
/// Any client can choose the values of a credential that was not verified: log them at a limited rate.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FaultDetail {
    /// The claim, or the parameter of the header.
    pub(crate) claim: Option<String>,
    /// The value in the token, [quoted](crate::quoted). `None` if there is none, or if it must not be logged.
    pub(crate) received: Option<String>,
    /// The configured values, quoted.
    pub(crate) expected: Option<String>,
}

impl FaultDetail {
    /// The claim or parameter with this name is wrong or missing.
    #[must_use]
    pub fn new(claim: &str) -> Self {
        Self {
            claim: Some(claim.to_owned()),
            ..Self::default()
        }
    }

    /// The value in the credential, if it has one. It must not be a secret or a part of one.
    #[must_use]
    pub fn received<'a>(mut self, value: impl Into<Option<&'a str>>) -> Self {
        self.received = value.into().map(quoted);
        self
    }

    /// The values in the credential, if there are several.
    #[must_use]
    pub fn received_list<'a>(mut self, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.received = Some(quoted_list(values));
        self
    }

    /// The values that would have been accepted.
    #[must_use]
    pub fn expected<'a>(mut self, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.expected = Some(quoted_list(values));
        self
    }
}
