//! Failing stores, full queues and malformed rows: no login succeeds, and 401 is sent only where the
//! response must not differ from that for a wrong password.

use std::sync::Arc;

use auth_runtime::BoxError;
use auth_tests::expected::handler;
use auth_tests::logs::Capture;
use tokio::sync::Semaphore;
use tracing::Level;

use super::*;

/// Behaves according to the user name.
struct Moody;

impl UserStore for Moody {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        match name {
            "silent" => std::future::pending().await,
            "panic" => panic!("a store panics"),
            "fine" => Ok(Some(user("secret"))),
            _ => Err("no connection to the database".into()),
        }
    }
}

#[tokio::test]
async fn i4_a_user_store_that_is_down_or_silent_is_503() {
    let moody = basic(Moody)
        .store_timeout(Duration::from_millis(20))
        .failure_limit(failures(1, Duration::from_secs(60 * 60)));
    let server = serve(moody).await;
    let logs = Capture::start();
    for (name, said) in [
        ("down", "no connection to the database"),
        ("silent", "the store of users did not answer in time"),
    ] {
        // An outage does not count as a failed login: the limit is not reached.
        for _ in 0..2 {
            let answer = log_in(&server, name, "secret").await;
            assert_answer(&answer, refused(503).retry_after("5"));
        }
        let events = logs.take_runtime_events();
        let errors = events.iter().filter(|event| event.level == Level::ERROR);
        for error in errors {
            assert_eq!(error.field("error"), Some(said));
        }
        assert!(!events.everything().contains("secret"), "{events:?}");
    }
    assert_answer(&log_in(&server, "panic", "secret").await, refused(500));
    assert_eq!(log_in(&server, "fine", "secret").await.status, 200);
}

/// Responds when the test releases it.
struct Gate {
    open: Arc<Semaphore>,
    asked: Arc<Semaphore>,
}

impl UserStore for Gate {
    async fn find(&self, _: &str) -> Result<Option<User>, BoxError> {
        self.asked.add_permits(1);
        self.open.acquire().await?.forget();
        Ok(Some(user("secret")))
    }
}

#[tokio::test]
async fn a_login_beyond_the_queue_is_503_and_later_logins_succeed() {
    let (open, asked) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let gate = Gate {
        open: Arc::clone(&open),
        asked: Arc::clone(&asked),
    };
    let server = Arc::new(serve(basic(gate).hashing(fast().concurrency(1).waiting(1))).await);
    let spawn = || {
        let server = Arc::clone(&server);
        tokio::spawn(async move { log_in(&server, "alice", "secret").await })
    };
    let first = [spawn(), spawn()];
    asked.acquire_many(2).await.unwrap().forget();
    for _ in 0..3 {
        let answer = log_in(&server, "alice", "secret").await;
        assert_answer(&answer, refused(503).retry_after("1"));
    }
    assert_eq!(
        asked.available_permits(),
        0,
        "the store is not asked either"
    );
    open.add_permits(3);
    for answer in first {
        assert_eq!(answer.await.unwrap().status, 200);
    }
    assert_eq!(log_in(&server, "alice", "secret").await.status, 200);
}

#[tokio::test]
async fn clients_that_disconnect_leave_the_hashing_queue() {
    let (open, asked) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let gate = Gate {
        open: Arc::clone(&open),
        asked: Arc::clone(&asked),
    };
    let gate = basic(gate)
        .store_timeout(Duration::from_secs(60))
        .hashing(fast().concurrency(1).waiting(0));
    let server = serve(gate).await;
    for _ in 0..3 {
        let mut connection = server.connect().await;
        connection
            .write(&request("/any", "alice", "secret").to_bytes())
            .await;
        asked.acquire().await.unwrap().forget();
        drop(connection);
        // Its permit is free as soon as the server has noticed.
        while log_in_at_gate(&server, &open, &asked).await == 503 {}
    }
}

async fn log_in_at_gate(server: &Server, open: &Semaphore, asked: &Semaphore) -> u16 {
    let log_in = log_in(server, "alice", "secret");
    tokio::pin!(log_in);
    tokio::select! {
        answer = &mut log_in => answer.status,
        permit = asked.acquire() => {
            permit.unwrap().forget();
            open.add_permits(1);
            log_in.await.status
        }
    }
}

