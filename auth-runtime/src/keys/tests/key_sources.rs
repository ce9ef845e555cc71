use std::path::PathBuf;

use super::*;

/// A file that is deleted when the test ends.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let name = format!("auth-runtime-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, content).expect("a writable directory");
        Self(path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn verification_keys_are_read_from_files() {
    let pem = TemporaryFile::with("key.pem", key_file!("p256_public"));
    let jwk = format!(r#"{{"kid":"a",{}"#, &ed25519_jwk()[1..]);
    let set = TemporaryFile::with("keys.json", format!(r#"{{"keys":[{jwk}]}}"#));
    let keys = KeySet::build(
        &[
            KeySource::PemFile(pem.0.clone()),
            KeySource::KeySetFile(set.0.clone()),
        ],
        None,
    )
    .unwrap();
    assert_eq!(
        keys.algorithms().collect::<Vec<_>>(),
        [Algorithm::ES256, Algorithm::EdDSA]
    );
    assert!(matches!(
        keys.select(Some("a"), Algorithm::EdDSA),
        crate::keys::key_set::Selection::Candidates([_])
    ));
}

#[test]
fn an_unreadable_key_file_is_named_in_the_fault() {
    let missing = PathBuf::from("no-such-directory/keys.json");
    for (source, prefix) in [
        (
            KeySource::KeySetFile(missing.clone()),
            "jwks file no-such-directory/keys.json: ",
        ),
        (
            KeySource::PemFile(missing),
            "PEM file no-such-directory/keys.json: ",
        ),
        (KeySource::PemFile(std::env::temp_dir()), "PEM file "),
    ] {
        let faults = KeySet::build(&[source], None).unwrap_err();
        let text = faults[0].to_string();
        assert!(
            text.starts_with(prefix) && text.contains("the file can't be read"),
            "{text}"
        );
    }
}

#[test]
fn a_fault_in_a_key_file_names_the_file_and_the_key() {
    let content = r#"{"keys":[{"kty":"RSA","kid":"abc","n":"AQAB","e":"AQAB"}]}"#;
    let file = TemporaryFile::with("weak.json", content);
    let faults = KeySet::build(&[KeySource::KeySetFile(file.0.clone())], None).unwrap_err();
    let place = format!("jwks file {}, key 1 (kid \"abc\")", file.0.display());
    assert_eq!(faults[0].place(), Some(&*place));

    let file = TemporaryFile::with("latin1.json", b"{\"keys\":[\"\xe9\"]}");
    let faults = KeySet::build(&[KeySource::KeySetFile(file.0.clone())], None).unwrap_err();
    assert_eq!(
        only(&faults),
        KeyProblem::MalformedSet("it is not UTF-8".to_owned())
    );

    let file = TemporaryFile::with("private.pem", key_file!("p256_private"));
    let faults = KeySet::build(&[KeySource::PemFile(file.0.clone())], None).unwrap_err();
    assert_eq!(only(&faults), KeyProblem::PrivateKey);
}

fn ed25519_jwk() -> String {
    use crate::keys::signing::KeySigner;
    let key = KeySigner::pem(key_file!("ed25519_private")).unwrap();
    key.public_jwk().unwrap().to_string()
}
