//! The context of a denial, for the response and the log.

use crate::identity::Identity;
use crate::policy::Rule;

/// The context of a denial.
pub(super) struct DenialContext<'a> {
    /// The rule of the route. `None` if an extractor denied the request on a route without a guard.
    pub(super) rule: Option<&'static Rule>,
    pub(super) by: Requester,
    pub(super) identity: Option<&'a Identity>,
    /// The claim that an extractor requires and that is missing.
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

/// What authenticated the request.
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

/// Marks a response that must look like the 404 of a missing path. Nothing may be added to it.
#[derive(Clone)]
pub(super) struct Hidden;
