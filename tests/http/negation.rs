//! `not(..)` holds only for callers whose credential proves that they lack the requirement.

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::authenticator::{
    AuthenticationOutcome, Authenticator, Challenge, CredentialRequest, Source,
};
use auth_runtime::bearer::ClaimSource;
use auth_runtime::identity::Provides;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{ApiKeys, Auth, Jwt, Scheme, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::Router;
use axum::http::request::Parts;
use axum::routing::get;

#[require_auth(not(role = "suspended"))]
async fn not_suspended() {}

#[require_auth(not(scope = "write"))]
async fn not_write() {}

#[require_auth(not(scope = "a+b"))]
async fn not_a_plus_b() {}

#[require_auth(not(claim("risk" = 3)))]
async fn not_risk_3() {}

struct World {
    server: Server,
    issuer: Issuer,
}

impl World {
    async fn start(configure: impl FnOnce(Jwt) -> Jwt) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let auth = build(Auth::builder().bearer(configure(issuer.jwt())));
        let app = Router::new()
            .route("/not-suspended", get(not_suspended))
            .route("/not-write", get(not_write))
            .route("/not-a-plus-b", get(not_a_plus_b))
            .route("/not-risk-3", get(not_risk_3))
            .layer(auth.layer());
        Self {
            server: Server::start(app).await,
            issuer,
        }
    }

    fn alice(&self) -> Token {
        self.issuer.token("alice")
    }

    async fn assert_status(&self, path: &str, token: Token, status: u16) {
        let request = Request::get(path).bearer(token.sign());
        let answer = self.server.send(&request).await;
        assert_eq!(answer.status, status, "{path} {token:?}");
    }
}

#[tokio::test]
async fn c4_the_grants_of_an_issuer_do_not_disable_a_not_rule() {
    let world = World::start(|jwt| jwt.grants(["read"], ["support"])).await;
    let suspended = || world.alice().role("support").role("suspended");
    world
        .assert_status("/not-suspended", suspended(), 403)
        .await;
    let support = world.alice().role("support");
    world.assert_status("/not-suspended", support, 200).await;
    let writer = world.alice().scope("read write");
    world.assert_status("/not-write", writer, 403).await;
    let reader = world.alice().scope("read other");
    world.assert_status("/not-write", reader, 200).await;
}

#[tokio::test]
async fn c4_not_denies_unless_all_role_sources_are_known() {
    let both = |jwt: Jwt| jwt.roles("/realm/roles").roles("/client/roles");
    let world = World::start(both).await;
    let realm = || {
        let claim = serde_json::json!({ "roles": ["x"] });
        world.alice().claim("realm", claim)
    };
    world.assert_status("/not-suspended", realm(), 403).await;
    let known = realm().claim("client", serde_json::json!({ "roles": [] }));
    world.assert_status("/not-suspended", known, 200).await;

    let world = World::start(|jwt| {
        jwt.roles("/realm/roles")
            .roles(ClaimSource::from("/client/roles").missing_is_empty())
    })
    .await;
    let claim = serde_json::json!({ "roles": ["x"] });
    let realm = world.alice().claim("realm", claim);
    world.assert_status("/not-suspended", realm, 200).await;
}

#[tokio::test]
async fn c4_not_denies_for_roles_in_one_string() {
    let world = World::start(|jwt| jwt).await;
    for roles in ["x suspended", "x,suspended"] {
        let token = world.alice().claim("roles", roles);
        world.assert_status("/not-suspended", token, 403).await;
    }
    let one = world.alice().claim("roles", "x");
    world.assert_status("/not-suspended", one, 200).await;
}

#[tokio::test]
async fn c4_not_denies_for_a_scope_that_no_rule_can_name() {
    let world = World::start(|jwt| jwt).await;
    for scopes in [
        vec!["read write"],
        vec!["read\twrite"],
        vec!["ok", "write\u{a0}"],
    ] {
        let token = world.alice().claim("scope", scopes);
        world.assert_status("/not-write", token, 403).await;
    }
    let array = world.alice().claim("scope", ["read"]);
    world.assert_status("/not-write", array, 200).await;
    let spaces = world.alice().claim("scope", " read  other ");
    world.assert_status("/not-write", spaces, 200).await;
}

