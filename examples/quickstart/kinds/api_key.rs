//! API keys, which the service hands out itself.

use auth_runtime::api_key::{ApiKey, MemoryApiKeys, NewApiKey};
use auth_runtime::{ApiKeys, Auth, BoxError};

use super::{Bad, Credential, ISSUER, Kind};

pub(crate) async fn kind() -> Result<Kind, BoxError> {
    // A service keeps them: `SqlStore::connect("keys.db").await?`.
    let keys = ApiKeys::new(MemoryApiKeys::new()).issuer(ISSUER);
    let auth = Auth::builder().api_keys(keys.clone()).build()?;

    let alice = NewApiKey::new("alice").scopes(["orders:read"]);
    let bob = NewApiKey::new("bob")
        .scopes(["orders:write"])
        .roles(["support"]);
    let (record, revoked) = keys.create(alice.clone()).await?;
    keys.revoke(&record.prefix).await?;

    let credential = |variable, key: &ApiKey| Credential {
        variable,
        value: key.reveal().to_owned(),
        header: format!("X-API-Key: {}", key.reveal()),
        curl: "-H \"X-API-Key: {}\"",
    };
    Ok(Kind {
        auth,
        alice: credential("ALICE", &keys.create(alice).await?.1),
        bob: credential("BOB", &keys.create(bob).await?.1),
        bad: Bad {
            credential: credential("REVOKED", &revoked),
            description: "",
        },
        challenge: r#"ApiKey realm="api""#,
        explains: false,
    })
}
