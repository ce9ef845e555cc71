//! Row A15: rights of different callers are never combined. The caller that middleware found counts
//! like the caller of a guard for as long as the credential is unchanged.

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::authenticator::{
    AuthenticationOutcome, Authenticator, Challenge, CredentialRequest, Source,
};
use auth_runtime::identity::Provides;
use auth_runtime::testing::Issuer;
use auth_runtime::{
    ApiKeys, Auth, AuthRejection, Claims, Identity, Router, Scheme, guard, optional_auth, policy,
    require_auth, routing,
};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::extract::Request as AxumRequest;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::Response as AxumResponse;
use serde::Deserialize;

use crate::kinds::{BADGE, Badge, bearer_and};

/// What the handlers act on: the caller that middleware found.
#[derive(Clone)]
struct Tenant(String);

/// Chooses the tenant by the caller, as a multi-tenant service does.
async fn tenant(caller: Option<Identity>, mut request: AxumRequest, next: Next) -> AxumResponse {
    if let Some(caller) = caller {
        let tenant = Tenant(caller.subject().to_owned());
        request.extensions_mut().insert(tenant);
    }
    next.run(request).await
}

#[derive(Deserialize)]
struct Subject {
    sub: Option<String>,
}

/// The same with the claims of the caller.
async fn tenant_of_claims(
    claims: Option<Claims<Subject>>,
    mut request: AxumRequest,
    next: Next,
) -> AxumResponse {
    if let Some(subject) = claims.and_then(|Claims(claims)| claims.sub) {
        request.extensions_mut().insert(Tenant(subject));
    }
    next.run(request).await
}

/// Asks for the caller, and calls the handler whatever the answer is.
async fn looks(
    _: Result<Option<Identity>, AuthRejection>,
    request: AxumRequest,
    next: Next,
) -> AxumResponse {
    next.run(request).await
}

/// Adds a cookie that has nothing to do with a credential.
async fn adds_a_cookie(mut request: AxumRequest, next: Next) -> AxumResponse {
    let headers = request.headers_mut();
    headers.append(COOKIE, HeaderValue::from_static("theme=dark"));
    next.run(request).await
}

/// Removes the bearer token, as a gateway does.
async fn strips_the_token(mut request: AxumRequest, next: Next) -> AxumResponse {
    request.headers_mut().remove(AUTHORIZATION);
    next.run(request).await
}

/// Replaces the token that was sent by that of `X-Instead`.
async fn replaces_the_token(mut request: AxumRequest, next: Next) -> AxumResponse {
    if let Some(instead) = request.headers_mut().remove("x-instead") {
        request.headers_mut().insert(AUTHORIZATION, instead);
    }
    next.run(request).await
}

fn tenant_name(request: &AxumRequest) -> String {
    let tenant = request.extensions().get::<Tenant>();
    tenant.map_or("none".to_owned(), |Tenant(name)| name.clone())
}

#[require_auth(scheme = "api_key", role = "admin")]
async fn delete_everything(request: AxumRequest) -> String {
    tenant_name(&request)
}

#[optional_auth(scheme = "api_key")]
async fn optional(request: AxumRequest) -> String {
    tenant_name(&request)
}

#[policy(scope = "read")]
struct CanRead;

#[require_auth]
async fn any(caller: Identity) -> String {
    caller.subject().to_owned()
}

struct World {
    server: Server,
    /// A guest's token of the tenant `victim`.
    victim: String,
    /// The API key of the administrator of the tenant `mallory`, which is sent in a cookie.
    key: String,
    /// A token of another caller.
    other: String,
}

impl World {
    async fn start() -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let keys = ApiKeys::new(MemoryApiKeys::new()).cookie("key");
        let key = NewApiKey::new("mallory").roles(["admin"]);
        let (_, key) = keys.create(key).await.unwrap();
        let auth = || build(Auth::builder().bearer(issuer.jwt()).api_keys(keys.clone()));
        let routes = || {
            Router::new()
                .route("/delete", routing::post(delete_everything))
                .route("/optional", routing::get(optional))
                .route("/any", routing::get(any))
        };
        let axums = axum::Router::new()
            .route("/delete", axum::routing::post(delete_everything))
            .layer(from_fn(tenant))
            .layer(auth().layer());
        let app = Router::new()
            .nest("/plain", routes())
            .nest("/tenant", routes().layer(from_fn(tenant)))
            .nest("/claims", routes().layer(from_fn(tenant_of_claims)))
            .nest(
                "/cookie",
                routes()
                    .layer(from_fn(adds_a_cookie))
                    .layer(from_fn(tenant)),
            )
            .nest(
                "/stripped",
                routes()
                    .layer(from_fn(strips_the_token))
                    .layer(from_fn(looks)),
            )
            .nest(
                "/replaced",
                routes()
                    .layer(from_fn(looks))
                    .layer(from_fn(replaces_the_token))
                    .layer(guard::<CanRead>()),
            )
            .nest_unguarded("/axum", axums, "guards itself")
            .with_auth(auth());
        Self {
            server: Server::start(app).await,
            victim: issuer.token("victim").scope("read").sign(),
            key: key.reveal().to_owned(),
            other: issuer.token("other").scope("read").sign(),
        }
    }

    /// A request with the victim's token and the attacker's key.
    async fn both(&self, method: &str, path: &str) -> Response {
        let request = Request::new(method, path)
            .bearer(&self.victim)
            .header("Cookie", format!("key={}", self.key));
        self.server.send(&request).await
    }

    async fn by_key(&self, method: &str, path: &str) -> Response {
        let request = Request::new(method, path).header("Cookie", format!("key={}", self.key));
        self.server.send(&request).await
    }
}

