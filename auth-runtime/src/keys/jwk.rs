//! JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037, RFC 9864).
//!
//! `jsonwebtoken::jwk::Jwk` is not used: it turns a key that lacks one member
//! into a key of an unknown type, accepts a point of any length for any curve,
//! drops the name of an unknown `alg` (such as `Ed25519`), ignores private
//! members, and does not wipe the memory of secrets.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::{Zeroize as _, Zeroizing};

use super::algorithm::Algorithm;
use super::fault::KeyProblem;
use super::hmac_secret::hmac_secret;
use super::key_material::{Curve, KeyMaterial};

/// One key, with its `kid` and its `alg`.
pub(super) struct Jwk {
    pub(super) material: KeyMaterial,
    pub(super) id: Option<String>,
    pub(super) algorithm: Option<Algorithm>,
}

type JwkMembers = Map<String, Value>;

pub(super) fn parse(text: &str) -> Result<Jwk, KeyProblem> {
    let json = StrictJson::parse(text).map_err(KeyProblem::Malformed)?;
    if json.0.get("keys").is_some_and(Value::is_array) {
        return Err(malformed("it is a JWK set, not one JWK"));
    }
    from_value(&json.0)
}

/// `d` of all types, and the other private members of an RSA key (RFC 7518 section 6.3.2): `d` can be computed
/// from its factors.
pub(super) const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

pub(super) fn from_value(value: &Value) -> Result<Jwk, KeyProblem> {
    let Value::Object(jwk) = value else {
        return Err(malformed("a JWK is a JSON object"));
    };
    let (read, has_private_form): (fn(&JwkMembers) -> _, bool) = match required(jwk, "kty")? {
        "RSA" => (rsa, true),
        "EC" => (elliptic_curve, true),
        "OKP" => (octet_key_pair, true),
        "oct" => (secret, false),
        other => return Err(KeyProblem::UnsupportedKeyType(format!("{other:?}"))),
    };
    // Before the checks that skip a key: an exposed private key is a fault
    // whatever it is meant for.
    let is_private = |member: &str| jwk.get(member).is_some_and(|value| !value.is_null());
    if has_private_form && PRIVATE_MEMBERS.into_iter().any(is_private) {
        return Err(KeyProblem::PrivateJwk);
    }
    check_use(jwk)?;
    check_operations(jwk)?;
    let algorithm = declared_algorithm(jwk)?;
    let material = read(jwk)?;
    if let Some(algorithm) = algorithm
        && !material.algorithms().contains(&algorithm)
    {
        return Err(KeyProblem::AlgorithmMismatch {
            algorithm,
            key: material.describe(),
        });
    }
    Ok(Jwk {
        material,
        id: text(jwk, "kid")?.map(str::to_owned),
        algorithm,
    })
}

/// The `kid`, even if the rest of the key is invalid.
pub(super) fn id_of(value: &Value) -> Option<&str> {
    value.get("kid").and_then(Value::as_str)
}

fn check_use(jwk: &JwkMembers) -> Result<(), KeyProblem> {
    match text(jwk, "use")? {
        None | Some("sig") => Ok(()),
        Some(_) => Err(KeyProblem::NotForVerification { member: "use" }),
    }
}

fn check_operations(jwk: &JwkMembers) -> Result<(), KeyProblem> {
    match jwk.get("key_ops") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(operations)) if operations.iter().any(|name| name == "verify") => Ok(()),
        Some(Value::Array(_)) => Err(KeyProblem::NotForVerification { member: "key_ops" }),
        Some(_) => Err(malformed("`key_ops` is not an array")),
    }
}

fn declared_algorithm(jwk: &JwkMembers) -> Result<Option<Algorithm>, KeyProblem> {
    let Some(name) = text(jwk, "alg")? else {
        return Ok(None);
    };
    Algorithm::from_name(name)
        .map(Some)
        .ok_or_else(|| KeyProblem::UnsupportedAlgorithm(name.to_owned()))
}

fn rsa(jwk: &JwkMembers) -> Result<KeyMaterial, KeyProblem> {
    KeyMaterial::rsa(&octets(jwk, "n")?, &octets(jwk, "e")?)
}

fn secret(jwk: &JwkMembers) -> Result<KeyMaterial, KeyProblem> {
    hmac_secret(octets(jwk, "k")?)
}

fn elliptic_curve(jwk: &JwkMembers) -> Result<KeyMaterial, KeyProblem> {
    let curve = match required(jwk, "crv")? {
        "P-256" => Curve::P256,
        "P-384" => Curve::P384,
        other => return Err(KeyProblem::UnsupportedCurve(other.to_owned())),
    };
    let mut point = vec![4];
    for (name, part) in [("x", "the coordinate `x`"), ("y", "the coordinate `y`")] {
        let coordinate = octets(jwk, name)?;
        let expected = curve.coordinate_length();
        // RFC 7518 section 6.2.1.2: leading zeros are included. Each coordinate
        // is checked, since a short `x` and a long `y` make a point of the right
        // size.
        if coordinate.len() != expected {
            return Err(KeyProblem::PointLength {
                part,
                octets: coordinate.len(),
                expected,
            });
        }
        point.extend_from_slice(&coordinate);
    }
    KeyMaterial::ec(curve, &point)
}

fn octet_key_pair(jwk: &JwkMembers) -> Result<KeyMaterial, KeyProblem> {
    match required(jwk, "crv")? {
        "Ed25519" => KeyMaterial::ed25519(&octets(jwk, "x")?),
        other => Err(KeyProblem::UnsupportedCurve(other.to_owned())),
    }
}

/// A member in base64url without padding (RFC 7515 section 2).
pub(super) fn octets(
    jwk: &JwkMembers,
    name: &'static str,
) -> Result<Zeroizing<Vec<u8>>, KeyProblem> {
    let text = required(jwk, name)?;
    // The decoder's own message would quote a piece of the text.
    URL_SAFE_NO_PAD
        .decode(text)
        .map(Zeroizing::new)
        .map_err(|_| {
            malformed(&format!(
                "`{name}` is not base64url without padding (RFC 7515 section 2)"
            ))
        })
}

fn required<'a>(jwk: &'a JwkMembers, name: &'static str) -> Result<&'a str, KeyProblem> {
    text(jwk, name)?.ok_or_else(|| malformed(&format!("the member `{name}` is missing")))
}

/// A member that is `null` counts as absent: some servers write `null` for members that a key does not have.
fn text<'a>(jwk: &'a JwkMembers, name: &'static str) -> Result<Option<&'a str>, KeyProblem> {
    match jwk.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(malformed(&format!("`{name}` is not a string"))),
    }
}

fn malformed(reason: &str) -> KeyProblem {
    KeyProblem::Malformed(reason.to_owned())
}

/// Parsed JSON that may hold a secret, wiped on drop.
pub(super) struct StrictJson(pub(super) Value);

impl StrictJson {
    /// An error has the position only, because the parser's message can quote the secret. A byte order mark is
    /// ignored (RFC 8259 section 8.1).
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        serde_json::from_str(text).map(Self).map_err(|error| {
            format!(
                "it is not JSON (line {}, column {})",
                error.line(),
                error.column()
            )
        })
    }
}

impl Drop for StrictJson {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
