//! `PresentedCaller`: middleware that only needs to know the caller does not refuse the request, and the
//! guards behind it take its result into account.

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::authenticator::{
    AuthenticationOutcome, Authenticator, CredentialRequest, Source,
};
use auth_runtime::denial::TokenFault;
use auth_runtime::identity::Provides;
use auth_runtime::testing::Issuer;
use auth_runtime::{
    ApiKeys, Auth, AuthRejection, Denial, Identity, PresentedCaller, Router, Scheme,
    allow_anonymous, optional_auth, require_auth, routing,
};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::extract::Request as AxumRequest;
use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response as AxumResponse};
use tracing::Level;

use crate::kinds::{Badge, bearer_and};

#[allow_anonymous(reason = "a test of what is public")]
async fn public() {}

#[optional_auth]
async fn optional() {}

#[require_auth]
async fn required() {}

#[require_auth(scheme = "api_key")]
async fn by_key() {}

#[optional_auth(scheme = "api_key")]
async fn optional_by_key() {}

const CONNECTION: Scheme = Scheme::new("Connection");

#[require_auth(scheme = CONNECTION)]
async fn by_connection() {}

fn describe(caller: &PresentedCaller) -> String {
    match caller {
        PresentedCaller::Anonymous => "anonymous".to_owned(),
        PresentedCaller::Identified(caller) => caller.subject().to_owned(),
        PresentedCaller::Refused(denial) => denial.status().as_u16().to_string(),
    }
}

async fn run_and_report(found: String, request: AxumRequest, next: Next) -> AxumResponse {
    let mut response = next.run(request).await;
    let found = HeaderValue::try_from(found).unwrap();
    response.headers_mut().append("x-caller", found);
    response
}

async fn reports_caller(caller: PresentedCaller, request: AxumRequest, next: Next) -> AxumResponse {
    run_and_report(describe(&caller), request, next).await
}

/// Reports the caller by another extractor, and does not return its refusal.
async fn reports_optional_identity(
    caller: Result<Option<Identity>, AuthRejection>,
    request: AxumRequest,
    next: Next,
) -> AxumResponse {
    let found = match &caller {
        Ok(None) => "anonymous".to_owned(),
        Ok(Some(caller)) => caller.subject().to_owned(),
        Err(refusal) => refusal.status().as_u16().to_string(),
    };
    run_and_report(found, request, next).await
}

/// Refuses one banned caller, and lets all other requests through.
async fn bans_mallory(caller: PresentedCaller, request: AxumRequest, next: Next) -> AxumResponse {
    let banned = caller
        .identity()
        .is_some_and(|caller| caller.subject() == "mallory");
    if banned {
        return axum::http::StatusCode::IM_A_TEAPOT.into_response();
    }
    next.run(request).await
}

async fn adds_a_cookie(mut request: AxumRequest, next: Next) -> AxumResponse {
    let headers = request.headers_mut();
    headers.append(COOKIE, HeaderValue::from_static("theme=dark"));
    next.run(request).await
}

async fn strips_the_token(mut request: AxumRequest, next: Next) -> AxumResponse {
    request.headers_mut().remove(AUTHORIZATION);
    next.run(request).await
}

fn routes() -> Router {
    Router::new()
        .route("/public", routing::get(public))
        .route("/optional", routing::get(optional))
        .route("/required", routing::get(required))
        .route("/by-key", routing::get(by_key))
        .route("/optional-by-key", routing::get(optional_by_key))
}

/// What a request has in `Authorization`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Authorization {
    Nothing,
    StaleToken,
    GoodToken,
    OtherScheme,
    TwoTokens,
}

/// What a request has as its API key.
#[derive(Clone, Copy, Debug, PartialEq)]
enum KeyField {
    Nothing,
    Bad,
    Good,
}

use Authorization::{GoodToken, OtherScheme, StaleToken, TwoTokens};

const AUTHORIZATIONS: [Authorization; 5] = [
    Authorization::Nothing,
    StaleToken,
    GoodToken,
    OtherScheme,
    TwoTokens,
];
const KEYS: [KeyField; 3] = [KeyField::Nothing, KeyField::Bad, KeyField::Good];

