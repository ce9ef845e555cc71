//! Identities that the application extends after a token was verified (`Jwt::map_identity`).

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use auth_runtime::authenticator::AuthenticationError;
use auth_runtime::bearer::TokenCache;
use auth_runtime::denial::TokenFault;
use auth_runtime::revocation::{
    MemoryRevocation, Revocation, RevocationQuery, RevocationStatus, Revoked,
};
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, AuthBuilder, BoxError, Identity, Jwt, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;

#[require_auth(role = "clerk")]
async fn clerks(caller: Identity) -> String {
    let roles: Vec<_> = caller.roles().collect();
    format!("{} {}", caller.subject(), roles.join(" "))
}

#[require_auth(claim("tenant" = "acme"))]
async fn tenant() {}

/// Subjects and their roles; `None` stands for a database that is down.
#[derive(Clone, Default)]
struct Staff {
    roles: Arc<Mutex<Option<HashMap<String, &'static str>>>>,
    asked: Arc<AtomicUsize>,
}

impl Staff {
    fn new<const N: usize>(roles: [(&str, &'static str); N]) -> Self {
        let staff = Self::default();
        staff.hire(roles);
        staff
    }

    fn hire<const N: usize>(&self, roles: [(&str, &'static str); N]) {
        let roles = roles.map(|(subject, role)| (subject.to_owned(), role));
        *self.roles.lock().unwrap() = Some(HashMap::from(roles));
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn look_up(self, caller: Identity) -> Result<Identity, AuthenticationError> {
        // A real one takes its time.
        tokio::task::yield_now().await;
        self.asked.fetch_add(1, Ordering::SeqCst);
        let roles = self.roles.lock().unwrap();
        let roles = roles
            .as_ref()
            .ok_or_else(|| AuthenticationError::unavailable("down"))?;
        let role = roles.get(caller.subject()).copied();
        match role.ok_or(TokenFault::UnknownSubject)? {
            "poison" => panic!("a bug in the look-up"),
            role => Ok(caller.with_roles([role]).with_claim("tenant", "acme")),
        }
    }
}

struct World {
    server: Server,
    issuer: Issuer,
}

impl World {
    async fn start(
        staff: &Staff,
        jwt: impl FnOnce(Jwt) -> Jwt,
        configure: impl FnOnce(AuthBuilder) -> AuthBuilder,
    ) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let staff = staff.clone();
        let jwt = jwt(issuer.jwt()).map_identity(move |caller| staff.clone().look_up(caller));
        let app = Router::new()
            .route("/clerks", get(clerks))
            .route("/tenant", get(tenant))
            .layer(build(configure(Auth::builder().bearer(jwt))).layer());
        Self {
            server: Server::start(app).await,
            issuer,
        }
    }

    async fn with(staff: &Staff) -> Self {
        Self::start(staff, |jwt| jwt, |auth| auth).await
    }

    async fn get(&self, path: &str, token: &str) -> Response {
        self.server.send(&Request::get(path).bearer(token)).await
    }
}

#[tokio::test]
async fn roles_and_claims_of_the_application_count_and_are_loaded_once_per_token() {
    let staff = Staff::new([("alice", "clerk"), ("bob", "guest")]);
    let world = World::with(&staff).await;
    let alice = world.issuer.token("alice").sign();
    for _ in 0..3 {
        let answer = world.get("/clerks", &alice).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text(), "alice clerk");
        assert_eq!(world.get("/tenant", &alice).await.status, 200);
    }
    assert_eq!(staff.asked(), 1);
    let bob = world.issuer.token("bob").sign();
    assert_eq!(world.get("/clerks", &bob).await.status, 403);
    assert_eq!(staff.asked(), 2);
}

#[tokio::test]
async fn without_a_cache_every_request_asks_the_application() {
    let staff = Staff::new([("alice", "clerk")]);
    let off = |auth: AuthBuilder| auth.token_cache(TokenCache::OFF);
    let world = World::start(&staff, |jwt| jwt, off).await;
    let alice = world.issuer.token("alice").sign();
    for asked in 1..4 {
        assert_eq!(world.get("/clerks", &alice).await.status, 200);
        assert_eq!(staff.asked(), asked);
    }
}

#[tokio::test]
async fn b20_a_subject_unknown_to_the_application_is_401_and_not_cached() {
    let staff = Staff::new([]);
    let world = World::with(&staff).await;
    let alice = world.issuer.token("alice").sign();
    let refused = world.get("/clerks", &alice).await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.challenges(),
        ["Bearer realm=\"api\", error=\"invalid_token\", \
          error_description=\"The access token is invalid\""]
    );
    staff.hire([("alice", "clerk")]);
    assert_eq!(world.get("/clerks", &alice).await.status, 200);
}

#[tokio::test]
async fn an_enrichment_outage_is_503_and_a_panic_500_and_neither_is_cached() {
    let staff = Staff::default();
    let world = World::with(&staff).await;
    let alice = world.issuer.token("alice").sign();
    let refused = world.get("/clerks", &alice).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.one("retry-after").as_deref(), Some("5"));
    assert!(refused.challenges().is_empty());
    staff.hire([("alice", "poison")]);
    // A lock that its holder died with is a failure of the test's database as well.
    assert_eq!(world.get("/clerks", &alice).await.status, 500);
    staff.roles.clear_poison();
    staff.hire([("alice", "clerk")]);
    assert_eq!(world.get("/clerks", &alice).await.status, 200);
}

#[tokio::test]
async fn an_invalid_token_is_refused_without_asking_the_application() {
    let staff = Staff::new([("alice", "clerk")]);
    let world = World::with(&staff).await;
    let foreign = Issuer::new(ISSUER, AUDIENCE).token("alice").sign();
    assert_eq!(world.get("/clerks", &foreign).await.status, 401);
    let other = Issuer::new(ISSUER, "https://other.example");
    assert_eq!(
        world
            .get("/clerks", &other.token("alice").sign())
            .await
            .status,
        401
    );
    assert_eq!(staff.asked(), 0);
}

#[tokio::test]
async fn the_application_may_grant_roles_that_the_issuer_may_not() {
    let staff = Staff::new([("alice", "clerk")]);
    let grants = |jwt: Jwt| jwt.grants(["read"], ["guest"]);
    let world = World::start(&staff, grants, |auth| auth).await;
    let alice = world.issuer.token("alice").role("admin").sign();
    let answer = world.get("/clerks", &alice).await;
    assert_eq!(
        (answer.status, answer.text()),
        (200, "alice clerk".to_owned())
    );
}

/// A list that holds token identifiers.
#[derive(Clone, Default)]
struct List(Arc<Mutex<HashSet<String>>>);

impl Revocation for List {
    fn check(&self, token: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        let list = self.0.lock().unwrap();
        Ok(token.token_id.is_some_and(|id| list.contains(id)))
    }

