//! `report_only`: denied requests pass with a warning, if they come from this machine.

use std::net::{IpAddr, SocketAddr};

use auth_runtime::auth::Reported;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{
    Allowed, Auth, AuthBuilder, BearerToken, CheckError, Checked, Claims, Identity, optional_auth,
    require_auth,
};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::{Extension, Router};
use tower::ServiceExt;
use tracing::Level;

use crate::kinds::Badge;

const LOOPBACK: &str = "127.0.0.1:3000";
const EVERYWHERE: &str = "0.0.0.0:3000";

#[require_auth(scope = "read")]
async fn read() {}

#[require_auth(role = "admin")]
async fn admin() {}

#[require_auth(role = "admin", hide)]
async fn hidden() {}

#[require_auth(acr = "gold")]
async fn gold() {}

#[require_auth(scheme = "bearer")]
async fn bearer_only() {}

#[require_auth(check("is down") = || Err::<bool, _>(CheckError::unavailable("the database is down")))]
async fn down() {}

#[require_auth(check("fails") = || Err::<bool, _>(CheckError::failed("a bug")))]
async fn failing() {}

#[require_auth(check("panics") = || -> bool { panic!("a check panics") })]
async fn panicking() {}

#[require_auth(check("finds nothing") = || Err::<bool, _>(CheckError::not_found()))]
async fn not_found() {}

#[require_auth(check("needs an extension") = |Extension(_): Extension<NotThere>| true)]
async fn rejecting() {}

#[derive(Clone)]
struct NotThere;

#[require_auth(scope = "read")]
async fn who(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(scope = "read")]
async fn token(_: BearerToken) {}

#[require_auth(scope = "read")]
async fn claims(_: Claims<serde_json::Value>) {}

#[optional_auth]
async fn optional(
    caller: Option<Identity>,
    token: Option<BearerToken>,
    claims: Option<Claims<serde_json::Value>>,
) -> String {
    let name = caller.map_or("anonymous".to_owned(), |caller| caller.subject().to_owned());
    format!("{name} {} {}", token.is_some(), claims.is_some())
}

#[require_auth(scope = "read")]
async fn optional_identity(caller: Option<Identity>) -> String {
    caller.map_or("anonymous".to_owned(), |caller| caller.subject().to_owned())
}

