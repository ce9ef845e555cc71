//! Users in a file, and the misconfigurations that `build` reports for unusable stores.

use std::path::PathBuf;
use std::{env, fs, process};

use auth_runtime::users::UserFile;
use auth_tests::expected::handler;

use super::*;

/// A file that is deleted after the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let path = env::temp_dir().join(format!("auth-tests-{name}-{}", process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn users_of_a_user_file_can_log_in() {
    let hash = |password: &str| fast().hash(password).unwrap();
    let file = Scratch::new(
        "users",
        &format!(
            "# people\nalice:{} scope=read role=admin\nbob:{} locked\n",
            hash("secret"),
            hash("secret")
        ),
    );
    let server = serve(basic(UserFile::new(&file.0))).await;
    let answer = log_in(&server, "alice", "secret").await;
    assert_answer(&answer, handler("alice of basic by Basic: read / admin"));
    assert_answer(&log_in(&server, "bob", "secret").await, unauthorized());
    assert_answer(&log_in(&server, "carol", "secret").await, unauthorized());
}

#[test]
fn each_faulty_line_of_a_user_file_is_a_misconfiguration() {
    let bcrypt = "$2y$10$abcdefghijklmnopqrstuuJ6c4VCnIi9v3tXJl7zMvhB2p3mLO3C6";
    let file = Scratch::new("faults", &format!("alice:{bcrypt}\nbob\n"));
    let error = Auth::builder()
        .basic(Basic::users(UserFile::new(&file.0)).hashing(fast().iterations(0)))
        .build()
        .unwrap_err();
    let place = file.0.display();
    let texts: Vec<_> = error
        .misconfigurations()
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = [
        format!("`Basic`: {place}: line 1: the password hash: a hash of bcrypt, which is not"),
        format!("`Basic`: {place}: line 2: there is no colon: write `name:hash`"),
        "`Basic`: Argon2id needs at least one iteration".to_owned(),
    ];
    assert_eq!(texts.len(), expected.len(), "{texts:#?}");
    for (text, expected) in texts.iter().zip(expected) {
        assert!(text.starts_with(&expected), "{text}");
        assert!(!text.contains("abcdef"), "{text}");
    }
}

#[test]
fn a_missing_user_file_is_a_misconfiguration() {
    let error = Auth::builder()
        .basic(basic(UserFile::new("no/such/file")))
        .build()
        .unwrap_err();
    assert!(
        error.to_string().starts_with("`Basic`: no/such/file: "),
        "{error}"
    );
}