    async fn revoke(&self, _: Revoked) -> Result<(), BoxError> {
        Err("this list is written by the test".into())
    }

    fn retention(&self) -> Duration {
        Duration::MAX
    }

    fn status(&self) -> RevocationStatus {
        unreachable!("it is never called")
    }
}

#[tokio::test]
async fn b18_a_revoked_token_loses_the_roles_added_by_the_application() {
    let staff = Staff::new([("alice", "clerk")]);
    let list = List::default();
    let world = World::start(&staff, |jwt| jwt, |auth| auth.revocation(list.clone())).await;
    let alice = world.issuer.token("alice").claim("jti", "one").sign();
    let other = world.issuer.token("alice").claim("jti", "two").sign();
    assert_eq!(world.get("/clerks", &alice).await.status, 200);
    assert_eq!(world.get("/clerks", &other).await.status, 200);
    list.0.lock().unwrap().insert("one".to_owned());
    for _ in 0..2 {
        let refused = world.get("/clerks", &alice).await;
        assert_eq!(refused.status, 401);
        assert_eq!(
            refused.challenges(),
            ["Bearer realm=\"api\", error=\"invalid_token\", \
              error_description=\"The access token was revoked\""]
        );
    }
    assert_eq!(world.get("/clerks", &other).await.status, 200);
    // A revoked token is refused before the application is asked, and was forgotten.
    assert_eq!(staff.asked(), 2);
}

#[tokio::test]
async fn concurrent_requests_with_one_token_ask_the_application_once() {
    let staff = Staff::new([("alice", "clerk")]);
    let world = World::with(&staff).await;
    let alice = world.issuer.token("alice").sign();
    let answers = (0..100).map(|_| world.get("/clerks", &alice));
    for answer in futures_util::future::join_all(answers).await {
        assert_eq!(answer.status, 200);
    }
    assert_eq!(staff.asked(), 1);
}

#[tokio::test]
async fn an_identity_mapped_to_another_caller_is_500() {
    let kept = Arc::new(Mutex::new(None::<Identity>));
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let jwt = issuer.jwt().map_identity(move |caller: Identity| {
        let first = kept.lock().unwrap().get_or_insert(caller).clone();
        async move { Ok(first.with_roles(["clerk"])) }
    });
    let app = Router::new()
        .route("/clerks", get(clerks))
        .layer(build(Auth::builder().bearer(jwt)).layer());
    let server = Server::start(app).await;
    for (subject, status) in [("bob", 200), ("alice", 500), ("bob", 200)] {
        let request = Request::get("/clerks").bearer(issuer.token(subject).sign());
        assert_eq!(server.send(&request).await.status, status, "{subject}");
    }
}

/// What happens while the application is asked counts as if it had happened before.
#[tokio::test]
async fn b18_b11_a_token_revoked_or_expired_during_enrichment_is_refused() {
    for (revoke, description) in [(true, "was revoked"), (false, "expired")] {
        let list = List::default();
        let ahead = Arc::new(AtomicUsize::new(0));
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let meanwhile = (list.clone(), ahead.clone());
        let jwt = issuer.jwt().map_identity(move |caller: Identity| {
            if revoke {
                meanwhile.0.0.lock().unwrap().insert("one".to_owned());
            } else {
                meanwhile.1.store(1_000, Ordering::SeqCst);
            }
            async move { Ok(caller.with_roles(["clerk"])) }
        });
        let clock = move || {
            let seconds = ahead.load(Ordering::SeqCst).try_into().unwrap();
            SystemTime::now() + Duration::from_secs(seconds)
        };
        let auth = Auth::builder().bearer(jwt).revocation(list).clock(clock);
        let app = Router::new()
            .route("/clerks", get(clerks))
            .layer(build(auth).layer());
        let server = Server::start(app).await;
        let token = issuer.token("alice").claim("jti", "one").sign();
        let refused = server.send(&Request::get("/clerks").bearer(token)).await;
        assert_eq!(refused.status, 401);
        assert!(refused.challenges()[0].contains(description), "{refused:?}");
    }
}

#[tokio::test]
async fn a_route_may_require_roles_that_only_the_application_grants() {
    use auth_runtime::routing::get;

    let staff = Staff::new([("alice", "clerk")]);
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let none: [&str; 0] = [];
    let jwt = issuer.jwt().grants(["read"], none);
    let routes = || auth_runtime::Router::<()>::new().route("/clerks", get(clerks));
    let jwt_of = |jwt: Jwt| build(Auth::builder().bearer(jwt));
    let plain = issuer.jwt().grants(["read"], none);
    assert!(routes().try_with_auth(jwt_of(plain)).is_err());
    let mapped = jwt.map_identity(move |caller| staff.clone().look_up(caller));
    assert!(routes().try_with_auth(jwt_of(mapped)).is_ok());
}

#[tokio::test]
async fn a_custom_revocation_list_is_ready_by_default() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .revocation(List::default()),
    );
    auth.ready().await;
    assert!(auth.is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_panic_during_enrichment_is_500_for_the_waiting_requests_only() {
    use axum::body::Body;
    use tower::ServiceExt;

    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let asked = Arc::new(AtomicUsize::new(0));
    let jwt = issuer.jwt().map_identity(move |caller: Identity| {
        let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            // It is over when all others wait.
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(!first, "a bug in the look-up");
            Ok(caller.with_roles(["clerk"]))
        }
    });
    let app = Router::new()
        .route("/clerks", get(clerks))
        .layer(build(Auth::builder().bearer(jwt)).layer());
    let value = format!("Bearer {}", issuer.token("alice").sign());
    let status = || async {
        let request = axum::http::Request::get("/clerks").header("authorization", &value);
        let request = request.body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap().status()
    };
    for status in futures_util::future::join_all((0..10).map(|_| status())).await {
        assert_eq!(status, 500);
    }
    assert_eq!(status().await, 200);
}

