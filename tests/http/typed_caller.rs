//! `Caller<T>`: the caller as a type of the application, loaded once for each request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_runtime::testing::Issuer;
use auth_runtime::{
    Auth, AuthRejection, Caller, CheckError, FromIdentity, Identity, Router, allow_anonymous,
    optional_auth, require_auth, routing::get,
};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::extract::{FromRef, FromRequestParts, Request as AxumRequest, State};
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response as AxumResponse;
use tracing::Level;

#[derive(Clone)]
struct Application {
    users: Users,
    other_token: Arc<str>,
}

/// How many users were loaded.
#[derive(Clone, Default)]
struct Users(Arc<AtomicUsize>);

impl FromRef<Application> for Users {
    fn from_ref(application: &Application) -> Self {
        application.users.clone()
    }
}

#[derive(Clone)]
struct User {
    name: String,
    tenant: String,
}

impl<S: Sync> FromIdentity<S> for User
where
    Users: FromRef<S>,
{
    async fn from_identity(identity: Identity, state: &S) -> Result<Self, CheckError> {
        Users::from_ref(state).0.fetch_add(1, Ordering::SeqCst);
        let unavailable = || CheckError::unavailable("the secret address of a database");
        match identity.subject() {
            "banned" => return Err(CheckError::denied()),
            "deleted" => return Err(CheckError::not_found()),
            "unlucky" => return Err(unavailable().retry_after(Duration::from_secs(7))),
            "broken" => return Err(std::fmt::Error.into()),
            "panic" => panic!("a bug of the application"),
            _ => {}
        }
        Ok(Self {
            name: identity.subject().to_owned(),
            tenant: identity.claim("tenant")?,
        })
    }
}

#[derive(Clone)]
struct Number(u64);

impl FromIdentity<Application> for Number {
    async fn from_identity(identity: Identity, _: &Application) -> Result<Self, CheckError> {
        Ok(Self(identity.subject_as()?))
    }
}

fn describe(user: &User) -> String {
    format!("{} of {}", user.name, user.tenant)
}

#[require_auth]
async fn required(Caller(user): Caller<User>) -> String {
    describe(&user)
}

#[require_auth(check("is of acme") = |user: Caller<User>| user.0.tenant == "acme")]
async fn checked(Caller(user): Caller<User>, again: Caller<User>) -> String {
    assert_eq!(user.name, again.0.name);
    describe(&user)
}

#[optional_auth]
async fn optional(user: Option<Caller<User>>) -> String {
    user.map_or("anonymous".to_owned(), |Caller(user)| describe(&user))
}

#[require_auth]
async fn number(Caller(number): Caller<Number>) -> String {
    number.0.to_string()
}

#[require_auth(any(role = "admin", check("has a tenant") = |caller: Identity| has_tenant(&caller)))]
async fn with_tenant() {}

fn has_tenant(caller: &Identity) -> Result<bool, CheckError> {
    Ok(!caller.claim::<String>("tenant")?.is_empty())
}

/// Hides the extractor from the macro.
struct Smuggled;

impl FromRequestParts<Application> for Smuggled {
    type Rejection = AuthRejection;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &Application,
    ) -> Result<Self, AuthRejection> {
        Caller::<User>::from_request_parts(parts, state).await?;
        Ok(Self)
    }
}

#[allow_anonymous(reason = "a test")]
async fn public(_: Smuggled) {}

async fn takes_caller(_: Caller<User>, request: AxumRequest, next: Next) -> AxumResponse {
    next.run(request).await
}

/// Takes the caller, and passes the request on with the credential of another one.
async fn replaces_credential(
    State(application): State<Application>,
    _: Caller<User>,
    mut request: AxumRequest,
    next: Next,
) -> AxumResponse {
    let other = format!("Bearer {}", application.other_token);
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, HeaderValue::try_from(other).unwrap());
    next.run(request).await
}

struct World {
    server: Server,
    issuer: Issuer,
    users: Users,
    capture: Capture,
}

