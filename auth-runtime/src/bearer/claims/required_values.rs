//! Claims that must have certain values, such as the kind of the token.

use super::source::ClaimSource;
use crate::bearer::parse::{Json, Members};

#[derive(Debug, Default)]
pub(in crate::bearer) struct RequiredValues(Vec<RequiredValue>);

#[derive(Debug)]
struct RequiredValue {
    claim: ClaimSource,
    /// The claim must have one of them.
    values: Vec<String>,
}

impl RequiredValues {
    /// Adds a claim, or an accepted value for a claim that was added before.
    pub(in crate::bearer) fn push(&mut self, claim: ClaimSource, value: String) {
        let known = self
            .0
            .iter_mut()
            .find(|required| required.claim.path() == claim.path());
        match known {
            Some(required) => required.values.push(value),
            None => self.0.push(RequiredValue {
                claim,
                values: vec![value],
            }),
        }
    }

    pub(super) fn claims(&self) -> impl Iterator<Item = &ClaimSource> {
        self.0.iter().map(|required| &required.claim)
    }

    /// Whether each claim is a string with one of the accepted values.
    pub(super) fn hold(&self, claims: &Members<'_>) -> bool {
        self.first_wrong(claims).is_none()
    }

    /// The first claim without an accepted value, and the accepted values.
    pub(super) fn first_wrong(&self, claims: &Members<'_>) -> Option<(&ClaimSource, &[String])> {
        let wrong = self
            .0
            .iter()
            .find(|required| match required.claim.find(claims) {
                Some(Json::String(value)) => {
                    !required.values.iter().any(|accepted| accepted == value)
                }
                _ => true,
            })?;
        Some((&wrong.claim, &wrong.values))
    }
}
