//! Scopes that imply others: for every kind of credential, in rules, in identities, in challenges.

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::testing::Issuer;
use auth_runtime::{ApiKeys, Auth, AuthBuilder, Identity, Jwt, Scope, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;

use crate::kinds::Badge;

const READ: Scope = Scope::new("read");
const WRITE: Scope = Scope::new("write");
const ADMIN: Scope = Scope::new("admin");

#[require_auth(scope = READ)]
async fn read() {}

#[require_auth(scope = ADMIN)]
async fn administer() {}

#[require_auth(not(scope = READ))]
async fn not_read() {}

#[require_auth]
async fn scopes(caller: Identity) -> String {
    let has = [READ, WRITE, ADMIN].map(|scope| caller.has_scope(scope.as_str()));
    format!("{} {has:?}", caller.scopes())
}

struct World {
    server: Server,
    issuer: Issuer,
}

impl World {
    /// `admin` implies `write`, which implies `read`.
    async fn start(configure: impl FnOnce(AuthBuilder, Jwt) -> AuthBuilder) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let auth = Auth::builder()
            .scopes(&[READ, WRITE, ADMIN])
            .scope_implies(ADMIN, &[WRITE])
            .scope_implies(WRITE, &[READ]);
        let app = Router::new()
            .route("/read", get(read))
            .route("/admin", get(administer))
            .route("/not-read", get(not_read))
            .route("/scopes", get(scopes))
            .layer(build(configure(auth, issuer.jwt())).layer());
        Self {
            server: Server::start(app).await,
            issuer,
        }
    }

    /// With a token with this `scope`.
    async fn get(&self, path: &str, scope: &str) -> Response {
        let token = self.issuer.token("alice").scope(scope).sign();
        self.server.send(&Request::get(path).bearer(token)).await
    }

    async fn assert_statuses(&self, scope: &str, expected: [u16; 3]) {
        for (path, status) in ["/read", "/admin", "/not-read"].into_iter().zip(expected) {
            assert_eq!(self.get(path, scope).await.status, status, "{scope} {path}");
        }
    }
}

#[tokio::test]
async fn a_granted_scope_includes_its_implied_scopes_transitively() {
    let world = World::start(AuthBuilder::bearer).await;
    world.assert_statuses("admin", [200, 200, 403]).await;
    world.assert_statuses("write", [200, 403, 403]).await;
    world.assert_statuses("read", [200, 403, 403]).await;
    world.assert_statuses("other", [403, 403, 200]).await;
    let told = world.get("/scopes", "admin other").await.text();
    assert_eq!(told, "admin other read write [true, true, true]");
    let told = world.get("/scopes", "other").await.text();
    assert_eq!(told, "other [false, false, false]");
}

#[tokio::test]
async fn a_challenge_names_the_required_scope_and_not_an_implying_one() {
    let world = World::start(AuthBuilder::bearer).await;
    for (path, scope) in [("/read", "read"), ("/admin", "admin")] {
        let asked = format!("scope=\"{scope}\"");
        let refused = world.get(path, "other").await;
        let anonymous = world.server.send(&Request::get(path)).await;
        for challenges in [refused.challenges(), anonymous.challenges()] {
            assert!(challenges[0].ends_with(&asked), "{path} {challenges:?}");
        }
    }
}

#[tokio::test]
async fn a_scope_outside_the_grants_of_an_issuer_implies_no_granted_scope() {
    let none: [&str; 0] = [];
    let capped = World::start(|auth, jwt| auth.bearer(jwt.grants(["read", "other"], none))).await;
    capped.assert_statuses("admin", [403, 403, 403]).await;
    capped.assert_statuses("read admin", [200, 403, 403]).await;
    // `admin` implies `read`, so `read` is not missing; `other` does not imply it.
    capped.assert_statuses("other", [403, 403, 200]).await;
    let told = capped.get("/scopes", "read admin").await.text();
    assert_eq!(told, "read [true, false, false]");
    // An issuer that may grant a scope also grants its implied scopes.
    let admin = World::start(|auth, jwt| auth.bearer(jwt.grants(["admin"], none))).await;
    admin.assert_statuses("admin", [200, 200, 403]).await;
    admin.assert_statuses("read", [403, 403, 403]).await;
}

#[tokio::test]
async fn scope_implications_apply_to_every_kind_of_credential() {
    let keys = ApiKeys::new(MemoryApiKeys::new());
    let (_, key) = keys
        .create(NewApiKey::new("bob").scopes(["admin"]))
        .await
        .unwrap();
    let kinds = |auth: AuthBuilder, _| auth.api_keys(keys).authenticator(Badge::header());
    let world = World::start(kinds).await;
    for (name, value) in [
        ("X-API-Key", key.reveal()),
        // Once looked up, a key's identity is kept.
        ("X-API-Key", key.reveal()),
        ("X-Badge", "bob scopes=admin"),
    ] {
        for path in ["/read", "/admin"] {
            let answer = world
                .server
                .send(&Request::get(path).header(name, value))
                .await;
            assert_eq!(answer.status, 200, "{name} {path}");
        }
        let told = world
            .server
            .send(&Request::get("/scopes").header(name, value))
            .await;
        assert_eq!(told.text(), "admin read write [true, true, true]", "{name}");
    }
}

#[tokio::test]
async fn two_services_sharing_an_api_key_cache_keep_their_own_vocabularies() {
    let keys = ApiKeys::new(MemoryApiKeys::new());
    let (_, key) = keys
        .create(NewApiKey::new("bob").scopes(["admin"]))
        .await
        .unwrap();
    let other = keys.clone();
    let world = World::start(|auth, _| auth.api_keys(keys)).await;
    let plain = Router::new()
        .route("/read", get(read))
        .layer(build(Auth::builder().api_keys(other)).layer());
    let plain = Server::start(plain).await;
    let request = Request::get("/read").header("X-API-Key", key.reveal());
    for _ in 0..2 {
        assert_eq!(world.server.send(&request).await.status, 200);
        assert_eq!(plain.send(&request).await.status, 403);
    }
}
