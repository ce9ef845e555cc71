//! Revoking credentials of custom kinds: by the list, or in a store of the kind.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use auth_runtime::authenticator::{
    AuthenticationError, AuthenticationOutcome, Authenticator, CredentialRequest, Source,
};
use auth_runtime::identity::{IdentityBuilder, Provides};
use auth_runtime::revocation::{
    MemoryRevocation, Revocation, RevocationQuery, RevocationStatus, RevocationTarget, Revoked,
};
use auth_runtime::testing::Issuer;
use auth_runtime::{ApiKeys, Auth, AuthBuilder, BoxError, Identity, Scheme, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;
use futures_util::FutureExt;

const TICKET: Scheme = Scheme::new("Ticket");
const TICKETS: &str = "tickets";
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Accepts any value of its header as the subject, and says what the test tells it to about the credential.
struct Ticket<S> {
    says: S,
    slow: bool,
    /// The identities that it has made, as a kind with a cache has them.
    cache: Mutex<HashMap<String, Identity>>,
}

fn ticket<S>(says: S) -> Ticket<S>
where
    S: Fn(IdentityBuilder) -> IdentityBuilder + Send + Sync + 'static,
{
    Ticket {
        says,
        slow: false,
        cache: Mutex::default(),
    }
}

impl<S> Authenticator for Ticket<S>
where
    S: Fn(IdentityBuilder) -> IdentityBuilder + Send + Sync + 'static,
{
    fn scheme(&self) -> Scheme {
        TICKET
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::header("x-ticket")]
    }

    fn provides(&self) -> Provides {
        Provides::NONE
    }

    fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        let subject = match request.find(&Source::header("x-ticket")) {
            Ok(Some(value)) => String::from_utf8_lossy(&value).into_owned(),
            Ok(None) => return AuthenticationOutcome::Absent,
            Err(error) => return Err(error).into(),
        };
        let make = || (self.says)(request.identity(TICKETS, subject.as_str())).build();
        let mut cache = self.cache.lock().unwrap();
        let identity = cache.entry(subject.clone()).or_insert_with(make).clone();
        if self.slow {
            return AuthenticationOutcome::pending(async move {
                tokio::task::yield_now().await;
                Ok(identity)
            });
        }
        Ok(identity).into()
    }
}

#[require_auth]
async fn hello() {}

struct Service {
    server: Server,
    auth: Auth,
}

impl Service {
    async fn start(builder: AuthBuilder) -> Self {
        let auth = build(builder);
        let app = Router::new().route("/", get(hello)).layer(auth.layer());
        let server = Server::start(app).await;
        Self { server, auth }
    }

    async fn with_list(kind: impl Authenticator) -> Self {
        let list = MemoryRevocation::new();
        Self::start(Auth::builder().authenticator(kind).revocation(list)).await
    }

    async fn status(&self, subject: &str) -> u16 {
        let request = Request::get("/").header("x-ticket", subject);
        self.server.send(&request).await.status
    }

    async fn revoke(&self, revoked: Revoked) {
        self.auth.revoke(revoked).await.unwrap();
    }
}

#[tokio::test]
async fn a_credential_with_an_issue_time_is_refused_after_its_subject_is_revoked_though_cached() {
    let start = SystemTime::now();
    for slow in [false, true] {
        let says = move |identity: IdentityBuilder| identity.issued_at(start);
        let service = Service::with_list(Ticket {
            slow,
            ..ticket(says)
        })
        .await;
        assert_eq!(service.status("alice").await, 200);
        let before = start - Duration::from_secs(1);
        service
            .revoke(Revoked::subject(TICKETS, "alice", before))
            .await;
        assert_eq!(service.status("alice").await, 200, "there is no leeway");
        service
            .revoke(Revoked::subject(TICKETS, "alice", start))
            .await;
        let request = Request::get("/").header("x-ticket", "alice");
        let refused = service.server.send(&request).await;
        assert_eq!(refused.status, 401);
        // The reason is said for OAuth tokens only.
        assert_eq!(refused.challenges(), ["Ticket realm=\"api\""]);
        assert_eq!(service.status("bob").await, 200);
        service.revoke(Revoked::issuer(TICKETS, start)).await;
        assert_eq!(service.status("bob").await, 401);
    }
}

#[tokio::test]
async fn a_credential_that_is_revoked_while_its_kind_verifies_it_is_refused() {
    let start = SystemTime::now();
    let list = MemoryRevocation::new();
    let revoking = list.clone();
    let says = move |identity: IdentityBuilder| {
        let revoked = Revoked::subject(TICKETS, "alice", start);
        revoking.revoke(revoked).now_or_never().unwrap().unwrap();
        identity.issued_at(start)
    };
    let kind = Ticket {
        slow: true,
        ..ticket(says)
    };
    let service = Service::start(Auth::builder().authenticator(kind).revocation(list)).await;
    assert_eq!(service.status("alice").await, 401);
    assert_eq!(service.status("bob").await, 200);
}