/// Loads something before another part of the rule denies.
#[require_auth(all(
    check("loads it") = || Allowed::with("loaded"),
    check("does not hold") = || false,
))]
async fn loaded_and_denied(Checked(loaded): Checked<&'static str>) -> &'static str {
    loaded
}

#[require_auth(role = "admin", check("loads it") = || Allowed::with("loaded"))]
async fn denied_before_loading(Checked(loaded): Checked<&'static str>) -> &'static str {
    loaded
}

#[require_auth(check("does not hold") = || Allowed::when(false, "loaded"))]
async fn not_loaded(loaded: Option<Checked<&'static str>>) -> &'static str {
    loaded.map_or("nothing", |Checked(loaded)| loaded)
}

fn routes() -> Router {
    Router::new()
        .route("/read", get(read))
        .route("/admin", get(admin))
        .route("/hidden", get(hidden))
        .route("/gold", get(gold))
        .route("/bearer-only", get(bearer_only))
        .route("/down", get(down))
        .route("/failing", get(failing))
        .route("/panicking", get(panicking))
        .route("/not-found", get(not_found))
        .route("/rejecting", get(rejecting))
        .route("/who", get(who))
        .route("/token", get(token))
        .route("/claims", get(claims))
        .route("/optional", get(optional))
        .route("/optional-identity", get(optional_identity))
        .route("/loaded-and-denied", get(loaded_and_denied))
        .route("/denied-before-loading", get(denied_before_loading))
        .route("/not-loaded", get(not_loaded))
}

struct World {
    server: Server,
    issuer: Issuer,
    auth: Auth,
}

fn address(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

impl World {
    async fn start() -> Self {
        Self::of(|auth| auth.report_only(address(LOOPBACK)), |app| app).await
    }

    async fn of(
        configure: impl FnOnce(AuthBuilder) -> AuthBuilder,
        outside: impl FnOnce(Router) -> Router,
    ) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let builder = Auth::builder()
            .bearer(issuer.jwt())
            .authenticator(Badge::header());
        let auth = build(configure(builder));
        Self {
            server: Server::start(outside(routes().layer(auth.layer()))).await,
            issuer,
            auth,
        }
    }

    /// Requests with the peer address `peer`.
    async fn with_peer(configure: impl FnOnce(AuthBuilder) -> AuthBuilder, peer: &str) -> Self {
        let peer = SocketAddr::from((peer.parse::<IpAddr>().unwrap(), 1234));
        Self::of(configure, |app| app.layer(Extension(ConnectInfo(peer)))).await
    }

    fn alice(&self) -> Token {
        self.issuer.token("alice")
    }

    /// Sends requests from this machine, unless their headers say otherwise.
    async fn send(&self, request: Request) -> Response {
        self.server.send(&request.host(LOOPBACK)).await
    }

    async fn status(&self, request: Request) -> u16 {
        self.send(request).await.status
    }

    async fn text(&self, request: Request) -> (u16, String) {
        let answer = self.send(request).await;
        (answer.status, answer.text())
    }

    fn reported(&self) -> Vec<(&'static str, u16, u64)> {
        let what = |one: &Reported| (one.policy(), one.status().as_u16(), one.count());
        self.auth.reported().iter().map(what).collect()
    }
}

#[tokio::test]
async fn in_report_only_mode_every_denial_passes_and_is_logged_and_counted() {
    let world = World::start().await;
    let capture = Capture::start();
    let alice = |path: &str| Request::get(path).bearer(world.alice().sign());
    let read = || Request::get("/read");
    let other = Issuer::new(ISSUER, AUDIENCE).token("eve").scope("read");
    for (request, policy, reason, status) in [
        (read(), "read", "MissingCredentials", 401),
        (
            read().header("Authorization", "Unknown x"),
            "read",
            "UnsupportedScheme",
            401,
        ),
        (read().bearer("x"), "read", "InvalidToken", 401),
        (read().bearer(other.sign()), "read", "InvalidToken", 401),
        (
            read().bearer("x").bearer("x"),
            "read",
            "MultipleCredentials",
            400,
        ),
        (
            read().header("X-Badge", "forged"),
            "read",
            "InvalidCredentials",
            401,
        ),
        (read().header("X-Badge", "down"), "read", "Unavailable", 503),
        (read().header("X-Badge", "broken"), "read", "Failed", 500),
        (read().header("X-Badge", "panic"), "read", "Failed", 500),
        (alice("/read"), "read", "InsufficientScope", 403),
        (alice("/admin"), "admin", "Forbidden", 403),
        (alice("/hidden"), "hidden", "Forbidden", 404),
        (
            alice("/gold"),
            "gold",
            "InsufficientUserAuthentication",
            401,
        ),
        (
            Request::get("/bearer-only").header("X-Badge", "bob"),
            "bearer_only",
            "UnsupportedScheme",
            401,
        ),
        (alice("/down"), "down", "Unavailable", 503),
        (alice("/failing"), "failing", "Failed", 500),
        (alice("/panicking"), "panicking", "Failed", 500),
        (alice("/not-found"), "not_found", "NotFound", 404),
        (alice("/rejecting"), "rejecting", "an extractor", 500),
    ] {
        capture.take();
        let answer = world.send(request.clone()).await;
        assert_eq!(answer.status, 200, "{request:?}");
        assert!(answer.challenges().is_empty(), "{request:?}");
        let mut events = capture.take_runtime_events();
        // A failure of the server is logged as an error, once a second.
        events.retain(|event| event.level != Level::ERROR);
        let [event] = events.as_slice() else {
            panic!("{request:?}: {events:?}")
        };
        assert_eq!(event.level, Level::WARN);
        assert_eq!(event.message(), "would have been denied");
        let policy = format!("http::report_only::{policy}");
        assert_eq!(event.field("policy"), Some(&*policy), "{request:?}");
        let told = event.field("reason").unwrap_or_default();
        assert!(told.contains(reason), "{request:?}: {told}");
        assert_eq!(event.field("status"), Some(&*status.to_string()));
    }
    assert_eq!(
        world.reported(),
        [
            ("http::report_only::admin", 403, 1),
            ("http::report_only::bearer_only", 401, 1),
            ("http::report_only::down", 503, 1),
            ("http::report_only::failing", 500, 1),
            ("http::report_only::gold", 401, 1),
            ("http::report_only::hidden", 404, 1),
            ("http::report_only::not_found", 404, 1),
            ("http::report_only::panicking", 500, 1),
            ("http::report_only::read", 400, 1),
            ("http::report_only::read", 401, 5),
            ("http::report_only::read", 403, 1),
            ("http::report_only::read", 500, 2),
            ("http::report_only::read", 503, 1),
            ("http::report_only::rejecting", 500, 1),
        ]
    );
}

#[tokio::test]
async fn in_report_only_mode_an_allowed_request_is_not_reported() {
    let world = World::start().await;
    let reader = world.alice().scope("read").sign();
    let who = world.text(Request::get("/who").bearer(reader)).await;
    assert_eq!(who, (200, "alice".to_owned()));
    assert!(world.auth.reported().is_empty());
}

#[tokio::test]
async fn in_report_only_mode_identity_returns_the_authenticated_caller_or_401() {
    let world = World::start().await;
    let alice = || world.alice().sign();
    // Known, but without the scope.
    let who = world.text(Request::get("/who").bearer(alice())).await;
    assert_eq!(who, (200, "alice".to_owned()));
    for path in ["/who", "/token", "/claims"] {
        assert_eq!(world.status(Request::get(path)).await, 401, "{path}");
        let bad = Request::get(path).bearer("x");
        assert_eq!(world.status(bad).await, 401, "{path}");
        let known = Request::get(path).bearer(alice());
        assert_eq!(world.status(known).await, 200, "{path}");
    }
}

#[tokio::test]
async fn in_report_only_mode_option_identity_is_none_for_an_invalid_credential() {
    let world = World::start().await;
    let optional = || Request::get("/optional");
    for (request, expected) in [
        (optional(), "anonymous false false"),
        (optional().bearer("x"), "anonymous false false"),
        (
            optional().header("X-Badge", "down"),
            "anonymous false false",
        ),
        (optional().bearer(world.alice().sign()), "alice true true"),
    ] {
        let answer = world.text(request).await;
        assert_eq!(answer, (200, expected.to_owned()));
    }
    assert_eq!(
        world.reported(),
        [
            ("http::report_only::optional", 401, 1),
            ("http::report_only::optional", 503, 1),
        ]
    );
}

#[tokio::test]
async fn in_report_only_mode_a_handler_with_optional_identity_runs_without_a_caller() {
    let reporting = World::start().await;
    let enforcing = World::of(|auth| auth, |app| app).await;
    let anonymous = || Request::get("/optional-identity");
    assert_eq!(
        reporting.text(anonymous()).await,
        (200, "anonymous".to_owned())
    );
    assert_eq!(enforcing.status(anonymous()).await, 401);
    for world in [reporting, enforcing] {
        let reader = world.alice().scope("read").sign();
        let answer = world.text(anonymous().bearer(reader)).await;
        assert_eq!(answer, (200, "alice".to_owned()));
    }
}

#[tokio::test]
async fn in_report_only_mode_a_checked_value_reaches_the_handler_if_its_check_passed() {
    let world = World::start().await;
    let alice = |path: &str| Request::get(path).bearer(world.alice().sign());
    let answer = world.text(alice("/loaded-and-denied")).await;
    assert_eq!(answer, (200, "loaded".to_owned()));
    let answer = world.text(alice("/not-loaded")).await;
    assert_eq!(answer, (200, "nothing".to_owned()));
    // The role is decided first, so that nothing was loaded that the handler could have.
    assert_eq!(world.status(alice("/denied-before-loading")).await, 500);
    assert_eq!(world.reported().len(), 3);
}

#[tokio::test]
async fn report_only_does_not_apply_to_requests_from_another_machine() {
    let on_loopback = |auth: AuthBuilder| auth.report_only(address(LOOPBACK));
    let on_loopback_6 = |auth: AuthBuilder| auth.report_only(address("[::1]:3000"));
    for peer in ["192.0.2.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1"] {
        let world = World::with_peer(on_loopback, peer).await;
        assert_eq!(world.status(Request::get("/read")).await, 401, "{peer}");
        let bad = Request::get("/optional").bearer("x");
        assert_eq!(world.status(bad).await, 401, "{peer}");
        let alice = Request::get("/admin").bearer(world.alice().sign());
        assert_eq!(world.status(alice).await, 403, "{peer}");
        assert!(world.auth.reported().is_empty(), "{peer}");
    }
    for peer in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
        let world = World::with_peer(on_loopback_6, peer).await;
        assert_eq!(world.status(Request::get("/read")).await, 200, "{peer}");
        assert_eq!(world.reported(), [("http::report_only::read", 401, 1)]);
    }
}

#[tokio::test]
async fn report_only_does_not_apply_to_requests_forwarded_by_a_local_proxy() {
    let world = World::start().await;
    for (name, value) in [
        ("Forwarded", "for=192.0.2.1"),
        ("Via", "1.1 proxy"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Forwarded-Host", "api.example"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Whatever", ""),
        ("X-Real-IP", "192.0.2.1"),
        ("X-Client-IP", "192.0.2.1"),
        ("X-Cluster-Client-IP", "192.0.2.1"),
        ("X-Original-Host", "api.example"),
        ("X-Original-URL", "/read"),
        ("X-Envoy-External-Address", "192.0.2.1"),
        ("X-Azure-ClientIP", "192.0.2.1"),
        ("True-Client-IP", "192.0.2.1"),
        ("CF-Connecting-IP", "192.0.2.1"),
        ("CF-Ray", "230b030023ae2822-SJC"),
        ("CDN-Loop", "cloudflare"),
        ("Fastly-Client-IP", "192.0.2.1"),
        ("Fly-Client-IP", "192.0.2.1"),
    ] {
        let request = Request::get("/read").header(name, value);
        assert_eq!(world.status(request).await, 401, "{name}");
    }
    assert!(world.auth.reported().is_empty());
}

#[tokio::test]
async fn report_only_does_not_apply_to_a_host_other_than_loopback() {
    let world = World::start().await;
    for host in [
        "api.example",
        "api.example:3000",
        "localhost.api.example",
        "127.0.0.1.api.example",
        "[::1].api.example",
        "0.0.0.0:3000",
        "192.168.0.1",
        "127.0.0.1:99999",
        "api.example@localhost",
        "",
    ] {
        let request = Request::get("/read").host(host);
        let answer = world.server.send(&request).await;
        assert_eq!(answer.status, 401, "{host}");
    }
    let two_lines = Request::get("/read").header("Host", LOOPBACK);
    assert_eq!(world.status(two_lines).await, 401);
    // The host of the request target counts as well (RFC 9112 section 3.2.2).
    let absolute = Request::get("http://api.example/read");
    assert_eq!(world.status(absolute).await, 401);
    assert!(world.auth.reported().is_empty());
}

#[tokio::test]
async fn report_only_applies_to_a_loopback_host_or_a_missing_host() {
    let world = World::start().await;
    for host in [
        "localhost",
        "LOCALHOST:3000",
        "app.localhost:3000",
        "127.0.0.1",
        "127.1.2.3:80",
        "[::1]",
        "[::1]:3000",
    ] {
        let request = Request::get("/read").host(host);
        assert_eq!(world.server.send(&request).await.status, 200, "{host}");
    }
    let absolute = Request::get("http://localhost/read");
    assert_eq!(world.status(absolute).await, 200);
    let mut connection = world.server.connect().await;
    connection.write(b"GET /read HTTP/1.0\r\n\r\n").await;
    assert_eq!(connection.read(false).await.unwrap().status, 200);
    assert_eq!(world.reported(), [("http::report_only::read", 401, 9)]);
}

#[tokio::test]
async fn report_only_uses_the_http_2_authority_as_the_host() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .report_only(address(LOOPBACK)),
    );
    let app = routes().layer(auth.layer());
    for (authority, status) in [
        ("localhost:3000", 200),
        ("[::1]:3000", 200),
        ("api.example", 401),
        ("api.example:3000", 401),
    ] {
        // As hyper passes requests on that it received by HTTP/2.
        let request = axum::http::Request::get(format!("http://{authority}/read"))
            .version(axum::http::Version::HTTP_2)
            .body(axum::body::Body::empty())
            .unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{authority}");
    }
}

