//! Builds a key set from the configured sources, or reports all their faults.

use std::collections::{BTreeSet, HashMap};

use super::algorithm::Algorithm;
use super::fault::{KeyFault, KeyProblem};
use super::key_material::KeyMaterial;
use super::key_set::{KeySet, MAX_CANDIDATES};
use super::source::{KeySource, Member, Sourced, SourcedKey};
use super::verifier::KeyVerifier;

impl KeySet {
    /// Parses and checks every key.
    ///
    /// # Errors
    ///
    /// All faults, each with its source.
    pub(crate) fn build(
        sources: &[KeySource],
        configured: Option<&[Algorithm]>,
    ) -> Result<Self, Vec<KeyFault>> {
        let mut builder = Builder::new(configured);
        if sources.is_empty() {
            builder.faults.push(KeyFault::of_all(KeyProblem::NoKey));
        }
        if configured.is_some_and(<[Algorithm]>::is_empty) {
            builder
                .faults
                .push(KeyFault::of_all(KeyProblem::NoAlgorithm));
            // Otherwise each key would be reported as unusable as well.
            builder.configured = None;
        }
        for (source, number) in sources.iter().zip(1..) {
            match source.load(number) {
                Ok(Sourced::Key(key)) => {
                    if let Err(fault) = builder.add(key) {
                        builder.faults.push(fault);
                    }
                }
                Ok(Sourced::Set { place, members }) => builder.add_set(place, members),
                Err(fault) => builder.faults.push(fault),
            }
        }
        builder.finish()
    }

    /// Checks keys that are parsed already.
    ///
    /// # Errors
    ///
    /// All faults, each with its key.
    pub(super) fn of(keys: Vec<SourcedKey>) -> Result<Self, Vec<KeyFault>> {
        let mut builder = Builder::new(None);
        for key in keys {
            if let Err(fault) = builder.add(key) {
                builder.faults.push(fault);
            }
        }
        builder.finish()
    }
}

#[derive(Default)]
pub(super) struct Builder<'a> {
    configured: Option<&'a [Algorithm]>,
    pub(super) set: KeySet,
    /// The usable keys by their id.
    keys: HashMap<Option<String>, Vec<UsableKey>>,
    faults: Vec<KeyFault>,
}

pub(super) struct UsableKey {
    pub(super) place: String,
    material: KeyMaterial,
    algorithms: Vec<Algorithm>,
}

/// Compares the keys and not their places.
impl PartialEq for UsableKey {
    fn eq(&self, other: &Self) -> bool {
        self.material == other.material && self.algorithms == other.algorithms
    }
}

impl<'a> Builder<'a> {
    pub(super) fn new(configured: Option<&'a [Algorithm]>) -> Self {
        Self {
            configured,
            ..Self::default()
        }
    }

    /// The usable keys, without the checks of the set as a whole.
    pub(super) fn into_parts(self) -> (KeySet, HashMap<Option<String>, Vec<UsableKey>>) {
        (self.set, self.keys)
    }

    fn add_set(&mut self, place: String, members: Vec<Member>) {
        let mut skipped = Vec::new();
        let (mut any_usable, mut any_faulty) = (false, false);
        for Member { id, key } in members {
            match key.and_then(|key| self.add(key)) {
                Ok(()) => any_usable = true,
                Err(fault) if fault.problem().is_skipped_in_a_set() => {
                    if let Some(id) = id {
                        self.set.insert_skipped(id);
                    }
                    // The message names the set once, before all reasons.
                    let key = fault.to_string();
                    let key = key.strip_prefix(&*place).unwrap_or(&key);
                    skipped.push(key.trim_start_matches(", ").to_owned());
                }
                Err(fault) => {
                    any_faulty = true;
                    self.faults.push(fault);
                }
            }
        }
        if !any_usable && !any_faulty {
            self.faults
                .push(KeyFault::of(place, KeyProblem::EmptyKeySet(skipped)));
        }
    }