#[tokio::test]
async fn a15_middleware_and_a_guard_see_one_caller() {
    let world = World::start().await;
    // An API key has no claims for middleware to read.
    for (method, path, tenant) in [
        ("POST", "/tenant/delete", "mallory"),
        ("GET", "/tenant/optional", "mallory"),
        ("POST", "/claims/delete", "none"),
        ("POST", "/axum/delete", "mallory"),
    ] {
        let answer = world.both(method, path).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
        // With one credential there is one caller.
        let answer = world.by_key(method, path).await;
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, tenant),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a15_without_middleware_the_accepted_credential_decides_alone() {
    let world = World::start().await;
    let answer = world.both("POST", "/plain/delete").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "none"));
}

#[tokio::test]
async fn a15_the_caller_seen_by_middleware_counts_after_an_unrelated_change_of_the_request() {
    let world = World::start().await;
    assert_eq!(world.both("POST", "/cookie/delete").await.status, 403);
    assert_eq!(world.by_key("POST", "/cookie/delete").await.status, 200);
}

#[tokio::test]
async fn a15_the_caller_seen_by_middleware_counts_after_its_credential_was_removed() {
    let world = World::start().await;
    assert_eq!(world.both("POST", "/stripped/delete").await.status, 403);
    assert_eq!(world.by_key("POST", "/stripped/delete").await.status, 200);
}

#[tokio::test]
async fn a15_an_extractor_between_two_guards_does_not_hide_the_first_caller() {
    let world = World::start().await;
    let request = Request::get("/replaced/any").bearer(&world.victim);
    assert_eq!(world.server.send(&request).await.text(), "victim");
    let request = request.header("X-Instead", format!("Bearer {}", world.other));
    let answer = world.server.send(&request).await;
    assert_eq!(answer.status, 403, "{}", answer.text());
}

/// A kind whose caller is named by the first of these places that holds something.
struct Named(Vec<Source>);

impl Authenticator for Named {
    fn scheme(&self) -> Scheme {
        Scheme::new("Named")
    }

    fn sources(&self) -> Vec<Source> {
        self.0.clone()
    }

    fn provides(&self) -> Provides {
        Provides::ALL
    }

    fn authenticate<'a>(&'a self, presented: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        for source in &self.0 {
            if let Ok(Some(name)) = presented.find(source) {
                let name = String::from_utf8_lossy(&name).into_owned();
                return Ok(presented.identity("names", &*name).build()).into();
            }
        }
        AuthenticationOutcome::Absent
    }

    fn challenge(&self, _: &Parts) -> Challenge {
        Challenge::new(self.scheme())
    }
}

#[require_auth(scheme = BADGE, role = "admin")]
async fn delete_by_badge(request: AxumRequest) -> String {
    tenant_name(&request)
}

/// Middleware that changes the request as its header field `X-Change` says, after the tenant is known.
async fn changes(mut request: AxumRequest, next: Next) -> AxumResponse {
    let change = request.headers_mut().remove("x-change");
    match change.as_ref().map(HeaderValue::as_bytes) {
        Some(b"strip the header") => drop(request.headers_mut().remove("x-name")),
        Some(b"strip the query") => *request.uri_mut() = Uri::from_static("/delete"),
        Some(b"change the method") => *request.method_mut() = Method::DELETE,
        Some(b"spell the scheme") => {
            let value = request.headers()[AUTHORIZATION].to_str().unwrap();
            let (_, token) = value.split_once(' ').unwrap();
            let value = HeaderValue::try_from(format!("Bearer   {token}")).unwrap();
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        _ => {}
    }
    next.run(request).await
}

/// The victim's credential stays in the request, and something else about it changes.
#[tokio::test]
async fn a15_the_caller_seen_by_middleware_counts_after_one_of_its_two_sources_was_removed() {
    let header = || Source::header("x-name");
    let first = || Source::header("x-first-name");
    let query = || Source::Query("name".to_owned());
    let (issuer, bearer) = bearer_and(Badge::header());
    let token = format!("bearer {}", issuer.token("victim").sign());
    let named = |sources| {
        Auth::builder()
            .authenticator(Named(sources))
            .authenticator(Badge::header())
    };
    for (builder, target, credential, change) in [
        (
            named(vec![first(), header()]),
            "/delete",
            [("X-First-Name", "victim"), ("X-Name", "anything")],
            "strip the header",
        ),
        (
            named(vec![first(), query()]),
            "/delete?name=anything",
            [("X-First-Name", "victim"), ("X-Other", "x")],
            "strip the query",
        ),
        (
            named(vec![header(), Source::RequestLine]),
            "/delete",
            [("X-Name", "victim"), ("X-Other", "x")],
            "change the method",
        ),
        (
            bearer,
            "/delete",
            [("Authorization", token.as_str()), ("X-Other", "x")],
            "spell the scheme",
        ),
    ] {
        let app = Router::new()
            .route("/delete", routing::any(delete_by_badge))
            .layer(from_fn(changes))
            .layer(from_fn(tenant))
            .with_auth(build(builder));
        let server = Server::start(app).await;
        let request = Request::get(target)
            .header("X-Badge", "mallory roles=admin")
            .header("X-Change", change);
        let request = credential
            .into_iter()
            .fold(request, |request, (name, value)| {
                request.header(name, value)
            });
        let answer = server.send(&request).await;
        assert_eq!(answer.status, 403, "{change}: {}", answer.text());
    }
}
