//! Which kind a value of `Authorization` belongs to. A prefix decides alone, before any kind is asked,
//! so that a secret of one kind is never shown to the code of another.

use super::authentication::Kind;
use super::misconfiguration::Misconfiguration;
use crate::credential::{Authorization, Source, fault_of_prefix};
use crate::scheme::Scheme;

/// The kind that this value belongs to by its prefix, whether or not a route accepts the kind. `build`
/// has refused prefixes of which two could begin one value.
pub(super) fn owner(kinds: &[Kind], authorization: Authorization<'_>) -> Option<Scheme> {
    let owns = |kind: &Kind| {
        kind.prefixes()
            .any(|(scheme, prefix)| authorization.prefixed(scheme, prefix).is_some())
    };
    kinds.iter().find(|kind| owns(kind)).map(|kind| kind.scheme)
}

impl Kind {
    /// As much of the field as this kind is to see.
    pub(super) fn share_of<'a>(
        &self,
        authorization: Authorization<'a>,
        owner: Option<Scheme>,
    ) -> Authorization<'a> {
        let is_shown = match owner {
            Some(owner) => owner == self.scheme,
            None => self.reads_any_value() || self.prefixes().next().is_none(),
        };
        if is_shown {
            authorization
        } else {
            Authorization::Absent
        }
    }

    fn prefixes(&self) -> impl Iterator<Item = (Scheme, &str)> {
        self.sources.iter().filter_map(|source| match source {
            Source::AuthorizationPrefix { scheme, prefix } => Some((*scheme, prefix.as_str())),
            _ => None,
        })
    }

    fn prefixes_with(&self, scheme: Scheme) -> impl Iterator<Item = &str> {
        self.prefixes()
            .filter(move |(found, _)| *found == scheme)
            .map(|(_, prefix)| prefix)
    }

    /// Whether it reads values without one of its prefixes.
    fn reads_any_value(&self) -> bool {
        self.sources.iter().any(Source::is_whole_authorization)
    }

    /// Whether it reads values with this scheme, whatever they begin with.
    fn reads_any_value_with(&self, scheme: Scheme) -> bool {
        self.reads_any_value() && self.challenge().scheme == scheme
    }

    fn reads(&self, scheme: Scheme) -> bool {
        self.reads_any_value_with(scheme) || self.prefixes_with(scheme).next().is_some()
    }

    /// Everything that is wrong with the values of `Authorization` that this kind reads, beside those
    /// that `others` read.
    pub(super) fn check_authorization(&self, others: &[Kind], faults: &mut Vec<Misconfiguration>) {
        for (_, prefix) in self.prefixes() {
            if let Some(reason) = fault_of_prefix(prefix) {
                faults.push(Misconfiguration::AuthorizationPrefix {
                    scheme: self.scheme,
                    prefix: prefix.to_owned(),
                    reason,
                });
            }
        }
        for other in others {
            faults.extend(self.clash_with(other));
        }
    }

    fn clash_with(&self, other: &Kind) -> Option<Misconfiguration> {
        let asked_for = self.challenge().scheme;
        if self.reads_any_value_with(asked_for) && other.reads_any_value_with(asked_for) {
            return Some(Misconfiguration::AuthorizationShared {
                scheme: self.scheme,
                other: other.scheme,
                auth_scheme: asked_for,
            });
        }
        for (auth_scheme, prefix) in self.prefixes() {
            for other_prefix in other.prefixes_with(auth_scheme) {
                if prefix.starts_with(other_prefix) || other_prefix.starts_with(prefix) {
                    return Some(Misconfiguration::AuthorizationPrefixTwice {
                        scheme: self.scheme,
                        prefix: prefix.to_owned(),
                        other: other.scheme,
                        other_prefix: other_prefix.to_owned(),
                    });
                }
            }
        }
        let is_told_apart = self.reads(asked_for) && other.reads(asked_for);
        (other.challenge().scheme == asked_for && !is_told_apart).then_some(
            Misconfiguration::ChallengeTwice {
                scheme: self.scheme,
            },
        )
    }
}
