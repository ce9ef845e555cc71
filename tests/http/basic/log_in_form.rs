//! `Auth::authenticate_password`: the password of a form is verified as one in `Authorization`.

use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::SystemTime;

use auth_runtime::authenticator::AuthenticationError;
use auth_runtime::{BoxError, ClientAddress, allow_anonymous};
use auth_tests::clock::StoppedClock;
use auth_tests::logs::Capture;
use axum::Json;
use axum::extract::State;
use axum::routing::post;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::{spawn_blocking, yield_now};

use super::*;

const HOUR: Duration = Duration::from_secs(60 * 60);
const PROXY: &str = "127.0.0.1";
const CLIENT: &str = "203.0.113.7";
const OTHER_CLIENT: &str = "203.0.113.8";
/// A hash of `secret` with lower costs than [`fast`].
const OUTDATED: &str =
    "$pbkdf2-sha256$i=1$MDEyMzQ1Njc4OWFiY2RlZg$YbpH4MTVriL1J0gKQnQQxyQwQcvFOwk4v2eQkU0Lbag";

#[allow_anonymous(reason = "login")]
async fn log_in_form(
    State(auth): State<Auth>,
    ClientAddress(address): ClientAddress,
    Json(body): Json<Value>,
) -> Result<String, AuthenticationError> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let verification = auth.authenticate_password(text("name"), text("password"));
    Ok(verification.from(address).await?.subject().to_owned())
}

/// Where the client sends the name and the password.
#[derive(Clone, Copy, Debug)]
enum Place {
    Header,
    Form,
}

struct Service {
    server: Server,
    place: Place,
}

impl Service {
    async fn start(place: Place, basic: Basic) -> Self {
        let auth = build(Auth::builder().basic(basic).trusted_proxies([PROXY]));
        let form = Router::new()
            .route("/login", post(log_in_form))
            .with_state(auth.clone());
        let app = routes().merge(form).layer(auth.layer());
        Self {
            server: Server::start(app).await,
            place,
        }
    }

    async fn send(&self, client: &str, name: &str, password: &str) -> Response {
        let request = match self.place {
            Place::Header => request("/basic", name, password),
            Place::Form => {
                let body = json!({ "name": name, "password": password });
                Request::post("/login", "application/json", &body.to_string())
            }
        };
        let request = request.header("X-Forwarded-For", client);
        self.server.send(&request).await
    }

    /// The status, with 401 for every refused password, and how long to wait.
    async fn outcome(&self, client: &str, name: &str, password: &str) -> (u16, Vec<String>) {
        let response = self.send(client, name, password).await;
        let status = match (self.place, response.status) {
            (Place::Form, 400) => 401,
            (_, status) => status,
        };
        if status == 200 {
            assert_eq!(response.body, name.as_bytes());
        }
        (status, response.all("retry-after"))
    }
}

fn waiting(status: u16, seconds: &str) -> (u16, Vec<String>) {
    (status, vec![seconds.to_owned()])
}

fn accounts() -> Users {
    alice()
        .add("locked", user("secret").locked(true))
        .add("expired", user("secret").expires_at(SystemTime::now()))
}

#[tokio::test]
async fn a_form_accepts_and_refuses_the_same_passwords_as_the_header_field() {
    let too_long = "a".repeat(9000);
    for place in [Place::Header, Place::Form] {
        let service = Service::start(place, basic(accounts())).await;
        for (name, password, status) in [
            ("alice", "secret", 200),
            ("alice", "Secret", 401),
            ("alice", "", 401),
            ("Alice", "secret", 401),
            ("nobody", "secret", 401),
            ("locked", "secret", 401),
            ("expired", "secret", 401),
            ("", "secret", 401),
            ("alice", "secret\n", 401),
            ("alice\0", "secret", 401),
            ("alice", &too_long, 401),
        ] {
            let outcome = service.outcome(CLIENT, name, password).await;
            assert_eq!(outcome, (status, vec![]), "{place:?} {name:?} {password:?}");
        }
    }
}

