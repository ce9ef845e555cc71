//! Which kind of credential a value of `Authorization` belongs to. The prefix decides before any kind
//! gets the request, so that the code of one kind never sees a secret of another.

use super::kind::ConfiguredKind;
use super::misconfiguration::Misconfiguration;
use crate::credential::{Authorization, Source, fault_of_prefix};
use crate::scheme::Scheme;

/// The kind that this value belongs to by its prefix, whether or not the route accepts the kind. There is
/// at most one: `build` refuses two prefixes that could begin the same value.
pub(super) fn owner(kinds: &[ConfiguredKind], authorization: Authorization<'_>) -> Option<Scheme> {
    let owns = |kind: &ConfiguredKind| {
        kind.prefixes()
            .any(|(scheme, prefix)| authorization.prefixed(scheme, prefix).is_some())
    };
    kinds.iter().find(|kind| owns(kind)).map(|kind| kind.scheme)
}

impl ConfiguredKind {
    /// The field as this kind may see it: `Absent` if it belongs to another kind.
    pub(super) fn visible_authorization<'a>(
        &self,
        authorization: Authorization<'a>,
        owner: Option<Scheme>,
    ) -> Authorization<'a> {
        let is_visible = match owner {
            Some(owner) => owner == self.scheme,
            None => self.reads_any_value() || self.prefixes().next().is_none(),
        };
        if is_visible {
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

    /// Whether it also reads values that begin with none of its prefixes.
    fn reads_any_value(&self) -> bool {
        self.sources.iter().any(Source::is_whole_authorization)
    }

    /// Whether it reads values with this scheme, whatever they begin with.
    fn reads_any_value_with(&self, scheme: Scheme) -> bool {
        self.reads_any_value() && self.challenge().scheme == scheme
    }

    pub(super) fn reads(&self, scheme: Scheme) -> bool {
        self.reads_any_value_with(scheme) || self.prefixes_with(scheme).next().is_some()
    }

    /// Checks the prefixes of this kind, and that no other kind could read the same values of
    /// `Authorization`.
    pub(super) fn check_authorization(
        &self,
        others: &[ConfiguredKind],
        faults: &mut Vec<Misconfiguration>,
    ) {
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
            faults.extend(self.conflict_with(other));
        }
    }

    fn conflict_with(&self, other: &ConfiguredKind) -> Option<Misconfiguration> {
        let challenge_scheme = self.challenge().scheme;
        if self.reads_any_value_with(challenge_scheme)
            && other.reads_any_value_with(challenge_scheme)
        {
            return Some(Misconfiguration::AuthorizationShared {
                scheme: self.scheme,
                other: other.scheme,
                auth_scheme: challenge_scheme,
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
        let is_distinguished = self.reads(challenge_scheme) && other.reads(challenge_scheme);
        (other.challenge().scheme == challenge_scheme && !is_distinguished).then_some(
            Misconfiguration::ChallengeTwice {
                scheme: self.scheme,
            },
        )
    }
}
