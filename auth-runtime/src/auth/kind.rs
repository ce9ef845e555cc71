//! An authenticator with its scheme, sources and what it provides, which are read once.

use http::request::Parts;

use super::contain_panic;
use crate::authenticator::{Authenticator, Challenge};
use crate::challenge::Accepted;
use crate::credential::Source;
use crate::identity::Provides;
use crate::scheme::Scheme;

/// A kind of credential, with what doesn't change asked once.
pub(super) struct ConfiguredKind {
    pub(super) scheme: Scheme,
    pub(super) sources: Vec<Source>,
    pub(super) provides: Provides,
    pub(super) authenticator: Box<dyn Authenticator>,
}

impl ConfiguredKind {
    /// A panic costs the parameters only.
    pub(super) fn accepted(&self, request: &Parts) -> Accepted {
        Accepted {
            kind: self.scheme,
            challenge: contain_panic(|| self.authenticator.challenge(request))
                .unwrap_or_else(|| Challenge::new(self.scheme)),
        }
    }
}