#[tokio::test]
async fn c4_not_denies_for_each_part_of_a_text_that_may_be_a_list() {
    let world = World::start(|jwt| jwt).await;
    let capped = World::start(|jwt| jwt.grants(["read"], ["x"])).await;
    for list in [
        "NAME,x", "x,NAME", "x,NAME,y", ",NAME", "NAME,", "x;NAME", "x|NAME", "x+NAME", "[x,NAME]",
        "['NAME']", "(NAME)", "{x,NAME}", "x&NAME",
    ] {
        let scopes = list.replace("NAME", "write");
        for claim in ["scope", "scp"] {
            for world in [&world, &capped] {
                let string = world.alice().claim(claim, &scopes);
                world.assert_status("/not-write", string, 403).await;
                let beside = world.alice().claim(claim, format!("read {scopes}"));
                world.assert_status("/not-write", beside, 403).await;
                let array = world.alice().claim(claim, ["read", &scopes]);
                world.assert_status("/not-write", array, 403).await;
            }
        }
        let roles = list.replace("NAME", "suspended");
        for world in [&world, &capped] {
            let array = world.alice().claim("roles", ["x", &roles]);
            world.assert_status("/not-suspended", array, 403).await;
        }
    }
    // If the name is not one of the parts, the caller lacks it.
    for scope in ["read,other", "write:all", "rewrite,writer", "w,rite"] {
        let token = world.alice().scope(scope);
        world.assert_status("/not-write", token, 200).await;
    }
    for role in ["cn=x,ou=suspended users", "not-suspended", "x,y"] {
        let token = world.alice().claim("roles", [role]);
        world.assert_status("/not-suspended", token, 200).await;
    }
    for role in [
        "x suspended",
        "suspended\tx",
        "x, suspended",
        "x\u{ff0c}suspended",
        "suspended\u{3001}x",
        "x\u{60c}suspended",
        "suspended\u{ff1b}x",
    ] {
        let token = world.alice().claim("roles", [role]);
        world.assert_status("/not-suspended", token, 403).await;
    }
}

#[tokio::test]
async fn c4_not_denies_for_a_name_with_a_separator_inside_another_list() {
    let world = World::start(|jwt| jwt).await;
    for list in [
        "a+b",
        "a+b,c",
        "c,a+b",
        "a+b;c",
        "a+b|c",
        "c|a+b",
        "a+b&c",
        "[a+b]",
        "['a+b','c']",
    ] {
        let token = world.alice().claim("scope", list);
        world.assert_status("/not-a-plus-b", token, 403).await;
    }
    for list in ["a", "a,b", "a+c;b", "ba+b", "a+bc"] {
        let token = world.alice().claim("scope", list);
        world.assert_status("/not-a-plus-b", token, 200).await;
    }
}

/// A kind of credential that takes the scope of its caller from a header field.
struct ScopeHeader;

impl Authenticator for ScopeHeader {
    fn scheme(&self) -> Scheme {
        Scheme::new("Said")
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::header("x-scope")]
    }

    fn provides(&self) -> Provides {
        Provides::ALL
    }

    fn authenticate<'a>(&'a self, presented: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        match presented.find(&self.sources()[0]) {
            Ok(Some(scope)) => {
                let scope = String::from_utf8_lossy(&scope).into_owned();
                Ok(presented.identity("said", "alice").scopes([scope]).build()).into()
            }
            _ => AuthenticationOutcome::Absent,
        }
    }

    fn challenge(&self, _: &Parts) -> Challenge {
        Challenge::new(self.scheme())
    }
}

#[tokio::test]
async fn c4_not_denies_for_each_part_of_a_list_whatever_supplies_the_scopes() {
    for (scope, status) in [("read,write", 403), ("read", 200)] {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let jwt = issuer
            .jwt()
            .map_identity(move |caller| std::future::ready(Ok(caller.with_scopes([scope]))));
        let keys = ApiKeys::new(MemoryApiKeys::new());
        let (_, key) = keys
            .create(NewApiKey::new("alice").scopes([scope]))
            .await
            .unwrap();
        let auth = Auth::builder()
            .bearer(jwt)
            .api_keys(keys)
            .authenticator(ScopeHeader);
        let app = Router::new()
            .route("/not-write", get(not_write))
            .layer(build(auth).layer());
        let server = Server::start(app).await;
        let request = || Request::get("/not-write");
        for (source, request) in [
            (
                "with_scopes",
                request().bearer(issuer.token("alice").sign()),
            ),
            ("API key", request().header("X-API-Key", key.reveal())),
            ("own kind", request().header("X-Scope", scope)),
        ] {
            let answer = server.send(&request).await;
            assert_eq!(answer.status, status, "{source}: {scope}");
        }
    }
}

#[tokio::test]
async fn c4_not_denies_for_other_spellings_of_a_number() {
    let world = World::start(|jwt| jwt).await;
    for (risk, status) in [
        (serde_json::json!(3), 403),
        (serde_json::json!(3.0), 403),
        (serde_json::json!([1, 3.0]), 403),
        (serde_json::json!("3"), 403),
        (serde_json::json!(null), 403),
        (serde_json::json!(4), 200),
        (serde_json::json!([1, 2]), 200),
        (serde_json::json!(u64::MAX), 200),
    ] {
        let token = world.alice().claim("risk", risk);
        world.assert_status("/not-risk-3", token, status).await;
    }
    world.assert_status("/not-risk-3", world.alice(), 403).await;
}