    /// Adds a key with all of its algorithms, or not at all.
    pub(super) fn add(&mut self, key: SourcedKey) -> Result<(), KeyFault> {
        let fault = |problem| KeyFault::of(key.place.clone(), problem);
        let algorithms = usable_algorithms(&key, self.configured).map_err(fault)?;
        let earlier = self.keys.entry(key.id.clone()).or_default();
        // A repeated key costs no more than this comparison.
        if earlier
            .iter()
            .any(|other| other.material == key.material && other.algorithms == algorithms)
        {
            return Ok(());
        }
        let mut verifiers = Vec::with_capacity(algorithms.len());
        for algorithm in algorithms.iter().copied() {
            let verifier = KeyVerifier::new(algorithm, &key.material).map_err(fault)?;
            // Two different keys with one `kid` are ambiguous. The same key from
            // two places is one key, with a `kid` or without.
            let mut rivals = earlier
                .iter()
                .filter(|key| key.algorithms.contains(&algorithm));
            if rivals.clone().any(|rival| rival.material == key.material) {
                continue;
            }
            if let (Some(id), Some(rival)) = (&key.id, rivals.next()) {
                return Err(fault(KeyProblem::DuplicateId {
                    id: id.clone(),
                    algorithm,
                    first: rival.place.clone(),
                }));
            }
            verifiers.push(verifier);
        }
        self.set.insert(key.id.as_deref(), verifiers);
        earlier.push(UsableKey {
            place: key.place,
            material: key.material,
            algorithms,
        });
        Ok(())
    }

    fn finish(mut self) -> Result<KeySet, Vec<KeyFault>> {
        let kinds: BTreeSet<bool> = self.set.algorithms().map(Algorithm::is_symmetric).collect();
        if kinds.len() > 1 {
            self.faults
                .push(KeyFault::of_all(KeyProblem::MixedKeyTypes));
        }
        // An RSA key has six algorithms; reporting one of them is enough.
        let too_many = self
            .set
            .keys_without_id()
            .find(|(_, keys)| *keys > MAX_CANDIDATES);
        if let Some((algorithm, keys)) = too_many {
            self.faults
                .push(KeyFault::of_all(KeyProblem::TooManyWithoutId {
                    algorithm,
                    keys,
                    limit: MAX_CANDIDATES,
                }));
        }
        // A key that has a fault may be the one that is missing here.
        if self.faults.is_empty() {
            let configured: BTreeSet<_> = self.configured.into_iter().flatten().collect();
            for algorithm in configured {
                if !self.set.contains(*algorithm) {
                    self.faults
                        .push(KeyFault::of_all(KeyProblem::Unserved(*algorithm)));
                }
            }
        }
        if self.faults.is_empty() {
            Ok(self.set)
        } else {
            Err(self.faults)
        }
    }
}

/// The algorithms that the key's type, size and `alg` and the configuration all allow.
fn usable_algorithms(
    key: &SourcedKey,
    configured: Option<&[Algorithm]>,
) -> Result<Vec<Algorithm>, KeyProblem> {
    let may = |algorithm: &Algorithm| match key.algorithm {
        Some(declared) => declared == *algorithm,
        None => true,
    };
    let possible: Vec<_> = key
        .material
        .algorithms()
        .iter()
        .copied()
        .filter(may)
        .collect();
    let wanted: Vec<_> = match configured {
        Some(configured) => possible
            .iter()
            .copied()
            .filter(|algorithm| configured.contains(algorithm))
            .collect(),
        None => possible.clone(),
    };
    if wanted.is_empty() {
        return Err(KeyProblem::Unusable {
            key: possible,
            configured: configured.unwrap_or_default().to_vec(),
        });
    }
    // Without a list, a secret is used for the algorithms it is long enough for.
    // It must be long enough for those that the list or the JWK names.
    let is_named = configured.is_some() || key.algorithm.is_some();
    let (usable, too_long): (Vec<_>, Vec<_>) = wanted
        .into_iter()
        .partition(|algorithm| key.material.is_long_enough_for(*algorithm));
    match (too_long.first(), &key.material) {
        (Some(algorithm), KeyMaterial::Secret(secret)) if is_named || usable.is_empty() => {
            Err(KeyProblem::SecretTooShort {
                octets: secret.len(),
                algorithm: *algorithm,
            })
        }
        _ => Ok(usable),
    }
}