#[tokio::test]
async fn a_colon_in_the_name_of_a_form_does_not_begin_the_password() {
    let users = Users::new().add("a", user("b:secret"));
    let service = Service::start(Place::Form, basic(users)).await;
    assert_eq!(service.send(CLIENT, "a", "b:secret").await.status, 200);
    assert_eq!(service.send(CLIENT, "a:b", "secret").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_form_limits_the_failures_of_an_account_like_the_header_field() {
    let _clock = StoppedClock::start();
    for place in [Place::Header, Place::Form] {
        let basic = basic(accounts()).failure_limit(failures(2, HOUR));
        let service = Service::start(place, basic).await;
        for name in ["alice", "nobody", "locked", "expired"] {
            for client in [CLIENT, OTHER_CLIENT] {
                let refused = service.outcome(client, name, "wrong").await;
                assert_eq!(refused, (401, vec![]), "{place:?} {name}");
            }
            let limited = service.outcome(CLIENT, name, "secret").await;
            assert_eq!(limited, waiting(429, "1800"), "{place:?} {name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_limits_the_failures_of_the_address_that_trusted_proxies_forward() {
    let _clock = StoppedClock::start();
    for place in [Place::Header, Place::Form] {
        let limit = FailureLimit::default().per_address(NonZeroU32::new(2).unwrap(), HOUR);
        let service = Service::start(place, basic(accounts()).failure_limit(limit)).await;
        for name in ["bob", "carol"] {
            let refused = service.outcome(CLIENT, name, "wrong").await;
            assert_eq!(refused, (401, vec![]), "{place:?}");
        }
        let limited = service.outcome(CLIENT, "alice", "secret").await;
        assert_eq!(limited, waiting(429, "1800"), "{place:?}");
        let other = service.outcome(OTHER_CLIENT, "alice", "secret").await;
        assert_eq!(other, (200, vec![]), "{place:?}");
    }
}

#[tokio::test]
async fn a_form_and_the_header_field_share_one_failure_limit() {
    let basic = basic(accounts()).failure_limit(failures(2, HOUR));
    let mut service = Service::start(Place::Form, basic).await;
    assert_eq!(service.send(CLIENT, "alice", "wrong").await.status, 400);
    service.place = Place::Header;
    assert_eq!(service.send(CLIENT, "alice", "wrong").await.status, 401);
    for place in [Place::Header, Place::Form] {
        service.place = place;
        assert_eq!(service.send(CLIENT, "alice", "secret").await.status, 429);
    }
}

#[tokio::test]
async fn passwords_without_an_address_are_counted_by_account_only() {
    let two = NonZeroU32::new(2).unwrap();
    let limit = FailureLimit::default()
        .per_address(two, HOUR)
        .per_account(two, HOUR);
    let auth = build(Auth::builder().basic(basic(accounts()).failure_limit(limit)));
    for name in ["bob", "carol", "dave", "bob"] {
        let refused = auth.authenticate_password(name, "wrong").await;
        assert!(
            matches!(refused, Err(AuthenticationError::Credentials)),
            "{refused:?}"
        );
    }
    let limited = auth.authenticate_password("bob", "wrong").await;
    assert!(
        matches!(limited, Err(AuthenticationError::TooManyAttempts { .. })),
        "{limited:?}"
    );
    let alice = auth.authenticate_password("alice", "secret").await;
    assert_eq!(alice.unwrap().subject(), "alice");
}

/// Fails, or never answers, according to the user name.
struct Moody;

impl UserStore for Moody {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        match name {
            "silent" => std::future::pending().await,
            "panic" => panic!("a store panics"),
            _ => Err("no connection to the database".into()),
        }
    }
}

#[tokio::test]
async fn a_form_answers_an_outage_of_the_store_like_the_header_field() {
    for place in [Place::Header, Place::Form] {
        let basic = basic(Moody)
            .store_timeout(Duration::from_millis(20))
            .failure_limit(failures(1, HOUR));
        let service = Service::start(place, basic).await;
        let logs = Capture::start();
        for (name, expected) in [
            ("down", waiting(503, "5")),
            ("silent", waiting(503, "5")),
            ("panic", (500, vec![])),
        ] {
            let outcome = service.outcome(CLIENT, name, "pa55word").await;
            assert_eq!(outcome, expected, "{place:?} {name}");
        }
        let events = logs.take_runtime_events();
        assert!(!events.everything().contains("pa55word"), "{events:?}");
        // Logged once a second.
        let errors = events.iter().filter_map(|event| event.field("error"));
        assert_eq!(
            errors.collect::<Vec<_>>(),
            ["no connection to the database"]
        );
    }
}

#[tokio::test]
async fn the_answers_to_a_refused_form_are_problem_details_without_a_challenge() {
    let basic = basic(accounts()).failure_limit(failures(1, HOUR));
    let service = Service::start(Place::Form, basic).await;
    let wrong = service.send(CLIENT, "alice", "wrong").await;
    for name in ["nobody", "locked", "expired"] {
        assert_same_bytes(&service.send(CLIENT, name, "secret").await, &wrong);
    }
    let limited = service.send(CLIENT, "alice", "secret").await;
    for (response, status, body) in [
        (
            &wrong,
            400,
            r#"{"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_credentials"}"#,
        ),
        (
            &limited,
            429,
            r#"{"type":"about:blank","title":"Too Many Requests","status":429}"#,
        ),
    ] {
        assert_eq!(response.status, status);
        assert_eq!(response.body, body.as_bytes());
        assert_eq!(response.all("content-type"), ["application/problem+json"]);
        assert_eq!(response.all("cache-control"), ["no-store"]);
        assert!(response.challenges().is_empty());
    }
}

#[tokio::test]
async fn a_form_beyond_the_queue_of_the_header_field_is_503() {
    // No hash is computed, so that the first login keeps its place.
    let basic = basic(Moody)
        .hashing(fast().concurrency(1).waiting(0))
        .store_timeout(HOUR);
    let auth = build(Auth::builder().basic(basic));
    let mut first = Box::pin(auth.authenticate_password("silent", "secret").into_future());
    assert!(first.as_mut().now_or_never().is_none());
    match auth.authenticate_password("silent", "secret").await {
        Err(AuthenticationError::Unavailable { retry_after, .. }) => {
            assert_eq!(retry_after, Duration::from_secs(1));
        }
        result => panic!("{result:?}"),
    }
    drop(first);
    let down = auth.authenticate_password("down", "secret").await;
    assert!(
        down.unwrap_err()
            .to_string()
            .contains("can't be verified now")
    );
}

#[test]
fn a_form_hashes_the_password_of_every_user_and_of_none() {
    // Hashes are computed on the threads for blocking work, of which there is one.
    let runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let auth = build(Auth::builder().basic(basic(accounts())));
        for name in ["alice", "nobody", "locked", "expired"] {
            let (release, released) = channel::<()>();
            let busy = spawn_blocking(move || released.recv());
            let mut waiting = Box::pin(auth.authenticate_password(name, "wrong").into_future());
            for _ in 0..100 {
                assert!(waiting.as_mut().now_or_never().is_none(), "{name}");
                yield_now().await;
            }
            drop(release);
            busy.await.unwrap().unwrap_err();
            let refused = waiting.await;
            assert!(
                matches!(refused, Err(AuthenticationError::Credentials)),
                "{name}: {refused:?}"
            );
        }
    });
}

/// Reports the hashes that it is asked to replace.
struct Renewing {
    hash: Mutex<String>,
    renewed: mpsc::UnboundedSender<String>,
}

impl UserStore for Renewing {
    async fn find(&self, _: &str) -> Result<Option<User>, BoxError> {
        Ok(Some(User::new(self.hash.lock().unwrap().clone())))
    }

    fn takes_new_hashes(&self) -> bool {
        true
    }

    async fn rehash(&self, name: &str, old: &str, new: &str) -> Result<(), BoxError> {
        assert_eq!((name, old), ("alice", OUTDATED));
        new.clone_into(&mut self.hash.lock().unwrap());
        Ok(self.renewed.send(new.to_owned())?)
    }
}

#[tokio::test]
async fn a_successful_form_replaces_an_outdated_hash() {
    let (renewed, mut new_hashes) = mpsc::unbounded_channel();
    let store = Renewing {
        hash: Mutex::new(OUTDATED.to_owned()),
        renewed,
    };
    let auth = build(Auth::builder().basic(basic(store)));
    auth.authenticate_password("alice", "secret").await.unwrap();
    let new_hash = new_hashes.recv().await.unwrap();
    assert!(PasswordHashing::verify("secret", &new_hash).unwrap());
    auth.authenticate_password("alice", "secret").await.unwrap();
}

#[tokio::test]
async fn a_form_gives_the_identity_of_the_header_field() {
    let auth = build(Auth::builder().basic(basic(alice()).issuer("https://issuer.example")));
    let alice = auth.authenticate_password("alice", "secret").await.unwrap();
    assert_eq!(alice.issuer(), "https://issuer.example");
    assert_eq!(alice.scheme(), auth_runtime::Scheme::BASIC);
    assert_eq!(alice.scopes().to_string(), "read write");
    assert_eq!(alice.roles().collect::<Vec<_>>(), ["admin"]);
}

#[tokio::test]
async fn an_auth_without_basic_fails_and_names_the_setting() {
    let auth = build(Auth::builder().bearer(Issuer::new(ISSUER, AUDIENCE).jwt()));
    match auth.authenticate_password("alice", "secret").await {
        Err(AuthenticationError::Failed { source, .. }) => {
            assert!(
                source.to_string().contains("AuthBuilder::basic"),
                "{source}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn debug_output_of_a_password_verification_shows_neither_name_nor_password() {
    let auth = build(Auth::builder().basic(basic(alice())));
    let verification = auth.authenticate_password("the-name", "the-password");
    let shown = format!("{:?}", verification.from(IpAddr::from([203, 0, 113, 7])));
    assert_eq!(
        shown,
        "PasswordAuthentication { address: Some(203.0.113.7), .. }"
    );
}