/// What the extractor in middleware finds: the token comes first.
fn found_by_middleware(authorization: Authorization, key: KeyField) -> &'static str {
    match (authorization, key) {
        (TwoTokens, _) => "400",
        (GoodToken, _) => "alice",
        (StaleToken, _) | (_, KeyField::Bad) | (OtherScheme, KeyField::Nothing) => "401",
        (_, KeyField::Good) => "mallory",
        (Authorization::Nothing, KeyField::Nothing) => "anonymous",
    }
}

/// The status of a route behind that middleware.
fn status(path: &str, authorization: Authorization, key: KeyField) -> u16 {
    let found = found_by_middleware(authorization, key);
    let refused = found.parse().ok();
    let decided_by_token = matches!(authorization, StaleToken | GoodToken | TwoTokens);
    match path {
        "/public" => 200,
        "/required" if found == "anonymous" => 401,
        "/optional" | "/required" => refused.unwrap_or(200),
        _ if authorization == TwoTokens => 400,
        _ if key == KeyField::Bad => 401,
        // The caller of the key is not the caller that middleware found.
        _ if key == KeyField::Good && authorization == GoodToken => 403,
        _ if key == KeyField::Good && decided_by_token => 401,
        _ if key == KeyField::Good => 200,
        "/optional-by-key" if authorization == Authorization::Nothing => 200,
        _ => 401,
    }
}

struct World {
    server: Server,
    stale: String,
    good: String,
    key: String,
}

impl World {
    async fn start() -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let keys = ApiKeys::new(MemoryApiKeys::new());
        let (_, key) = keys.create(NewApiKey::new("mallory")).await.unwrap();
        let auth = build(Auth::builder().bearer(issuer.jwt()).api_keys(keys));
        let app = Router::new()
            .nest("/plain", routes())
            .nest("/reported", routes().layer(from_fn(reports_caller)))
            .nest(
                "/optional-identity",
                routes().layer(from_fn(reports_optional_identity)),
            )
            .nest(
                "/twice",
                routes()
                    .layer(from_fn(reports_caller))
                    .layer(from_fn(reports_caller)),
            )
            .nest("/bans", routes().layer(from_fn(bans_mallory)))
            .nest(
                "/cookie",
                routes()
                    .layer(from_fn(adds_a_cookie))
                    .layer(from_fn(reports_caller)),
            )
            .nest(
                "/stripped",
                routes()
                    .layer(from_fn(strips_the_token))
                    .layer(from_fn(reports_caller)),
            )
            .with_auth(auth);
        Self {
            server: Server::start(app).await,
            stale: issuer.token("alice").claim("exp", 1).sign(),
            good: issuer.token("alice").sign(),
            key: key.reveal().to_owned(),
        }
    }

    async fn send(&self, path: &str, authorization: Authorization, key: KeyField) -> Response {
        let request = Request::get(path);
        let request = match authorization {
            Authorization::Nothing => request,
            StaleToken => request.bearer(&self.stale),
            GoodToken => request.bearer(&self.good),
            OtherScheme => request.header("Authorization", "Basic x"),
            TwoTokens => request.bearer(&self.good).bearer(&self.good),
        };
        let request = match key {
            KeyField::Nothing => request,
            KeyField::Bad => request.header("X-API-Key", "ak_unknown"),
            KeyField::Good => request.header("X-API-Key", self.key.clone()),
        };
        self.server.send(&request).await
    }
}

