//! An authenticator together with its scheme, its sources and the data it provides.

use http::request::Parts;

use super::contain_panic;
use crate::authenticator::{Authenticator, Challenge};
use crate::challenge::Accepted;
use crate::credential::Source;
use crate::identity::Provides;
use crate::scheme::Scheme;

/// A kind of credential. The values that do not change are read once.
pub(super) struct ConfiguredKind {
    pub(super) scheme: Scheme,
    pub(super) sources: Vec<Source>,
    pub(super) provides: Provides,
    pub(super) authenticator: Box<dyn Authenticator>,
}

impl ConfiguredKind {
    /// If the authenticator panics, the challenge has no parameters.
    pub(super) fn accepted(&self, request: &Parts) -> Accepted {
        Accepted {
            kind: self.scheme,
            challenge: contain_panic(|| self.authenticator.challenge(request))
                .unwrap_or_else(|| Challenge::new(self.scheme)),
        }
    }
}
