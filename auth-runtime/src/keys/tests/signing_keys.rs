//! The keys of token issuers: their forms, their files and their faults.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::keys::der::DerReader;
use crate::keys::signing::{HmacSecret, IssuerKey, IssuerKeys, KeySigner, SigningKey};

/// RFC 8037 appendix A.1.
const ED25519_JWK: &str = r#"{"kty":"OKP","crv":"Ed25519",
    "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// RFC 7517 appendix A.2.
const P256_JWK: &str = r#"{"kty":"EC","crv":"P-256",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
    "use":"sig","key_ops":["sign"],"kid":"1"}"#;

/// A secret that is long enough for all algorithms.
const SECRET: [u8; 64] = [7; 64];

/// A folder that is deleted after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("signing-keys-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("key.pem")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn load<K: IssuerKey>(key: K) -> IssuerKeys {
    IssuerKeys::load(key, Vec::new()).expect("this key is in order")
}

fn problem<K: IssuerKey>(key: K) -> KeyProblem {
    only(&IssuerKeys::load(key, Vec::new()).err().expect("a fault"))
}

/// The decoded header of a token, after its signature was verified.
fn verified_header(keys: &IssuerKeys) -> Value {
    let token = keys.sign("at+jwt", r#"{"sub":"alice"}"#).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    assert_eq!(from_base64url(payload), br#"{"sub":"alice"}"#);
    let header: Value = serde_json::from_slice(&from_base64url(header)).unwrap();
    let algorithm = Algorithm::from_name(header["alg"].as_str().unwrap()).unwrap();
    let verified = keys.verification().verify(
        header["kid"].as_str(),
        algorithm,
        input.as_bytes(),
        &from_base64url(signature),
    );
    assert_eq!(verified, Ok(()), "{header}");
    header
}

fn rsa_jwk() -> Value {
    let der = der_of(key_file!("rsa_private_pkcs1"));
    let mut key = DerReader::new(&der).sequence().unwrap();
    key.unsigned_integer().unwrap();
    let mut jwk = json!({ "kty": "RSA" });
    for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
        jwk[name] = base64url(key.unsigned_integer().unwrap()).into();
    }
    jwk
}

#[test]
fn every_form_of_a_signing_key_signs_with_the_algorithm_of_its_type() {
    let p256 = key_file!("p256_private");
    let file = Folder::new("forms");
    fs::write(file.file(), p256).unwrap();
    for (key, algorithm) in [
        (SigningKey::pem(p256), "ES256"),
        (SigningKey::pem(key_file!("p384_private")), "ES384"),
        (SigningKey::pem(key_file!("ed25519_private")), "EdDSA"),
        (SigningKey::pem(key_file!("rsa_private")), "RS256"),
        (SigningKey::pem(key_file!("rsa_private_pkcs1")), "RS256"),
        (SigningKey::der(der_of(p256)), "ES256"),
        (SigningKey::jwk(P256_JWK), "ES256"),
        (SigningKey::jwk(ED25519_JWK), "EdDSA"),
        (SigningKey::jwk(rsa_jwk().to_string()), "RS256"),
        (SigningKey::pem_file(file.file()), "ES256"),
        (SigningKey::generate(), "ES256"),
        (SigningKey::generate().algorithm(Algorithm::EdDSA), "EdDSA"),
        (
            SigningKey::pem(key_file!("rsa_private")).algorithm(Algorithm::PS384),
            "PS384",
        ),
    ] {
        let shown = format!("{key:?}");
        let header = verified_header(&load(key));
        assert_eq!(header["alg"], algorithm, "{shown}");
        assert_eq!(header["typ"], "at+jwt");
    }
}

#[test]
fn every_hmac_algorithm_signs_and_the_kid_does_not_depend_on_it() {
    let default = verified_header(&load(HmacSecret::new(SECRET)));
    assert_eq!(default["alg"], "HS256");
    for (algorithm, name) in [
        (Algorithm::HS256, "HS256"),
        (Algorithm::HS384, "HS384"),
        (Algorithm::HS512, "HS512"),
    ] {
        let header = verified_header(&load(HmacSecret::new(SECRET).algorithm(algorithm)));
        assert_eq!(header["alg"], name);
        assert_eq!(header["kid"], default["kid"]);
    }
    let other = verified_header(&load(HmacSecret::new([8; 32])));
    assert_ne!(other["kid"], default["kid"]);
}