#[tokio::test]
async fn presented_caller_in_middleware_changes_no_status_for_any_route_and_credentials() {
    let world = World::start().await;
    for (at, layers) in [("/reported", 1), ("/optional-identity", 1), ("/twice", 2)] {
        for path in [
            "/public",
            "/optional",
            "/required",
            "/by-key",
            "/optional-by-key",
        ] {
            for authorization in AUTHORIZATIONS {
                for key in KEYS {
                    let answer = world.send(&format!("{at}{path}"), authorization, key).await;
                    let case = format!("{at}{path} {authorization:?} {key:?}");
                    assert_eq!(answer.status, status(path, authorization, key), "{case}");
                    let found = vec![found_by_middleware(authorization, key); layers];
                    assert_eq!(answer.all("x-caller"), found, "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn presented_caller_never_turns_a_refusal_of_the_guard_into_a_200() {
    let world = World::start().await;
    for path in [
        "/public",
        "/optional",
        "/required",
        "/by-key",
        "/optional-by-key",
    ] {
        for authorization in AUTHORIZATIONS {
            for key in KEYS {
                let alone = world
                    .send(&format!("/plain{path}"), authorization, key)
                    .await;
                let behind = world
                    .send(&format!("/reported{path}"), authorization, key)
                    .await;
                assert!(
                    alone.status == behind.status || alone.status == 200,
                    "{path} {authorization:?} {key:?}: {} and {}",
                    alone.status,
                    behind.status
                );
            }
        }
    }
}

#[tokio::test]
async fn a15_a_banned_caller_is_not_accepted_behind_an_invalid_token() {
    let world = World::start().await;
    let good = KeyField::Good;
    let answer = world
        .send("/bans/by-key", Authorization::Nothing, good)
        .await;
    assert_eq!(answer.status, 418);
    let answer = world.send("/bans/by-key", StaleToken, good).await;
    assert_eq!(answer.status, 401, "{}", answer.text());
    // The challenge is still the route's.
    assert_eq!(answer.challenges(), [r#"ApiKey realm="api""#]);
    assert_eq!(
        answer.text(),
        r#"{"type":"about:blank","title":"Unauthorized","status":401,"code":"invalid_token"}"#
    );
    // Without the middleware the key decides alone.
    let answer = world.send("/plain/by-key", StaleToken, good).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a15_a_refused_token_counts_after_an_unrelated_change_of_the_request() {
    let world = World::start().await;
    let answer = world
        .send("/cookie/by-key", StaleToken, KeyField::Good)
        .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn an_api_key_does_not_count_after_middleware_removed_the_token_beside_it() {
    let world = World::start().await;
    for (authorization, status) in [(StaleToken, 401), (TwoTokens, 400), (GoodToken, 403)] {
        let answer = world
            .send("/stripped/by-key", authorization, KeyField::Good)
            .await;
        assert_eq!(answer.status, status, "{authorization:?}");
    }
}

/// Set by a layer that stands in for a TLS listener.
#[derive(Clone)]
struct Certificate;

/// A kind of credential that belongs to the connection.
struct ByConnection;

impl Authenticator for ByConnection {
    fn scheme(&self) -> Scheme {
        CONNECTION
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::Connection]
    }

    fn provides(&self) -> Provides {
        Provides::NONE
    }

    fn authenticate<'a>(&'a self, presented: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        match presented.parts().extensions.get::<Certificate>() {
            Some(Certificate) => Ok(presented.identity("tls", "machine").build()).into(),
            None => AuthenticationOutcome::Absent,
        }
    }
}

async fn adds_the_certificate(mut request: AxumRequest, next: Next) -> AxumResponse {
    request.extensions_mut().insert(Certificate);
    next.run(request).await
}

#[tokio::test]
async fn a15_a_request_found_anonymous_by_middleware_stays_anonymous() {
    let auth = build(
        Auth::builder()
            .authenticator(Badge::header())
            .authenticator(ByConnection),
    );
    let route = || Router::new().route("/", routing::get(by_connection));
    let app = Router::new()
        .nest(
            "/known",
            route()
                .layer(from_fn(reports_caller))
                .layer(from_fn(adds_the_certificate)),
        )
        .nest(
            "/late",
            route()
                .layer(from_fn(adds_the_certificate))
                .layer(from_fn(reports_caller)),
        )
        .with_auth(auth);
    let server = Server::start(app).await;
    let answer = server.send(&Request::get("/known")).await;
    assert_eq!(
        (answer.status, answer.all("x-caller")),
        (200, vec!["machine".to_owned()])
    );
    let answer = server.send(&Request::get("/late")).await;
    assert_eq!(
        (answer.status, answer.all("x-caller")),
        (401, vec!["anonymous".to_owned()])
    );
}

#[tokio::test]
async fn an_outage_is_presented_and_leaves_public_routes_open() {
    let (_, builder) = bearer_and(Badge::header());
    let server = Server::start(
        routes_without_keys()
            .layer(from_fn(reports_caller))
            .with_auth(build(builder)),
    );
    let server = server.await;
    for (badge, found) in [
        ("down", "503"),
        ("broken", "500"),
        ("forged", "401"),
        ("panic", "500"),
    ] {
        let request = |path: &str| Request::get(path).header("x-badge", badge);
        let answer = server.send(&request("/public")).await;
        assert_eq!(
            (answer.status, answer.all("x-caller")),
            (200, vec![found.to_owned()])
        );
        for path in ["/optional", "/required"] {
            let answer = server.send(&request(path)).await;
            assert_eq!(answer.status.to_string(), found, "{path}");
        }
    }
}

fn routes_without_keys() -> Router {
    Router::new()
        .route("/public", routing::get(public))
        .route("/optional", routing::get(optional))
        .route("/required", routing::get(required))
}

async fn shows(caller: PresentedCaller) -> String {
    format!("{caller:?}")
}

#[tokio::test]
async fn a_presented_denial_reveals_no_more_than_the_response() {
    for (verbose, fault) in [
        (true, TokenFault::Expired),
        (false, TokenFault::Undisclosed),
    ] {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let auth = build(Auth::builder().bearer(issuer.jwt()).verbose_errors(verbose));
        let app = Router::new()
            .route_unguarded("/", axum::routing::get(shows), "a test")
            .with_auth(auth);
        let server = Server::start(app).await;
        let stale = issuer.token("alice").claim("exp", 1).sign();
        let answer = server.send(&Request::get("/").bearer(stale)).await;
        let expected = PresentedCaller::Refused(Denial::InvalidToken(fault));
        assert_eq!(
            (answer.status, answer.text()),
            (200, format!("{expected:?}"))
        );
    }
}

#[allow_anonymous(reason = "a test of what is public")]
async fn public_with_caller(caller: PresentedCaller) -> String {
    describe(&caller)
}

#[tokio::test]
async fn every_caller_is_anonymous_in_the_handler_of_a_public_route() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    let app = Router::new()
        .route("/", routing::get(public_with_caller))
        .with_auth(auth);
    let server = Server::start(app).await;
    for token in ["x".to_owned(), issuer.token("alice").sign()] {
        let answer = server.send(&Request::get("/").bearer(token)).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "anonymous"));
    }
}

#[tokio::test]
async fn presented_caller_without_an_auth_answers_500() {
    let app = axum::Router::new().route("/", axum::routing::get(shows));
    let server = Server::start(app).await;
    assert_eq!(server.send(&Request::get("/")).await.status, 500);
}

async fn refuses_bad_credentials(
    _: Option<Identity>,
    request: AxumRequest,
    next: Next,
) -> AxumResponse {
    next.run(request).await
}

#[tokio::test]
async fn a_refusal_by_middleware_is_logged_with_the_extractor_and_without_a_policy() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    let app = Router::new()
        .nest(
            "/refusing",
            routes_without_keys().layer(from_fn(refuses_bad_credentials)),
        )
        .nest(
            "/reported",
            routes_without_keys().layer(from_fn(reports_caller)),
        )
        .with_auth(auth);
    let server = Server::start(app).await;
    let capture = Capture::start();
    let stale = issuer.token("alice").claim("exp", 1).sign();
    let event = async |path: &str| {
        capture.take();
        server.send(&Request::get(path).bearer(&stale)).await;
        capture.take_runtime_events().only()
    };
    let event_of = event("/refusing/public").await;
    assert_eq!(
        (event_of.level, event_of.message()),
        (Level::INFO, "denied")
    );
    assert_eq!(event_of.field("extractor"), Some("Option<Identity>"));
    assert_eq!(event_of.field("policy"), None);
    // `PresentedCaller` did not refuse, so nothing was denied.
    let event_of = event("/reported/public").await;
    assert_eq!(
        (event_of.level, event_of.message()),
        (Level::DEBUG, "allowed")
    );
    let event_of = event("/reported/required").await;
    assert_eq!(event_of.message(), "denied");
    assert_eq!(event_of.field("extractor"), None);
    assert_eq!(
        event_of.field("policy"),
        Some("http::presented_caller::required")
    );
}