#[tokio::test]
async fn report_only_does_not_apply_to_cross_site_browser_requests() {
    let world = World::start().await;
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "CROSS-SITE"),
        ("Sec-Fetch-Site", "same-site, cross-site"),
        ("Sec-Fetch-Site", ""),
        ("Origin", "https://evil.example"),
        ("Origin", "https://localhost.evil.example:3000"),
        ("Origin", "null"),
        ("Origin", "localhost"),
    ] {
        let request = Request::get("/read").header(name, value);
        assert_eq!(world.status(request).await, 401, "{name}: {value}");
    }
    let twice = Request::get("/read").header("Sec-Fetch-Site", "same-origin");
    let twice = twice.header("Sec-Fetch-Site", "cross-site");
    assert_eq!(world.status(twice).await, 401);
    assert!(world.auth.reported().is_empty());
    for (name, value) in [
        ("Sec-Fetch-Site", "none"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "http://localhost:5173"),
        ("Origin", "http://127.0.0.1"),
        ("Origin", "https://[::1]:8443"),
    ] {
        let request = Request::get("/read").header(name, value);
        assert_eq!(world.status(request).await, 200, "{name}: {value}");
    }
    assert_eq!(world.reported(), [("http::report_only::read", 401, 6)]);
}

#[tokio::test]
async fn report_only_beyond_loopback_applies_to_requests_from_anywhere() {
    let everywhere = |auth: AuthBuilder| {
        auth.report_only(address(EVERYWHERE))
            .report_only_beyond_loopback()
    };
    let world = World::with_peer(everywhere, "192.0.2.1").await;
    let read = || Request::get("/read").host("api.example");
    for request in [
        read(),
        read().header("X-Forwarded-For", "192.0.2.1"),
        read().header("Host", "api.example"),
        read().header("Sec-Fetch-Site", "cross-site"),
        read().header("Origin", "https://pages.example"),
    ] {
        assert_eq!(world.server.send(&request).await.status, 200, "{request:?}");
    }
    assert_eq!(world.reported(), [("http::report_only::read", 401, 5)]);
}