#[tokio::test]
async fn a_credential_is_revoked_by_its_identifier_or_its_session() {
    let start = SystemTime::now();
    let says = move |identity: IdentityBuilder| {
        identity.issued_at(start).token_id("17").session_id("phone")
    };
    for (revoked, status) in [
        (Revoked::token(TICKETS, "17", start + DAY), 401),
        (Revoked::token(TICKETS, "18", start + DAY), 200),
        (Revoked::token(ISSUER, "17", start + DAY), 200),
        (Revoked::session(TICKETS, "phone"), 401),
        (Revoked::session(TICKETS, "laptop"), 200),
    ] {
        let service = Service::with_list(ticket(says)).await;
        assert_eq!(service.status("alice").await, 200);
        service.revoke(revoked.clone()).await;
        assert_eq!(service.status("alice").await, status, "{revoked:?}");
    }
}

#[tokio::test]
async fn a_credential_with_an_identifier_and_no_issue_time_may_be_of_any_age() {
    let start = SystemTime::now();
    let says = |identity: IdentityBuilder| identity.token_id("17");
    let service = Service::with_list(ticket(says)).await;
    assert_eq!(service.status("alice").await, 200);
    service
        .revoke(Revoked::subject(TICKETS, "alice", start - DAY))
        .await;
    assert_eq!(service.status("alice").await, 401);
}

/// A clock that a test advances.
fn clock() -> (Arc<AtomicU64>, impl Fn() -> SystemTime + Send + Sync) {
    let seconds = Arc::new(AtomicU64::new(0));
    let (start, advanced) = (SystemTime::now(), Arc::clone(&seconds));
    let now = move || start + Duration::from_secs(advanced.load(Ordering::SeqCst));
    (seconds, now)
}

#[tokio::test]
async fn only_a_credential_with_an_issue_time_is_refused_for_its_age() {
    let start = SystemTime::now();
    for (issued_at, status) in [(Some(start), 401), (None, 200)] {
        let (seconds, now) = clock();
        let says = move |identity: IdentityBuilder| match issued_at {
            Some(time) => identity.issued_at(time),
            None => identity,
        };
        let list = MemoryRevocation::builder().entry_ttl(DAY).build();
        let builder = Auth::builder().authenticator(ticket(says));
        let service = Service::start(builder.revocation(list).clock(now)).await;
        assert_eq!(service.status("alice").await, 200);
        seconds.store(2 * DAY.as_secs(), Ordering::SeqCst);
        assert_eq!(service.status("alice").await, status, "{issued_at:?}");
    }
}

/// A list that can't be read.
struct Unavailable;

impl Revocation for Unavailable {
    fn check(&self, _: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        Err("the list is too old".into())
    }

    async fn revoke(&self, _: Revoked) -> Result<(), BoxError> {
        Err("the list is down".into())
    }

    fn retention(&self) -> Duration {
        Duration::MAX
    }

    fn status(&self) -> RevocationStatus {
        RevocationStatus::default()
    }
}

#[tokio::test]
async fn i7_the_list_is_not_asked_about_a_kind_that_says_nothing_of_its_credentials() {
    let start = SystemTime::now();
    let service = Service::with_list(ticket(|identity| identity)).await;
    assert_eq!(service.status("alice").await, 200);
    // In a request it does not matter. For `Auth::authorize` the credential counts as issued when it was verified.
    service
        .revoke(Revoked::subject(TICKETS, "alice", start + HOUR))
        .await;
    assert_eq!(service.status("alice").await, 200);

    let builder = Auth::builder().authenticator(ticket(|identity| identity));
    let service = Service::start(builder.revocation(Unavailable)).await;
    assert_eq!(service.status("alice").await, 200);
    let says = move |identity: IdentityBuilder| identity.issued_at(start);
    let builder = Auth::builder().authenticator(ticket(says));
    let service = Service::start(builder.revocation(Unavailable)).await;
    assert_eq!(service.status("alice").await, 503);
}

/// What a kind does when it is told of a revocation.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Keeps,
    IsAnother,
    Fails,
    Panics,
    PanicsLater,
}

/// A kind that keeps the revoked subjects itself.
#[derive(Clone)]
pub(crate) struct Passes {
    scheme: Scheme,
    header: &'static str,
    answer: Answer,
    revoked: Arc<Mutex<HashSet<String>>>,
}

impl Passes {
    fn new(scheme: Scheme, header: &'static str, answer: Answer) -> Self {
        Self {
            scheme,
            header,
            answer,
            revoked: Arc::default(),
        }
    }

    pub(crate) fn ticket(answer: Answer) -> Self {
        Self::new(TICKET, "x-ticket", answer)
    }