impl World {
    async fn start() -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let users = Users::default();
        let other = issuer.token("alice").claim("tenant", "other").sign();
        let application = Application {
            users: users.clone(),
            other_token: other.into(),
        };
        let taken = Router::new().route("/checked", get(checked));
        let replaced = Router::new().route("/required", get(required));
        let app = Router::new()
            .route("/required", get(required))
            .route("/checked", get(checked))
            .route("/optional", get(optional))
            .route("/number", get(number))
            .route("/with-tenant", get(with_tenant))
            .route("/public", get(public))
            .nest(
                "/taken",
                taken.layer(from_fn_with_state(application.clone(), takes_caller)),
            )
            .nest(
                "/replaced",
                replaced.layer(from_fn_with_state(application.clone(), replaces_credential)),
            )
            .with_state(application)
            .with_auth(build(Auth::builder().bearer(issuer.jwt())));
        Self {
            server: Server::start(app).await,
            issuer,
            users,
            capture: Capture::start(),
        }
    }

    async fn get(&self, path: &str, subject: &str, tenant: Option<&str>) -> Response {
        let token = self.issuer.token(subject);
        let token = match tenant {
            Some(tenant) => token.claim("tenant", tenant),
            None => token,
        };
        let request = Request::get(path).bearer(token.sign());
        self.server.send(&request).await
    }

    /// How many users were loaded since the last call.
    fn loaded(&self) -> usize {
        self.users.0.swap(0, Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_typed_caller_is_loaded_once_for_middleware_check_and_handler() {
    let world = World::start().await;
    for path in ["/required", "/checked", "/taken/checked"] {
        let response = world.get(path, "alice", Some("acme")).await;
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.text(), "alice of acme", "{path}");
        assert_eq!(world.loaded(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_typed_caller_is_loaded_again_if_middleware_replaces_the_credential() {
    let world = World::start().await;
    let response = world.get("/replaced/required", "alice", Some("acme")).await;
    assert_eq!(response.text(), "alice of other");
    assert_eq!(world.loaded(), 2);
}

#[tokio::test]
async fn an_optional_typed_caller_is_none_for_an_anonymous_request_only() {
    let world = World::start().await;
    let anonymous = world.server.send(&Request::get("/optional")).await;
    assert_eq!((anonymous.status, &*anonymous.text()), (200, "anonymous"));
    assert_eq!(world.loaded(), 0);
    let alice = world.get("/optional", "alice", Some("acme")).await;
    assert_eq!((alice.status, &*alice.text()), (200, "alice of acme"));
    assert_eq!(world.get("/optional", "alice", None).await.status, 401);
    assert_eq!(world.get("/optional", "banned", None).await.status, 403);
    let invalid = Request::get("/optional").bearer("invalid");
    assert_eq!(world.server.send(&invalid).await.status, 401);
}

#[tokio::test]
async fn a_token_without_a_claim_of_the_typed_caller_is_401_and_the_log_names_the_claim() {
    let world = World::start().await;
    for (path, subject, claim) in [
        ("/required", "alice", "tenant"),
        ("/number", "alice", "sub"),
    ] {
        let response = world.get(path, subject, None).await;
        assert_eq!(response.status, 401, "{path}");
        let challenge = response.one("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        let events = world.capture.take_runtime_events();
        let denied = events.iter().find(|event| event.message() == "denied");
        let denied = denied.expect("the denial is logged");
        assert_eq!(denied.field("extractor"), Some("Caller"));
        assert_eq!(denied.field("claim"), Some(claim));
    }
    assert_eq!(world.get("/number", "7", None).await.text(), "7");
}

#[tokio::test]
async fn from_identity_errors_get_the_same_responses_as_check_errors() {
    let world = World::start().await;
    for (subject, status, retry_after) in [
        ("banned", 403, None),
        ("deleted", 404, None),
        ("unlucky", 503, Some("7")),
        ("broken", 500, None),
        ("panic", 500, None),
    ] {
        let response = world.get("/required", subject, Some("acme")).await;
        assert_eq!(response.status, status, "{subject}");
        assert_eq!(
            response.one("retry-after").as_deref(),
            retry_after,
            "{subject}"
        );
        assert!(!response.text().contains("secret"), "{subject}");
    }
    let events = world.capture.take_runtime_events();
    let errors: Vec<_> = events
        .iter()
        .filter(|event| event.level == Level::ERROR)
        .collect();
    let [unavailable, ..] = &errors[..] else {
        panic!("no error was logged: {events:?}");
    };
    assert_eq!(
        unavailable.field("error"),
        Some("the secret address of a database")
    );
}

#[tokio::test]
async fn a_claim_that_a_check_requires_and_that_is_missing_is_403_unless_another_part_holds() {
    let world = World::start().await;
    let path = "/with-tenant";
    assert_eq!(world.get(path, "alice", Some("acme")).await.status, 200);
    assert_eq!(world.get(path, "alice", None).await.status, 403);
    let admin = world.issuer.token("root").role("admin").sign();
    let request = Request::get(path).bearer(&admin);
    assert_eq!(world.server.send(&request).await.status, 200);
}

#[tokio::test]
async fn a_typed_caller_on_an_anonymous_route_is_500() {
    let world = World::start().await;
    let response = world.get("/public", "alice", Some("acme")).await;
    assert_eq!(response.status, 500);
    assert_eq!(world.loaded(), 0);
}