#[tokio::test]
async fn report_only_is_off_by_default() {
    let off = |auth: AuthBuilder| auth.report_only_beyond_loopback();
    let world = World::of(off, |app| app).await;
    assert_eq!(world.status(Request::get("/read")).await, 401);
    assert!(world.auth.reported().is_empty());
}

#[test]
fn build_logs_a_warning_if_report_only_is_on() {
    let capture = Capture::start();
    let builder = || Auth::builder().bearer(Issuer::new(ISSUER, AUDIENCE).jwt());
    build(builder());
    assert!(capture.take_runtime_events().is_empty());
    build(builder().report_only(address(LOOPBACK)));
    let event = capture.take_runtime_events().only();
    assert_eq!(event.level, Level::WARN);
    assert!(event.message().starts_with("`report_only` is on"));
    assert_eq!(event.field("address"), Some(LOOPBACK));
}

#[test]
fn build_refuses_report_only_on_a_public_address_unless_confirmed() {
    let builder = || Auth::builder().bearer(Issuer::new(ISSUER, AUDIENCE).jwt());
    for reachable in [
        EVERYWHERE,
        "[::]:3000",
        "192.0.2.1:80",
        "[::ffff:0.0.0.0]:1",
    ] {
        let error = builder()
            .report_only(address(reachable))
            .build()
            .expect_err(reachable);
        let text = error.to_string();
        assert!(
            text.contains(&format!("`.report_only({reachable})`")),
            "{text}"
        );
        assert!(text.contains("`.report_only_beyond_loopback()`"), "{text}");
        let twice = builder()
            .report_only(address(reachable))
            .report_only_beyond_loopback();
        assert!(twice.build().is_ok(), "{reachable}");
    }
    for loopback in [LOOPBACK, "[::1]:0", "127.9.9.9:1", "[::ffff:127.0.0.1]:1"] {
        let once = builder().report_only(address(loopback));
        assert!(once.build().is_ok(), "{loopback}");
    }
}