// The timeout counts from the start of the shared call and not from the last request that waits.
#[tokio::test(start_paused = true)]
async fn a_hanging_enrichment_is_503_after_ten_seconds() {
    use axum::body::Body;
    use tower::ServiceExt;

    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let asked = Arc::new(AtomicUsize::new(0));
    let jwt = issuer.jwt().map_identity(move |caller: Identity| {
        let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                std::future::pending::<()>().await;
            }
            Ok(caller.with_roles(["clerk"]))
        }
    });
    let app = Router::new()
        .route("/clerks", get(clerks))
        .layer(build(Auth::builder().bearer(jwt)).layer());
    let value = format!("Bearer {}", issuer.token("alice").sign());
    let answers = (0..15).map(|second| {
        let (app, value) = (app.clone(), value.clone());
        async move {
            tokio::time::sleep(Duration::from_secs(second)).await;
            let request = axum::http::Request::get("/clerks").header("authorization", value);
            let request = request.body(Body::empty()).unwrap();
            app.oneshot(request).await.unwrap().status().as_u16()
        }
    });
    let statuses = futures_util::future::join_all(answers).await;
    assert_eq!(statuses[..10], [503; 10]);
    assert_eq!(statuses[11..], [200; 4]);
}

#[tokio::test]
async fn a_map_that_returns_the_identity_of_an_earlier_token_keeps_the_login_of_the_current_token()
{
    #[require_auth(acr = "gold")]
    async fn pay() {}

    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let remembered = Arc::new(Mutex::new(HashMap::new()));
    let jwt = issuer.jwt().map_identity(move |caller| {
        let mut remembered = remembered.lock().unwrap();
        let known = remembered
            .entry(caller.id().clone())
            .or_insert_with(|| caller.with_roles(["clerk"]));
        std::future::ready(Ok(known.clone()))
    });
    let auth = build(
        Auth::builder()
            .bearer(jwt)
            .revocation(MemoryRevocation::new()),
    );
    let app = Router::new()
        .route("/pay", get(pay))
        .route("/clerks", get(clerks))
        .layer(auth.layer());
    let server = Server::start(app).await;
    let status = async |path, token: &Token| {
        let request = Request::get(path).bearer(token.sign());
        server.send(&request).await.status
    };
    let first = issuer.token("alice").claim("acr", "gold").claim("jti", "1");
    let second = issuer.token("alice").claim("jti", "2");
    assert_eq!(status("/pay", &first).await, 200);
    assert_eq!(status("/pay", &second).await, 401);
    assert_eq!(status("/clerks", &second).await, 200);

    let expires = SystemTime::now() + Duration::from_secs(3600);
    auth.revoke(Revoked::token(ISSUER, "1", expires))
        .await
        .unwrap();
    assert_eq!(status("/clerks", &first).await, 401);
    assert_eq!(status("/clerks", &second).await, 200);
    auth.revoke(Revoked::token(ISSUER, "2", expires))
        .await
        .unwrap();
    assert_eq!(status("/clerks", &second).await, 401);
}