#[test]
fn the_kid_is_the_thumbprint_unless_it_is_given() {
    // RFC 8037 appendix A.3.
    let header = verified_header(&load(SigningKey::jwk(ED25519_JWK)));
    assert_eq!(header["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let header = verified_header(&load(SigningKey::jwk(P256_JWK)));
    assert_eq!(header["kid"], "1");
    let header = verified_header(&load(SigningKey::jwk(P256_JWK).with_id("2")));
    assert_eq!(header["kid"], "2");
}

#[test]
fn a_key_set_has_the_public_halves_of_all_keys_and_no_private_member() {
    let keys = IssuerKeys::load(
        SigningKey::jwk(P256_JWK),
        vec![
            SigningKey::jwk(rsa_jwk().to_string()).algorithm(Algorithm::RS512),
            SigningKey::jwk(ED25519_JWK),
            SigningKey::jwk(ED25519_JWK), // a second time
        ],
    )
    .unwrap();
    let jwks: Value = serde_json::from_str(keys.jwks()).unwrap();
    let published = jwks["keys"].as_array().unwrap();
    let summary = |name: &str| -> Vec<_> { published.iter().map(|key| &key[name]).collect() };
    assert_eq!(summary("kty"), ["EC", "RSA", "OKP"]);
    assert_eq!(summary("alg"), ["ES256", "RS512", "EdDSA"]);
    assert_eq!(summary("use"), ["sig", "sig", "sig"]);
    for key in published {
        for private in crate::keys::jwk::PRIVATE_MEMBERS {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
    // A service that reads the set accepts the tokens.
    let read = build_set(keys.jwks()).unwrap();
    assert_eq!(read.len(), 3);
    assert!(read.knows("1"));
}

#[test]
fn a_secret_is_never_in_the_key_set() {
    let keys = IssuerKeys::load(HmacSecret::new(SECRET), vec![HmacSecret::new([8; 32])]).unwrap();
    assert_eq!(keys.jwks(), r#"{"keys":[]}"#);
}

#[test]
fn an_invalid_signing_key_is_refused_with_a_reason_and_without_its_content() {
    let jwk = |change: &dyn Fn(&mut Value)| {
        let mut jwk = serde_json::from_str(P256_JWK).unwrap();
        change(&mut jwk);
        SigningKey::jwk(jwk.to_string())
    };
    let other_d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    for (key, reason) in [
        (
            SigningKey::pem(key_file!("p256_public")),
            "not a private key",
        ),
        (SigningKey::pem(""), "there is no"),
        (SigningKey::der([1, 2, 3]), "not a PKCS#8"),
        (SigningKey::jwk("[]"), "a JSON object"),
        (SigningKey::jwk(r#"{"keys":[]}"#), "a JWK set"),
        (SigningKey::jwk(r#"{"kty":"oct","k":"AAAA"}"#), "HmacSecret"),
        (jwk(&|jwk| jwk["d"] = Value::Null), "`d` is missing"),
        (
            jwk(&|jwk| drop(jwk.as_object_mut().unwrap().remove("d"))),
            "a public key",
        ),
        (
            jwk(&|jwk| jwk["d"] = other_d.into()),
            "malformed or too weak",
        ),
        (jwk(&|jwk| jwk["d"] = "AAAA".into()), "must have exactly 32"),
        (
            jwk(&|jwk| jwk["key_ops"] = json!(["verify"])),
            "lacks \"sign\"",
        ),
        (jwk(&|jwk| jwk["use"] = "enc".into()), "not \"sig\""),
        (jwk(&|jwk| jwk["alg"] = "ES384".into()), "`alg` is ES384"),
        (
            jwk(&|jwk| jwk["alg"] = "ES256".into()).algorithm(Algorithm::ES384),
            "unusable",
        ),
        (
            SigningKey::pem(key_file!("p256_private")).algorithm(Algorithm::RS256),
            "unusable",
        ),
        (
            SigningKey::generate().algorithm(Algorithm::RS256),
            "generate a key for",
        ),
        (SigningKey::pem_file("/nowhere/key.pem"), "can't be read"),
        (
            SigningKey::pem_file_or_generate("/nowhere/key.pem"),
            "can't be written",
        ),
    ] {
        let shown = format!("{key:?}");
        let text = problem(key).to_string();
        assert!(text.contains(reason), "{shown}: {text}");
        assert!(
            !text.contains(other_d) && !text.contains("870MB6"),
            "{text}"
        );
    }
    let mut no_factors = rsa_jwk();
    no_factors.as_object_mut().unwrap().remove("p");
    let text = problem(SigningKey::jwk(no_factors.to_string())).to_string();
    assert!(text.contains("the member `p` is missing"), "{text}");
}

#[test]
fn a_weak_signing_secret_is_refused_by_the_rules_for_verification_secrets() {
    for (secret, reason) in [
        (
            HmacSecret::new([7; 31]),
            "has 31 octets; HS256 needs at least 32",
        ),
        (
            HmacSecret::new([7; 32]).algorithm(Algorithm::HS512),
            "has 32 octets; HS512 needs at least 64",
        ),
        (HmacSecret::new(key_file!("p256_private")), "a PEM document"),
        (HmacSecret::new(P256_JWK), "a JWK"),
        (
            HmacSecret::new(SECRET).algorithm(Algorithm::ES256),
            "unusable",
        ),
    ] {
        let text = problem(secret).to_string();
        assert!(text.contains(reason), "{text}");
    }
}

#[test]
fn all_faults_of_the_keys_of_an_issuer_are_reported_together() {
    let faults = IssuerKeys::load(
        SigningKey::pem("").with_id("first"),
        vec![
            SigningKey::pem(key_file!("p256_private")).with_id("same"),
            SigningKey::generate().with_id("same"),
        ],
    );
    let faults = faults.err().unwrap();
    let texts: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[0].starts_with(r#"signing key 1 (PEM, kid "first"): "#));
    assert!(texts[1].contains(r#"already has the kid "same" for ES256"#));
}

#[test]
fn a_generated_file_is_kept_and_read_again() {
    let folder = Folder::new("kept");
    let key = || SigningKey::pem_file_or_generate(folder.file());
    let first = verified_header(&load(key()));
    assert_eq!(verified_header(&load(key()))["kid"], first["kid"]);
    assert_eq!(folder.names(), ["key.pem"]);
    // Other programs read the file as well.
    assert!(KeySigner::pem(fs::read(folder.file()).unwrap()).is_ok());

    fs::remove_file(folder.file()).unwrap();
    let ed25519 = load(key().algorithm(Algorithm::EdDSA));
    assert_eq!(verified_header(&ed25519)["alg"], "EdDSA");
    assert!(
        problem(key().algorithm(Algorithm::ES256))
            .to_string()
            .contains("unusable")
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_access_a_generated_file_and_other_files_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new("mode");
    let key = || SigningKey::pem_file_or_generate(folder.file());
    load(key());
    let mode = fs::metadata(folder.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for (mode, accepted) in [
        (0o400, true),
        (0o640, false),
        (0o604, false),
        (0o620, false),
    ] {
        fs::set_permissions(folder.file(), fs::Permissions::from_mode(mode)).unwrap();
        let loaded = IssuerKeys::load(key(), Vec::new());
        assert_eq!(loaded.is_ok(), accepted, "{mode:o}");
        if let Err(faults) = loaded {
            assert_eq!(only(&faults), KeyProblem::ExposedFile { mode });
        }
    }
}

#[cfg(unix)]
#[test]
fn a_key_file_of_another_user_is_refused() {
    const OTHER: u32 = 65_534;

    let folder = Folder::new("owner");
    let key = || SigningKey::pem_file_or_generate(folder.file());
    load(key());
    load(key());
    match std::os::unix::fs::chown(folder.file(), Some(OTHER), None) {
        Ok(()) => {
            let problem = problem(key());
            assert_eq!(problem, KeyProblem::FileOfAnotherUser { owner: OTHER });
        }
        // Only root can give a file away.
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
    }
}

#[test]
fn processes_that_start_at_once_use_one_generated_key() {
    let folder = Folder::new("race");
    let start = std::sync::Barrier::new(16);
    let ids: std::collections::BTreeSet<_> = std::thread::scope(|scope| {
        let processes: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let keys = load(SigningKey::pem_file_or_generate(folder.file()));
                    verified_header(&keys)["kid"].to_string()
                })
            })
            .collect();
        let ids = processes.into_iter().map(|process| process.join().unwrap());
        ids.collect()
    });
    assert_eq!(ids.len(), 1);
    assert_eq!(folder.names(), ["key.pem"]);
}