/// Users with an invalid hash, or with one of too high a cost.
fn corrupt() -> Users {
    let of = |memory: u32| {
        User::new(format!(
            "$argon2id$v=19$m={memory},t=1,p=1$MTIzNDU2Nzg$FrU+NwEIycX6TirU"
        ))
    };
    alice()
        .add("plain", User::new("hunter2"))
        .add("greedy", of(4 * 1024 * 1024))
        .add("heavy", of(256 * 1024 + 1))
}

/// A list without the faults that `build` would report.
struct Unchecked(Users);

impl UserStore for Unchecked {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        self.0.find(name).await
    }
}

#[tokio::test]
async fn an_unverifiable_hash_is_answered_like_a_wrong_password_and_logged() {
    for (name, said) in [
        ("plain", "not a PHC string"),
        ("greedy", "the hash requires more than 2 GiB"),
        ("heavy", "the hash requires more memory"),
    ] {
        let server = serve(basic(Unchecked(corrupt()))).await;
        let unknown = log_in(&server, "anonymous", "hunter2").await;
        let logs = Capture::start();
        for _ in 0..3 {
            let answer = log_in(&server, name, "hunter2").await;
            assert_same_bytes(&answer, &unknown);
        }
        let events = logs.take_runtime_events();
        // One a second; a slow machine may need two of them.
        let errors: Vec<_> = events
            .iter()
            .filter(|event| event.level == Level::ERROR)
            .collect();
        assert!((1..=3).contains(&errors.len()), "{errors:#?}");
        assert_eq!(errors[0].field("user"), Some(name));
        assert!(
            errors[0].field("error").unwrap().starts_with(said),
            "{errors:#?}"
        );
        for secret in ["hunter2", "TirU"] {
            assert!(
                !events.everything().contains(secret),
                "{secret}: {events:?}"
            );
        }
    }
}

#[tokio::test]
async fn password_hashes_of_other_costs_are_logged_once() {
    let hash = |hashing: PasswordHashing| User::new(hashing.hash("secret").unwrap());
    let users = Users::new()
        .add("cheap", hash(fast().memory_kib(32)))
        .add("costly", hash(fast().memory_kib(32).iterations(3)))
        .add(
            "equal",
            hash(fast().memory_kib(32).iterations(2).parallelism(2)),
        );
    // Costs of other memory are measured, which a test can't rely on.
    let settings = fast().memory_kib(32).iterations(2);
    let server = serve(Basic::users(users).hashing(settings).failure_limit(None)).await;
    let logs = Capture::start();
    for (name, said) in [
        ("equal", None),
        ("anonymous", None),
        (
            "cheap",
            Some("stored password hashes cost less than the settings of `PasswordHashing`"),
        ),
        (
            "costly",
            Some("stored password hashes cost more than the settings of `PasswordHashing`"),
        ),
    ] {
        let mut told = Vec::new();
        for password in ["hunter2", "secret", "hunter2"] {
            log_in(&server, name, password).await;
            let events = logs.take_runtime_events();
            told.extend(
                events
                    .into_iter()
                    .filter(|event| event.level <= Level::WARN),
            );
        }
        assert_eq!(told.len(), usize::from(said.is_some()), "{name}: {told:?}");
        if let Some(said) = said {
            assert!(told[0].message().starts_with(said), "{told:?}");
            assert_eq!(told[0].names(), ["message"]);
        }
    }
}

#[tokio::test]
async fn neither_names_nor_passwords_of_failed_logins_are_logged() {
    let server = serve(basic(alice())).await;
    let logs = Capture::start();
    assert_eq!(log_in(&server, "mallory", "hunter2").await.status, 401);
    assert_eq!(log_in(&server, "alice", "hunter2").await.status, 401);
    // Which often is a password in the wrong field.
    let events = logs.take();
    for word in ["mallory", "hunter2", "bWFsbG9y"] {
        assert!(!events.everything().contains(word), "{word}: {events:?}");
    }
}

#[tokio::test]
async fn a_valid_login_is_not_delayed_by_failing_ones() {
    let server = serve(basic(Unchecked(corrupt()))).await;
    for name in ["plain", "greedy", "heavy", "anonymous"] {
        assert_answer(&log_in(&server, name, "secret").await, unauthorized());
    }
    let answer = server.send(&request("/read", "alice", "secret")).await;
    assert_answer(&answer, handler("alice"));
}