    pub(crate) fn was_told(&self, subject: &str) -> bool {
        self.revoked.lock().unwrap().contains(subject)
    }
}

impl Authenticator for Passes {
    fn scheme(&self) -> Scheme {
        self.scheme
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::header(self.header)]
    }

    fn provides(&self) -> Provides {
        Provides::NONE
    }

    fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        match request.find(&Source::header(self.header)) {
            Ok(None) => AuthenticationOutcome::Absent,
            Err(error) => Err(error).into(),
            Ok(Some(value)) => {
                let subject = String::from_utf8_lossy(&value);
                if self.was_told(&subject) {
                    return Err(AuthenticationError::Credentials).into();
                }
                Ok(request.identity(TICKETS, &*subject).build()).into()
            }
        }
    }

    fn revoke<'a>(
        &'a self,
        revoked: &'a Revoked,
    ) -> Pin<Box<dyn Future<Output = Result<bool, BoxError>> + Send + 'a>> {
        if let RevocationTarget::Subject { subject, .. } = revoked.what() {
            self.revoked.lock().unwrap().insert(subject.to_string());
        }
        let answer = self.answer;
        assert!(answer != Answer::Panics, "a bug in the kind");
        Box::pin(async move {
            tokio::task::yield_now().await;
            match answer {
                Answer::Fails => Err("the store of tickets is down".into()),
                Answer::IsAnother => Ok(false),
                Answer::Keeps => Ok(true),
                Answer::Panics | Answer::PanicsLater => panic!("a bug in the kind"),
            }
        })
    }
}

fn alice() -> Revoked {
    Revoked::subject(TICKETS, "alice", SystemTime::now())
}

#[tokio::test]
async fn a_kind_that_keeps_its_revocations_is_told_with_and_without_a_list() {
    for with_list in [false, true] {
        let builder = Auth::builder().authenticator(Passes::ticket(Answer::Keeps));
        let builder = if with_list {
            builder.revocation(MemoryRevocation::new())
        } else {
            builder
        };
        let service = Service::start(builder).await;
        assert_eq!(service.status("alice").await, 200);
        service.revoke(alice()).await;
        assert_eq!(service.status("alice").await, 401);
        assert_eq!(service.status("bob").await, 200);
    }
}

#[tokio::test]
async fn without_a_list_a_revocation_that_no_kind_can_carry_out_is_an_error() {
    let jwt = || Issuer::new(ISSUER, AUDIENCE).jwt();
    let keys = || ApiKeys::new(auth_runtime::api_key::MemoryApiKeys::new());
    let revoke = async |builder: AuthBuilder| build(builder).revoke(alice()).await;
    let missing = "no credential of the issuer \"tickets\" can be revoked in this way: call `.revocation(..)` on \
                   `Auth::builder()`";
    for builder in [
        Auth::builder().bearer(jwt()),
        Auth::builder().bearer(jwt()).api_keys(keys()),
        Auth::builder().authenticator(ticket(|identity| identity)),
        Auth::builder().authenticator(Passes::ticket(Answer::IsAnother)),
    ] {
        let error = revoke(builder).await.unwrap_err();
        assert_eq!(error.to_string(), missing);
    }
    let kept = Auth::builder().authenticator(Passes::ticket(Answer::Keeps));
    assert!(revoke(kept).await.is_ok());
    let kept = Auth::builder()
        .bearer(jwt())
        .api_keys(keys().issuer(TICKETS));
    assert!(revoke(kept).await.is_ok());
    let listed = Auth::builder()
        .bearer(jwt())
        .revocation(MemoryRevocation::new());
    assert!(revoke(listed).await.is_ok());
}

#[tokio::test]
async fn all_kinds_and_the_list_are_told_also_if_one_fails_or_panics() {
    for (answer, message) in [
        (Answer::Fails, "the store of tickets is down"),
        (
            Answer::Panics,
            "the kind `Ticket` panicked in `Authenticator::revoke`",
        ),
        (
            Answer::PanicsLater,
            "the kind `Ticket` panicked in `Authenticator::revoke`",
        ),
    ] {
        let first = Passes::ticket(answer);
        let second = Passes::new(Scheme::new("Pass"), "x-pass", Answer::Keeps);
        let list = MemoryRevocation::new();
        let auth = build(
            Auth::builder()
                .authenticator(first.clone())
                .authenticator(second.clone())
                .revocation(list.clone()),
        );
        let error = auth.revoke(alice()).await.unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(first.was_told("alice") && second.was_told("alice"));
        assert_eq!(list.status().entries, 1);
    }
    let kind = Passes::ticket(Answer::Keeps);
    let auth = build(
        Auth::builder()
            .authenticator(kind.clone())
            .revocation(Unavailable),
    );
    let error = auth.revoke(alice()).await.unwrap_err();
    assert_eq!(error.to_string(), "the list is down");
    assert!(kind.was_told("alice"));
}
