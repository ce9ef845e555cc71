//! What a denial is about, for the answer and the log.

use crate::identity::Identity;
use crate::policy::Rule;

/// What a denial is about.
pub(super) struct DenialContext<'a> {
    /// The rule of the route; none where an extractor stands on a route without a guard.
    pub(super) rule: Option<&'static Rule>,
    pub(super) by: Requester,
    pub(super) identity: Option<&'a Identity>,
    /// The claim that an extractor needs and that is missing.
    pub(super) missing_claim: Option<&'a str>,
}

impl DenialContext<'_> {
    /// The name of the route's policy, if it has one.
    pub(super) fn policy(&self) -> Option<&'static str> {
        self.rule.map(|rule| rule.name)
    }

    /// The policy, or the extractor on a route without one.
    pub(super) fn name(&self) -> &'static str {
        self.policy().or(self.by.extractor()).unwrap_or_default()
    }
}

/// Who wanted to know who is calling.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Requester {
    Guard,
    /// The extractor with this name, in a handler or in middleware.
    Extractor(&'static str),
}

impl Requester {
    pub(super) fn extractor(self) -> Option<&'static str> {
        match self {
            Self::Guard => None,
            Self::Extractor(name) => Some(name),
        }
    }
}

/// Marks a refusal that looks like a path without a route: nothing may be added to it.
#[derive(Clone)]
pub(super) struct Hidden;
