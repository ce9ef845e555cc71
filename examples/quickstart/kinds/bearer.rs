//! JWT access tokens of an issuer (RFC 6750, RFC 9068).

use std::time::Duration;

use auth_runtime::Auth;
use auth_runtime::auth::BuildError;
use auth_runtime::testing::Issuer;

use super::{Bad, Credential, ISSUER, Kind};

const A_DAY: Duration = Duration::from_secs(24 * 3600);

pub(crate) fn kind() -> Result<Kind, BuildError> {
    // A service trusts an issuer elsewhere: `Jwt::issuer(..).audience(..).jwks_file(..)`.
    let issuer = Issuer::new(ISSUER, "https://api.example");
    let auth = Auth::builder().bearer(issuer.jwt()).build()?;

    let alice = issuer.token("alice").scope("orders:read");
    let bob = issuer.token("bob").scope("orders:write").role("support");
    let expired = alice.clone().expired_for(Duration::from_secs(3600));
    let credential = |variable, token| Credential {
        variable,
        header: format!("Authorization: Bearer {token}"),
        value: token,
        curl: "-H \"Authorization: Bearer {}\"",
    };
    Ok(Kind {
        auth,
        alice: credential("ALICE", alice.expires_in(A_DAY).sign()),
        bob: credential("BOB", bob.expires_in(A_DAY).sign()),
        bad: Bad {
            credential: credential("EXPIRED", expired.sign()),
            description: "The access token expired",
        },
        challenge: r#"Bearer realm="api""#,
        explains: true,
    })
}
