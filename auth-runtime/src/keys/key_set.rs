//! The keys of one issuer, ready to verify.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::slice;
use std::sync::Arc;

use super::algorithm::Algorithm;
use super::verifier::KeyVerifier;

/// The maximum number of keys that are tried for one token. Each try costs a
/// signature check, and any client can cause it.
pub(super) const MAX_CANDIDATES: usize = 8;

/// Built verifiers, found by `kid` or by algorithm.
#[derive(Default)]
pub(crate) struct KeySet {
    /// One verifier for each `kid` and algorithm; the build refuses a second.
    /// No verifiers for a known key that is not used.
    by_id: HashMap<Box<str>, Vec<Arc<KeyVerifier>>>,
    by_algorithm: BTreeMap<Algorithm, Candidates>,
    keys: usize,
}

#[derive(Default)]
struct Candidates {
    all: Vec<Arc<KeyVerifier>>,
    without_id: Vec<Arc<KeyVerifier>>,
}

/// The keys that may have signed a token, according to its header.
#[derive(Debug)]
pub(super) enum Selection<'a> {
    /// At least one and at most eight, all for the algorithm.
    Candidates(&'a [Arc<KeyVerifier>]),
    /// The key with this `kid` does not have this algorithm.
    AlgorithmMismatch,
    /// No key matches, or too many do.
    Unknown,
}

/// Why a signature was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureError {
    /// The key that the token names does not have the token's algorithm.
    AlgorithmMismatch,
    /// No key matches, or several match and none of them verifies it.
    UnknownKey,
    /// The only matching key does not verify it.
    BadSignature,
}

impl KeySet {
    /// The algorithms that at least one key verifies, which is the allow-list
    /// of the issuer.
    pub(crate) fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.by_algorithm.keys().copied()
    }

    pub(crate) fn contains(&self, algorithm: Algorithm) -> bool {
        self.by_algorithm.contains_key(&algorithm)
    }

    /// A key with several algorithms counts once.
    pub(super) fn len(&self) -> usize {
        self.keys
    }

    /// Every `kid`, also of keys that are not used.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.keys().map(AsRef::as_ref)
    }

    /// Whether there is a key with this `kid`, used or not.
    pub(crate) fn knows(&self, kid: &str) -> bool {
        self.by_id.contains_key(kid)
    }

    /// The keys to try for a token with this header.
    pub(super) fn select(&self, kid: Option<&str>, algorithm: Algorithm) -> Selection<'_> {
        if let Some(verifiers) = kid.and_then(|kid| self.by_id.get(kid)) {
            return match verifiers
                .iter()
                .find(|verifier| verifier.algorithm() == algorithm)
            {
                Some(verifier) => Selection::Candidates(slice::from_ref(verifier)),
                None => Selection::AlgorithmMismatch,
            };
        }
        let candidates = match self.by_algorithm.get(&algorithm) {
            // A key with another id is not the one the token names.
            Some(candidates) if kid.is_some() => &candidates.without_id,
            Some(candidates) => &candidates.all,
            None => return Selection::Unknown,
        };
        match candidates.len() {
            1..=MAX_CANDIDATES => Selection::Candidates(candidates),
            _ => Selection::Unknown,
        }
    }

    /// Checks the signature of a token with this header.
    pub(crate) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        match self.select(kid, algorithm) {
            Selection::Candidates(candidates) => {
                if candidates
                    .iter()
                    .any(|verifier| verifier.verify(signing_input, signature))
                {
                    Ok(())
                } else if candidates.len() == 1 {
                    Err(SignatureError::BadSignature)
                } else {
                    Err(SignatureError::UnknownKey)
                }
            }
            Selection::AlgorithmMismatch => Err(SignatureError::AlgorithmMismatch),
            Selection::Unknown => Err(SignatureError::UnknownKey),
        }
    }

    /// Adds a key, with one verifier for each of its algorithms.
    pub(super) fn insert(&mut self, id: Option<&str>, verifiers: Vec<KeyVerifier>) {
        self.keys += usize::from(!verifiers.is_empty());
        for verifier in verifiers {
            self.insert_verifier(id, verifier);
        }
    }

    fn insert_verifier(&mut self, id: Option<&str>, verifier: KeyVerifier) {
        let verifier = Arc::new(verifier);
        let candidates = self.by_algorithm.entry(verifier.algorithm()).or_default();
        candidates.all.push(Arc::clone(&verifier));
        match id {
            Some(id) => self.by_id.entry(id.into()).or_default().push(verifier),
            None => candidates.without_id.push(verifier),
        }
    }

    /// Adds the `kid` of a key that is not used. A token that names it is an
    /// [`AlgorithmMismatch`](SignatureError::AlgorithmMismatch), whatever its
    /// algorithm.
    pub(super) fn insert_skipped(&mut self, id: String) {
        self.by_id.entry(id.into()).or_default();
    }

    pub(super) fn keys_without_id(&self) -> impl Iterator<Item = (Algorithm, usize)> {
        self.by_algorithm
            .iter()
            .map(|(algorithm, candidates)| (*algorithm, candidates.without_id.len()))
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("ids", &self.by_id.keys())
            .field("algorithms", &self.by_algorithm.keys())
            .finish_non_exhaustive()
    }
}
