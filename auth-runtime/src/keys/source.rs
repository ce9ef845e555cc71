//! The sources of keys, read and split into single keys.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::fault::{KeyFault, KeyProblem};
use super::hmac_secret::hmac_secret;
use super::jwk::{self, Jwk, StrictJson};
use super::key::{Content, Key};
use super::key_material::KeyMaterial;
use super::spki;

/// A source of one or several keys.
pub(crate) enum KeySource {
    /// A key in memory.
    Key(Key),
    /// The text of a JWK set; it may hold secrets.
    KeySet(Zeroizing<String>),
    /// A file with a JWK set.
    KeySetFile(PathBuf),
    /// A file with one public key in PEM form.
    PemFile(PathBuf),
}

/// A parsed key with its key ID and `alg`.
pub(super) struct SourcedKey {
    /// For messages.
    pub(super) place: String,
    pub(super) material: KeyMaterial,
    pub(super) id: Option<String>,
    /// The JWK's `alg`.
    pub(super) algorithm: Option<Algorithm>,
}

/// The content of one source.
pub(super) enum Sourced {
    /// A single key, which has to be usable.
    Key(SourcedKey),
    /// The members of a set, some of which may be for other purposes.
    Set { place: String, members: Vec<Member> },
}

/// One member of a set.
pub(super) struct Member {
    /// Its `kid`, even if the rest of it is invalid.
    pub(super) id: Option<String>,
    pub(super) key: Result<SourcedKey, KeyFault>,
}

impl KeySource {
    /// Reads and parses the source; `number` counts the sources from one.
    pub(super) fn load(&self, number: usize) -> Result<Sourced, KeyFault> {
        match self {
            Self::Key(key) => {
                let place = place_of(key, number);
                match parse_key(key) {
                    Ok(jwk) => Ok(Sourced::Key(SourcedKey {
                        place,
                        material: jwk.material,
                        id: key.id.clone().or(jwk.id),
                        algorithm: jwk.algorithm,
                    })),
                    Err(problem) => Err(KeyFault::of(place, problem)),
                }
            }
            Self::KeySet(text) => parse_set(format!("key set {number}"), text),
            Self::KeySetFile(path) => {
                let place = format!("jwks file {}", path.display());
                let octets = read(path, &place)?;
                match std::str::from_utf8(&octets) {
                    Ok(text) => parse_set(place, text),
                    Err(_) => Err(KeyFault::of(
                        place,
                        KeyProblem::MalformedSet("it is not UTF-8".to_owned()),
                    )),
                }
            }
            Self::PemFile(path) => {
                let place = format!("PEM file {}", path.display());
                let octets = read(path, &place)?;
                match spki::parse_pem(&octets) {
                    Ok(material) => Ok(Sourced::Key(SourcedKey {
                        place,
                        material,
                        id: None,
                        algorithm: None,
                    })),
                    Err(problem) => Err(KeyFault::of(place, problem)),
                }
            }
        }
    }
}

/// Shows no content: any source can hold a secret.
impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.debug_tuple("Key").field(key).finish(),
            Self::KeySet(_) => f.debug_tuple("KeySet").finish_non_exhaustive(),
            Self::KeySetFile(path) => f.debug_tuple("KeySetFile").field(path).finish(),
            Self::PemFile(path) => f.debug_tuple("PemFile").field(path).finish(),
        }
    }
}

fn place_of(key: &Key, number: usize) -> String {
    match &key.id {
        Some(id) => format!("key {number} ({}, kid {id:?})", key.form()),
        None => format!("key {number} ({})", key.form()),
    }
}

fn parse_key(key: &Key) -> Result<Jwk, KeyProblem> {
    let material = match &key.content {
        Content::Jwk(text) => return jwk::parse(text),
        Content::Secret(secret) => hmac_secret(secret.clone())?,
        Content::Pem(text) => spki::parse_pem(text)?,
        Content::Der(der) => spki::parse_der(der)?,
    };
    Ok(Jwk {
        material,
        id: None,
        algorithm: None,
    })
}

fn read(path: &Path, place: &str) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| KeyFault::of(place, KeyProblem::UnreadableFile(error.to_string())))
}

pub(super) fn parse_set(place: String, text: &str) -> Result<Sourced, KeyFault> {
    let json = match StrictJson::parse(text) {
        Ok(json) => json,
        Err(reason) => return Err(KeyFault::of(place, KeyProblem::MalformedSet(reason))),
    };
    let Some(Value::Array(values)) = json.0.get("keys") else {
        let reason = if json.0.get("jwks_uri").is_some() {
            "it is the metadata of an issuer: use `Jwt::oidc(..)`, or the key set at its `jwks_uri`"
        } else {
            "it has no `keys` array (RFC 7517 section 5); for one JWK use `Key::jwk`"
        };
        return Err(KeyFault::of(
            place,
            KeyProblem::MalformedSet(reason.to_owned()),
        ));
    };
    let members = values.iter().zip(1..).map(|(value, number)| {
        let place = match jwk::id_of(value) {
            Some(id) => format!("{place}, key {number} (kid {id:?})"),
            None => format!("{place}, key {number}"),
        };
        let key = match jwk::from_value(value) {
            Ok(Jwk {
                material,
                id,
                algorithm,
            }) => Ok(SourcedKey {
                place,
                material,
                id,
                algorithm,
            }),
            Err(problem) => Err(KeyFault::of(place, problem)),
        };
        Member {
            id: jwk::id_of(value).map(str::to_owned),
            key,
        }
    });
    let members = members.collect();
    Ok(Sourced::Set { place, members })
}
