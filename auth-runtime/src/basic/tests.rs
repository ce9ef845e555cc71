//! Logins: identities, failure counts, renewed hashes and outages.

use std::future::Future;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use tokio::sync::mpsc;

use super::*;
use crate::identity::Identity;
use crate::users::{User, Users};

const HOUR: Duration = Duration::from_secs(60 * 60);
/// A hash of `secret` with lower costs than [`fast`].
const OUTDATED: &str =
    "$pbkdf2-sha256$i=1$MDEyMzQ1Njc4OWFiY2RlZg$YbpH4MTVriL1J0gKQnQQxyQwQcvFOwk4v2eQkU0Lbag";

fn fast() -> PasswordHashing {
    PasswordHashing::default().memory_kib(8).iterations(1)
}

fn alice() -> User {
    User::new(fast().hash("secret").unwrap())
}

fn basic(store: impl UserStore) -> Basic {
    Basic::users(store).hashing(fast())
}

fn failures(most: u32) -> FailureLimit {
    FailureLimit::default().per_account(NonZeroU32::new(most).unwrap(), HOUR)
}

fn request(user: &str, password: &str) -> Parts {
    let credentials = STANDARD.encode(format!("{user}:{password}"));
    let request = Request::get("/").header("authorization", format!("Basic {credentials}"));
    request.body(()).unwrap().into_parts().0
}

fn authenticate<'a>(basic: &'a Basic, parts: &'a Parts) -> AuthenticationOutcome<'a> {
    authenticate_from(None, basic, parts)
}

fn authenticate_from<'a>(
    peer: Option<IpAddr>,
    basic: &'a Basic,
    parts: &'a Parts,
) -> AuthenticationOutcome<'a> {
    basic.authenticate(CredentialRequest::to(basic, parts, peer, &SystemTime::now))
}

async fn log_in(
    basic: &Basic,
    user: &str,
    password: &str,
) -> Result<Identity, AuthenticationError> {
    match authenticate(basic, &request(user, password)) {
        AuthenticationOutcome::Absent => panic!("the credentials are not found"),
        AuthenticationOutcome::Decided(result) => result,
        AuthenticationOutcome::Pending(future) => future.await,
    }
}

async fn assert_refused(basic: &Basic, user: &str, password: &str) {
    let result = log_in(basic, user, password).await;
    assert!(
        matches!(result, Err(AuthenticationError::Credentials)),
        "{result:?}"
    );
}

