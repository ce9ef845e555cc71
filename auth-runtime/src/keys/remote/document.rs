//! A key set that an issuer publishes. Its usable keys are used, the others skipped.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::fetch::{FetchedDocument, json_text, shortened};
use crate::keys::algorithm::Algorithm;
use crate::keys::build::{Builder, UsableKey};
use crate::keys::fault::{KeyFault, KeyProblem};
use crate::keys::key_material::KeyMaterial;
use crate::keys::key_set::{KeySet, MAX_CANDIDATES};
use crate::keys::source::{Member, Sourced, SourcedKey, parse_set};

/// The prefix of key names, which messages leave out.
const PLACE: &str = "key set";

/// The maximum number of members of a set, which limits the time to read it. Issuers publish a few.
const MAX_MEMBERS: usize = 1_000;

/// A key set that was fetched, with at least one usable key.
pub(super) struct JwksDocument {
    pub(super) set: KeySet,
    pub(super) keys: DocumentKeys,
    /// The keys that are not used, in the order of the document.
    pub(super) skipped: Vec<Skipped>,
}

/// The usable keys by their `kid`.
pub(super) struct DocumentKeys(HashMap<Option<String>, Vec<UsableKey>>);

/// A key that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    /// Such as `key 2 (kid "a")`.
    pub(super) key: String,
    pub(super) reason: String,
    /// Whether it is a private key or a secret, which must not be published.
    pub(super) is_exposed: bool,
}

impl JwksDocument {
    /// Skips unusable keys and uses the others: RFC 7517 section 5 says to ignore keys that are not
    /// understood, and an issuer that publishes one must not break its clients. The `kid` of a skipped
    /// key counts as known, so that its tokens cause no fetch.
    pub(super) fn read(
        answer: &FetchedDocument,
        configured: Option<&[Algorithm]>,
    ) -> Result<Self, KeyProblem> {
        let text = json_text(&answer.headers, &answer.body)
            .map_err(|reason| KeyProblem::MalformedSet(reason.to_owned()))?;
        let members = match parse_set(PLACE.to_owned(), text) {
            Ok(Sourced::Set { members, .. }) => members,
            Ok(Sourced::Key(_)) => Vec::new(),
            Err(fault) => return Err(fault.problem().clone()),
        };
        if members.len() > MAX_MEMBERS {
            let reason = format!("it has more than {MAX_MEMBERS} members");
            return Err(KeyProblem::MalformedSet(reason));
        }
        let mut builder = Builder::new(configured);
        let mut skipped = Vec::new();
        for Member { id, key } in members {
            let Err(fault) = key.and_then(|key| add(&mut builder, key)) else {
                continue;
            };
            if let Some(id) = id {
                builder.set.insert_skipped(id);
            }
            skipped.push(Skipped::new(&fault));
        }
        let (set, keys) = builder.into_parts();
        if set.algorithms().next().is_none() {
            let reasons = skipped
                .into_iter()
                .map(|key| format!("{}: {}", key.key, key.reason));
            return Err(KeyProblem::EmptyKeySet(reasons.collect()));
        }
        Ok(Self {
            set,
            keys: DocumentKeys(keys),
            skipped,
        })
    }
}

fn add(builder: &mut Builder<'_>, key: SourcedKey) -> Result<(), KeyFault> {
    let fault = |problem| Err(KeyFault::of(key.place.clone(), problem));
    if let KeyMaterial::Secret(_) = key.material {
        return fault(KeyProblem::PublishedSecret);
    }
    // Keep the first ones. With more keys than are tried for one token, no key would be tried.
    let possible = key.material.algorithms();
    let full = builder
        .set
        .keys_without_id()
        .find(|(algorithm, keys)| possible.contains(algorithm) && *keys >= MAX_CANDIDATES);
    if let (None, Some((algorithm, keys))) = (&key.id, full) {
        return fault(KeyProblem::TooManyWithoutId {
            algorithm,
            keys: keys + 1,
            limit: MAX_CANDIDATES,
        });
    }
    builder.add(key)
}

impl DocumentKeys {
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// The names of the keys that `other` does not have with the same `kid`.
    pub(super) fn missing_in(&self, other: &Self) -> Vec<String> {
        let mut missing = Vec::new();
        for (id, keys) in &self.0 {
            let others = other.0.get(id).map_or(&[][..], Vec::as_slice);
            let gone = keys.iter().filter(|key| !others.contains(key));
            missing.extend(gone.map(|key| name(&key.place)));
        }
        missing.sort();
        missing
    }
}

impl Skipped {
    /// A hash, by which a key that was logged is recognized.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.key, &self.reason).hash(&mut hasher);
        hasher.finish()
    }

    fn new(fault: &KeyFault) -> Self {
        Self {
            key: shortened(&fault.place().map(name).unwrap_or_default()),
            reason: shortened(&fault.problem().to_string()),
            is_exposed: matches!(
                fault.problem(),
                KeyProblem::PrivateJwk | KeyProblem::PublishedSecret
            ),
        }
    }
}

fn name(place: &str) -> String {
    let name = place.strip_prefix(PLACE).unwrap_or(place);
    name.trim_start_matches(", ").to_owned()
}
