//! A key set as an issuer publishes it: what can be used of it is used.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::fetch::{FetchedDocument, json_text, shortened};
use crate::keys::algorithm::Algorithm;
use crate::keys::build::{Builder, UsableKey};
use crate::keys::fault::{KeyFault, KeyProblem};
use crate::keys::key_material::KeyMaterial;
use crate::keys::key_set::{KeySet, MAX_CANDIDATES};
use crate::keys::source::{Member, Sourced, SourcedKey, parse_set};

/// What the names of keys in messages begin with.
const PLACE: &str = "key set";

/// The most members of a set; issuers have a few. One of many costs more than it may.
const MOST_MEMBERS: usize = 1_000;

/// A key set that was fetched, with at least one usable key.
pub(super) struct JwksDocument {
    pub(super) set: KeySet,
    pub(super) keys: DocumentKeys,
    /// What is not used, in the order of the document.
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
    /// Somebody may have a key that nobody but the issuer should have.
    pub(super) is_exposed: bool,
}

impl JwksDocument {
    /// One bad key does not spoil the others: RFC 7517 section 5 has keys ignored that are not
    /// understood, and an issuer that publishes one must not take its clients down. A bad key that
    /// has a `kid` is known all the same, so that its tokens cause no fetch.
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
        if members.len() > MOST_MEMBERS {
            let reason = format!("it has more than {MOST_MEMBERS} members");
            return Err(KeyProblem::MalformedSet(reason));
        }
        let mut builder = Builder::new(configured);
        let mut skipped = Vec::new();
        for Member { id, key } in members {
            let Err(fault) = key.and_then(|key| add(&mut builder, key)) else {
                continue;
            };
            if let Some(id) = id {
                builder.set.pass_over(id);
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
    // The first ones stay: better than none, which is what one more than can be tried would mean.
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

    /// The keys that the other one does not have with the same `kid`, as they are called in
    /// messages.
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
    /// What stays of it when it was logged.
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