async fn assert_limited(basic: &Basic, user: &str, password: &str) {
    let result = log_in(basic, user, password).await;
    assert!(
        matches!(result, Err(AuthenticationError::TooManyAttempts { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_logged_in_identity_has_the_data_of_the_user_store() {
    let expiry = UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    let alice = alice().scopes(["a", "b"]).roles(["r"]).expires_at(expiry);
    let basic = basic(Users::new().add("alice", alice));
    let identity = log_in(&basic, "alice", "secret").await.unwrap();
    assert_eq!(identity.issuer(), "basic");
    assert_eq!(identity.subject(), "alice");
    assert_eq!(identity.scheme(), Scheme::BASIC);
    assert_eq!(identity.scopes().to_string(), "a b");
    assert_eq!(identity.roles().collect::<Vec<_>>(), ["r"]);
    assert_eq!(identity.expires_at(), Some(expiry));
    let basic = basic.issuer("https://issuer.example");
    let identity = log_in(&basic, "alice", "secret").await.unwrap();
    assert_eq!(identity.issuer(), "https://issuer.example");
}

#[tokio::test]
async fn f2_f4_all_wrong_passwords_and_unknown_users_are_refused_and_counted_alike() {
    let expired = alice().expires_at(SystemTime::now());
    let users = Users::new()
        .add("alice", alice())
        .add("locked", alice().locked(true))
        .add("expired", expired)
        .add("corrupt", User::new("secret"));
    let basic = basic(users).failure_limit(failures(2));
    let wrong = [
        ("nobody", ["secret", ""]),
        ("alice", ["Secret", ""]),
        ("locked", ["secret", "wrong"]),
        ("expired", ["secret", "wrong"]),
        ("corrupt", ["secret", "wrong"]),
    ];
    for (user, passwords) in wrong {
        for password in passwords {
            assert_refused(&basic, user, password).await;
        }
    }
    for (user, _) in wrong {
        assert_limited(&basic, user, "secret").await;
    }
}

#[tokio::test]
async fn successful_logins_are_never_limited() {
    let basic = basic(Users::new().add("alice", alice())).failure_limit(failures(1));
    for _ in 0..10 {
        log_in(&basic, "alice", "secret").await.unwrap();
    }
    assert_refused(&basic, "alice", "wrong").await;
    assert_limited(&basic, "alice", "secret").await;
}

#[tokio::test]
async fn without_a_failure_limit_wrong_passwords_cause_no_wait() {
    let basic = basic(Users::new().add("alice", alice())).failure_limit(None);
    for _ in 0..100 {
        assert_refused(&basic, "alice", "wrong").await;
    }
    log_in(&basic, "alice", "secret").await.unwrap();
}

/// Finds users without regard to case.
struct AnyCase(Users);

impl UserStore for AnyCase {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        let name = name.to_lowercase();
        let found = UserStore::find(&self.0, &name).await?;
        Ok(found.map(|user| user.name(name)))
    }
}

#[tokio::test]
async fn all_spellings_of_a_user_name_share_one_subject_and_one_failure_count() {
    let basic = basic(AnyCase(Users::new().add("zoë", alice()))).failure_limit(failures(3));
    for spelling in ["zoë", "ZOË", "zOë"] {
        let identity = log_in(&basic, spelling, "secret").await.unwrap();
        assert_eq!(identity.subject(), "zoë");
    }
    for spelling in ["zoë", "ZOË", "zOë"] {
        assert_refused(&basic, spelling, "wrong").await;
    }
    for spelling in ["zoë", "ZOË", "zOË"] {
        assert_limited(&basic, spelling, "secret").await;
    }
}

#[tokio::test]
async fn an_outdated_hash_is_replaced_under_the_stored_user_name() {
    let (basic, mut renewed) = renewing(User::new(OUTDATED).name("alice"));
    log_in(&basic, "ALICE", "secret").await.unwrap();
    let [name, ..] = renewed.recv().await.unwrap();
    assert_eq!(name, "alice");
}

/// Counts the look-ups.
#[derive(Default)]
struct Counting(Arc<AtomicUsize>);

impl UserStore for Counting {
    async fn find(&self, _: &str) -> Result<Option<User>, BoxError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(None)
    }
}

#[tokio::test]
async fn f5_a_limited_login_costs_neither_a_look_up_nor_a_hash() {
    let asked = Arc::default();
    let basic = basic(Counting(Arc::clone(&asked))).failure_limit(failures(1));
    assert_refused(&basic, "alice", "wrong").await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let parts = request("alice", "wrong");
    let mut context = Context::from_waker(Waker::noop());
    let AuthenticationOutcome::Pending(mut future) = authenticate(&basic, &parts) else {
        panic!("expected a pending outcome");
    };
    assert!(future.as_mut().poll(&mut context).is_ready());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn f5_an_address_with_too_many_failed_logins_waits_for_every_account() {
    let limit = FailureLimit::default().per_address(NonZeroU32::new(2).unwrap(), HOUR);
    let basic = basic(Users::new().add("alice", alice())).failure_limit(limit);
    let from = async |last, user, password| {
        let peer = IpAddr::from([203, 0, 113, last]);
        let parts = request(user, password);
        let AuthenticationOutcome::Pending(future) = authenticate_from(Some(peer), &basic, &parts)
        else {
            panic!("expected a pending outcome");
        };
        future.await
    };
    from(1, "bob", "wrong").await.unwrap_err();
    from(1, "carol", "wrong").await.unwrap_err();
    let limited = from(1, "alice", "secret").await;
    assert!(
        matches!(limited, Err(AuthenticationError::TooManyAttempts { .. })),
        "{limited:?}"
    );
    from(2, "alice", "secret").await.unwrap();
}

#[tokio::test]
async fn f5_a_burst_of_logins_gets_no_more_hashes_than_the_limit_and_those_in_flight() {
    const AT_ONCE: usize = 2;
    let hashing = fast().concurrency(AT_ONCE).waiting(1000);
    let basic = basic(Users::new().add("alice", alice()))
        .hashing(hashing)
        .failure_limit(failures(3));
    let burst = (0..200).map(|number| {
        let basic = &basic;
        async move { log_in(basic, "alice", &number.to_string()).await }
    });
    let results = futures_util::future::join_all(burst).await;
    let judged = results
        .iter()
        .filter(|result| matches!(result, Err(AuthenticationError::Credentials)))
        .count();
    assert!((3..3 + AT_ONCE).contains(&judged), "{judged}");
    let limited = results
        .iter()
        .filter(|result| matches!(result, Err(AuthenticationError::TooManyAttempts { .. })))
        .count();
    assert_eq!(judged + limited, 200);
}

#[tokio::test]
async fn an_abandoned_login_counts_as_a_failure() {
    let limit = failures(1);
    let basic = basic(Users::new().add("alice", alice()))
        .hashing(fast().concurrency(1))
        .failure_limit(limit.clone());
    {
        let parts = request("alice", "wrong");
        let AuthenticationOutcome::Pending(mut future) = authenticate(&basic, &parts) else {
            panic!("expected a pending outcome");
        };
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    // The permit is released after the hash was computed.
    let ticket = basic.verifier().unwrap().queue().unwrap();
    drop(ticket.permit().await.unwrap());
    limit.check(None, b"alice").unwrap_err();
}

#[tokio::test]
async fn a_login_abandoned_during_the_look_up_counts_for_its_address() {
    let limit = failures(5).per_address(NonZeroU32::MIN, Duration::from_secs(60));
    let basic = basic(Broken { silent: true }).failure_limit(limit.clone());
    let address = Some(IpAddr::from([203, 0, 113, 7]));
    {
        let parts = request("alice", "secret");
        let AuthenticationOutcome::Pending(mut future) = authenticate_from(address, &basic, &parts)
        else {
            panic!("expected a pending outcome");
        };
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    limit.check(address, b"bob").unwrap_err();
    limit.check(None, b"alice").unwrap();
}

#[tokio::test]
async fn a_login_beyond_the_length_of_the_queue_is_an_overload() {
    let basic = basic(Users::new().add("alice", alice())).hashing(fast().concurrency(1).waiting(1));
    let verifier = basic.verifier().unwrap();
    let running = verifier.queue().unwrap().permit().await.unwrap();
    let parts = request("alice", "secret");
    let AuthenticationOutcome::Pending(waiting) = authenticate(&basic, &parts) else {
        panic!("expected a pending outcome");
    };
    let mut waiting = pin!(waiting);
    let mut context = Context::from_waker(Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    match log_in(&basic, "alice", "secret").await {
        Err(AuthenticationError::Unavailable { retry_after, .. }) => {
            assert_eq!(retry_after, Duration::from_secs(1));
        }
        result => panic!("{result:?}"),
    }
    drop(running);
    waiting.await.unwrap();
    log_in(&basic, "alice", "secret").await.unwrap();
}

/// A store that fails, or never answers.
struct Broken {
    silent: bool,
}

impl UserStore for Broken {
    async fn find(&self, _: &str) -> Result<Option<User>, BoxError> {
        if self.silent {
            std::future::pending::<()>().await;
        }
        Err("no connection".into())
    }
}

#[tokio::test]
async fn an_unavailable_user_store_is_an_outage_and_not_a_failed_login() {
    for (silent, said) in [(false, "no connection"), (true, "did not answer in time")] {
        let basic = basic(Broken { silent })
            .store_timeout(Duration::from_millis(1))
            .failure_limit(failures(1));
        for _ in 0..3 {
            match log_in(&basic, "alice", "secret").await {
                Err(AuthenticationError::Unavailable { source, .. }) => {
                    assert!(source.to_string().contains(said), "{source}");
                }
                result => panic!("{result:?}"),
            }
        }
    }
}

/// Reports the hashes that it is asked to replace.
struct Renewing {
    user: Mutex<User>,
    renewed: mpsc::UnboundedSender<[String; 3]>,
    takes_new_hashes: bool,
}

impl UserStore for Renewing {
    async fn find(&self, _: &str) -> Result<Option<User>, BoxError> {
        Ok(Some(self.user.lock().unwrap().clone()))
    }

    fn takes_new_hashes(&self) -> bool {
        self.takes_new_hashes
    }

    async fn rehash(&self, name: &str, old: &str, new: &str) -> Result<(), BoxError> {
        self.user.lock().unwrap().password_hash = new.to_owned();
        self.renewed.send([name, old, new].map(str::to_owned))?;
        Ok(())
    }
}

fn renewing(user: User) -> (Basic, mpsc::UnboundedReceiver<[String; 3]>) {
    renewing_if(true, user)
}

fn renewing_if(
    takes_new_hashes: bool,
    user: User,
) -> (Basic, mpsc::UnboundedReceiver<[String; 3]>) {
    let (renewed, receiver) = mpsc::unbounded_channel();
    let store = Renewing {
        user: Mutex::new(user),
        renewed,
        takes_new_hashes,
    };
    (basic(store), receiver)
}

#[tokio::test]
async fn a_successful_login_replaces_an_outdated_hash() {
    let (basic, mut renewed) = renewing(User::new(OUTDATED));
    assert_refused(&basic, "alice", "wrong").await;
    log_in(&basic, "alice", "secret").await.unwrap();
    let [name, old, new] = renewed.recv().await.unwrap();
    assert_eq!((name.as_str(), old.as_str()), ("alice", OUTDATED));
    assert!(!fast().is_outdated(&new));
    log_in(&basic, "alice", "secret").await.unwrap();
    assert_refused(&basic, "alice", "wrong").await;
    drop(basic);
    // The store was dropped, and no other hash was replaced before.
    assert_eq!(renewed.recv().await, None);
}

#[tokio::test]
async fn neither_a_wrong_password_nor_a_current_hash_causes_a_new_hash() {
    let (basic, mut renewed) = renewing(User::new(OUTDATED));
    assert_refused(&basic, "alice", "wrong").await;
    drop(basic);
    assert_eq!(renewed.recv().await, None);
    let (basic, mut renewed) = renewing(alice());
    log_in(&basic, "alice", "secret").await.unwrap();
    drop(basic);
    assert_eq!(renewed.recv().await, None);
}

#[tokio::test]
async fn no_new_hash_is_made_for_a_store_that_cannot_save_one() {
    let (basic, mut renewed) = renewing_if(false, User::new(OUTDATED));
    log_in(&basic, "alice", "secret").await.unwrap();
    drop(basic);
    assert_eq!(renewed.recv().await, None);
}

#[test]
fn all_basic_misconfigurations_are_reported_together() {
    assert_eq!(basic(Users::new()).faults().len(), 0);
    let users = Users::new().add("a:b", User::new("secret"));
    let basic = Basic::users(users)
        .hashing(PasswordHashing::default().iterations(0).concurrency(0))
        .store_timeout(Duration::ZERO);
    let faults = basic.faults();
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    let expected = [
        "the user \"a:b\": the name has a colon",
        "the user \"a:b\": the password hash: not a PHC string",
        "Argon2id needs at least one iteration",
        "the concurrency of password hashing is 0",
        "`.store_timeout(..)` is zero",
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with(expected), "{fault}");
    }
}

#[tokio::test]
async fn basic_with_invalid_unchecked_settings_accepts_no_log_in() {
    let basic = basic(Users::new().add("alice", alice())).hashing(fast().iterations(0));
    let result = log_in(&basic, "alice", "secret").await;
    assert!(
        matches!(result, Err(AuthenticationError::Failed { .. })),
        "{result:?}"
    );
}

#[test]
fn f6_only_script_requests_get_the_alternative_challenge_scheme() {
    let plain = request("alice", "secret");
    let mut script = request("alice", "secret");
    script
        .headers
        .insert("x-requested-with", "XMLHttpRequest".parse().unwrap());
    let scheme = |basic: &Basic, parts: &Parts| basic.challenge(parts).scheme.to_string();
    let standard = basic(Users::new());
    assert_eq!(scheme(&standard, &plain), "Basic");
    assert_eq!(scheme(&standard, &script), "Basic");
    let renamed = standard.renamed_for_scripts(Scheme::new("xBasic"));
    assert_eq!(scheme(&renamed, &plain), "Basic");
    assert_eq!(scheme(&renamed, &script), "xBasic");
}

#[tokio::test]
async fn a_new_password_that_no_log_in_would_accept_is_not_hashed() {
    let basic = Basic::users(Users::new()).hashing(PasswordHashing::default().memory_kib(8));
    let long = "x".repeat(4 * 1024 + 1);
    for refused in ["a\0b", "a\nb", "\u{7f}", &long] {
        let hash = basic.hash_password(refused).await;
        assert!(matches!(hash, Err(AuthenticationError::Credentials)));
    }
    assert!(basic.hash_password(&long[1..]).await.is_ok());
}

#[tokio::test]
async fn new_passwords_wait_in_the_queue_of_log_ins() {
    let hashing = PasswordHashing::default().memory_kib(8);
    let basic = Basic::users(Users::new()).hashing(hashing.concurrency(1).waiting(0));
    let busy = basic.verifier().unwrap().queue().unwrap();
    // A clone has the same queue.
    let refused = basic.clone().hash_password("open sesame").await;
    assert!(matches!(
        refused,
        Err(AuthenticationError::Unavailable { .. })
    ));
    drop(busy);
    assert!(basic.hash_password("open sesame").await.is_ok());
}
