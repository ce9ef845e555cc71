//! The forms in which issuers write scopes and roles.

use auth_runtime::bearer::ClaimSource;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Identity, Jwt, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use tracing::Level;

#[require_auth]
async fn held(caller: Identity) -> String {
    let roles: Vec<_> = caller.roles().collect();
    format!("{} / {}", caller.scopes(), roles.join(" "))
}

#[require_auth(not(role = "suspended"))]
async fn not_suspended() {}

struct World {
    server: Server,
    issuer: Issuer,
}

impl World {
    async fn start(configure: impl FnOnce(Jwt) -> Jwt) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let auth = build(Auth::builder().bearer(configure(issuer.jwt())));
        let app = Router::new()
            .route("/held", get(held))
            .route("/not-suspended", get(not_suspended))
            .layer(auth.layer());
        Self {
            server: Server::start(app).await,
            issuer,
        }
    }

    async fn of_roles(form: impl FnOnce(ClaimSource) -> ClaimSource) -> Self {
        let source = form(ClaimSource::from("groups"));
        Self::start(|jwt| jwt.roles(source)).await
    }

    async fn status(&self, path: &str, claim: &str, value: &Value) -> (u16, String) {
        let token = self.issuer.token("alice").claim(claim, value);
        let request = Request::get(path).bearer(token.sign());
        let response = self.server.send(&request).await;
        (response.status, response.text())
    }

    /// Asserts that the caller has exactly these roles, and that all roles are known.
    async fn assert_roles(&self, value: Value, roles: &str) {
        let expected = (200, format!(" / {roles}"));
        assert_eq!(
            self.status("/held", "groups", &value).await,
            expected,
            "{value}"
        );
        let (status, _) = self.status("/not-suspended", "groups", &value).await;
        let is_suspended = roles.split(' ').any(|role| role == "suspended");
        assert_eq!(status, if is_suspended { 403 } else { 200 }, "{value}");
    }

    /// Asserts that the token is accepted, and that the roles are not known.
    async fn assert_unknown(&self, value: Value) {
        let expected = (200, " / ".to_owned());
        assert_eq!(
            self.status("/held", "groups", &value).await,
            expected,
            "{value}"
        );
        let (status, _) = self.status("/not-suspended", "groups", &value).await;
        assert_eq!(status, 403, "{value}");
    }
}

#[tokio::test]
async fn a_comma_separated_source_splits_roles_at_commas() {
    let world = World::of_roles(ClaimSource::comma_separated).await;
    world.assert_roles(json!("admin"), "admin").await;
    world
        .assert_roles(json!("admin,clerk"), "admin clerk")
        .await;
    world
        .assert_roles(json!(" admin , suspended,"), "admin suspended")
        .await;
    world.assert_roles(json!(""), "").await;
    world
        .assert_roles(json!(["admin", "clerk"]), "admin clerk")
        .await;
    world.assert_unknown(json!({ "admin": true })).await;
    world.assert_unknown(json!(7)).await;
    world.assert_unknown(Value::Null).await;
}

#[tokio::test]
async fn an_object_keys_source_reads_object_keys_as_roles() {
    let world = World::of_roles(ClaimSource::object_keys).await;
    let zitadel = json!({ "admin": { "165": "acme.example" }, "clerk": { "165": "acme.example" } });
    world.assert_roles(zitadel, "admin clerk").await;
    world
        .assert_roles(
            json!({ "admin": true, "suspended": true }),
            "admin suspended",
        )
        .await;
    // The caller does not have these roles.
    let not_held = json!({ "admin": true, "suspended": false, "clerk": null, "guest": {} });
    world.assert_roles(not_held, "admin").await;
    world.assert_roles(json!({}), "").await;
    for value in [
        json!({ "admin": true, "clerk": 1 }),
        json!({ "admin": "yes" }),
        json!({ "admin": ["165"] }),
        json!(["admin"]),
        json!("admin"),
        Value::Null,
    ] {
        world.assert_unknown(value).await;
    }
}

#[tokio::test]
async fn a_source_without_object_keys_reads_no_roles_from_an_object() {
    let world = World::of_roles(|source| source).await;
    world.assert_unknown(json!({ "admin": true })).await;
    world.assert_roles(json!(["admin"]), "admin").await;
}

#[tokio::test]
async fn b17_a_required_roles_claim_must_have_a_supported_form() {
    let world = World::start(|jwt| jwt.roles("groups").required_claim("groups")).await;
    for (groups, status) in [
        (json!(["admin"]), 200),
        (json!(5), 401),
        (json!([1]), 401),
        (Value::Null, 401),
    ] {
        let (found, _) = world.status("/held", "groups", &groups).await;
        assert_eq!(found, status, "{groups}");
    }
}

#[tokio::test]
async fn scope_claims_support_the_forms_of_role_claims_and_others_are_malformed() {
    let keys = ClaimSource::from("permissions").object_keys();
    let world = World::start(|jwt| jwt.scopes(keys)).await;
    let scopes = json!({ "read": true, "write": false });
    let answer = world.status("/held", "permissions", &scopes).await;
    assert_eq!(answer, (200, "read / ".to_owned()));
    let (status, _) = world.status("/held", "permissions", &json!(["read"])).await;
    assert_eq!(status, 401);

    let commas = ClaimSource::from("permissions").comma_separated();
    let world = World::start(|jwt| jwt.scopes(commas)).await;
    let answer = world
        .status("/held", "permissions", &json!("read, write"))
        .await;
    assert_eq!(answer, (200, "read write / ".to_owned()));
}

#[tokio::test]
async fn an_unsupported_roles_claim_is_logged_once_per_issuer() {
    let world = World::of_roles(|source| source).await;
    let capture = Capture::start();
    for _ in 0..3 {
        world
            .assert_unknown(json!({ "admin": { "165": "secret.example" } }))
            .await;
    }
    let events = capture.take_runtime_events();
    let warnings: Vec<_> = events
        .iter()
        .filter(|event| event.level == Level::WARN)
        .collect();
    let [warning] = warnings.as_slice() else {
        panic!("{events:?}");
    };
    assert!(
        warning.message().starts_with("roles unknown"),
        "{warning:?}"
    );
    assert_eq!(warning.field("issuer"), Some(ISSUER));
    assert_eq!(warning.field("claim"), Some("groups"));
    assert_eq!(warning.field("found"), Some("an object"));
    assert_eq!(
        warning.field("expected"),
        Some("a string or an array of strings")
    );
    assert!(!events.everything().contains("secret.example"));
}
