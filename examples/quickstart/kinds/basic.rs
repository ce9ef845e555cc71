//! User names and passwords (RFC 7617).

use auth_runtime::users::{PasswordHashing, User, Users};
use auth_runtime::{Auth, Basic, BoxError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Bad, Credential, ISSUER, Kind};

pub(crate) fn kind() -> Result<Kind, BoxError> {
    // A service keeps hashes only: in a file, `UserFile::new("users")`, or a database.
    let hashing = PasswordHashing::default();
    let alice = User::new(hashing.hash("correct horse")?).scopes(["orders:read"]);
    let bob = User::new(hashing.hash("battery staple")?)
        .scopes(["orders:write"])
        .roles(["support"]);
    let users = Users::new().add("alice", alice).add("bob", bob);
    let auth = Auth::builder()
        .basic(Basic::users(users).issuer(ISSUER))
        .build()?;

    let credential = |variable, user: &str, password: &str| Credential {
        variable,
        value: format!("'{user}:{password}'"),
        header: format!(
            "Authorization: Basic {}",
            STANDARD.encode(format!("{user}:{password}"))
        ),
        curl: "-u \"{}\"",
    };
    Ok(Kind {
        auth,
        alice: credential("ALICE", "alice", "correct horse"),
        bob: credential("BOB", "bob", "battery staple"),
        bad: Bad {
            credential: credential("WRONG", "alice", "guessed"),
            description: "",
        },
        challenge: r#"Basic realm="api", charset="UTF-8""#,
        explains: false,
    })
}
