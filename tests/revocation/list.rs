//! What every list promises, asked over sockets. A list runs all of it with
//!
//! ```text
//! async fn lists(keep_for: Duration) -> (List, Kept) { .. }
//! revocation_list!(lists);
//! ```
//!
//! `Kept` is what has to live as long as the list.

use std::time::{Duration, SystemTime};

use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Revocation, Revoked};

use crate::node::{AUDIENCE, ISSUER, Node, issuer, was_revoked};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

macro_rules! revocation_list {
    ($lists:path) => {
        $crate::list::revocation_list! { $lists =>
            b18_a_revoked_token_is_refused_also_one_that_is_remembered;
            a_subject_is_revoked_with_the_leeway_of_its_issuer;
            a_subject_is_revoked_up_to_the_second;
            each_kind_of_identifier_and_each_issuer_is_its_own;
            a_token_older_than_the_list_remembers_is_refused;
            what_is_revoked_twice_stays_revoked;
            a_list_says_how_it_is;
        }
    };
    // One test for each statement.
    ($lists:path => $($statement:ident;)+) => {
        mod list {
            use super::*;

            $(
                #[tokio::test]
                async fn $statement() {
                    $crate::list::$statement($lists).await;
                }
            )+
        }
    };
}
pub(crate) use revocation_list;

fn in_an_hour() -> SystemTime {
    SystemTime::now() + HOUR
}

fn issued(token: Token, ago: Duration) -> Token {
    let at = SystemTime::now() - ago;
    let seconds = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    token.claim("iat", seconds)
}

pub(crate) async fn b18_a_revoked_token_is_refused_also_one_that_is_remembered<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = Node::start(&issuer, list).await;
    node.auth.ready().await;
    let now = SystemTime::now();
    for (token, revoked) in [
        (
            issuer.token("alice").claim("jti", "one"),
            Revoked::token(ISSUER, "one", in_an_hour()),
        ),
        (issuer.token("bob"), Revoked::subject(ISSUER, "bob", now)),
        (
            issuer.token("carol").claim("sid", "log-in"),
            Revoked::session(ISSUER, "log-in"),
        ),
    ] {
        let remembered = token.sign();
        let never_seen = token.claim("name", "another").sign();
        for _ in 0..2 {
            assert_eq!(node.status(&remembered).await, 200, "{revoked:?}");
        }
        let entries = node.auth.status().token_cache.unwrap().entries;
        assert_eq!(entries, 1, "it is remembered");
        node.auth.revoke(revoked).await.unwrap();
        for token in [&remembered, &never_seen, &remembered] {
            node.answers(token, was_revoked()).await;
        }
        let entries = node.auth.status().token_cache.unwrap().entries;
        assert_eq!(entries, 0, "it is not any more");
    }
}

/// Row B18: tokens that could have been issued before the revocation are revoked.
pub(crate) async fn a_subject_is_revoked_with_the_leeway_of_its_issuer<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = Node::start(&issuer, list).await;
    node.auth.ready().await;
    let now = SystemTime::now();
    let seconds = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    // Issued by a clock that is ahead of this one, by no more than the leeway of 60 seconds.
    let of = |subject: &str, ahead: u64| {
        let token = issuer.token(subject).claim("iat", seconds + ahead);
        token.sign()
    };
    let tokens = [0, 5, 59].map(|ahead| of("alice", ahead));
    for token in &tokens {
        assert_eq!(node.status(token).await, 200);
    }
    node.auth
        .revoke(Revoked::subject(ISSUER, "alice", now))
        .await
        .unwrap();
    for token in &tokens {
        node.answers(token, was_revoked()).await;
    }
    // A log-in after the revocation, but within the leeway.
    node.answers(&of("alice", 30), was_revoked()).await;

    let exact = Revoked::subject(ISSUER, "bob", now).exactly();
    node.auth.revoke(exact).await.unwrap();
    node.answers(&of("bob", 0), was_revoked()).await;
    for ahead in [1, 5, 59] {
        assert_eq!(node.status(&of("bob", ahead)).await, 200);
    }
}

pub(crate) async fn a_subject_is_revoked_up_to_the_second<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = Node::start(&issuer, list).await;
    node.auth.ready().await;
    let seconds = Duration::from_secs;
    let minute = seconds(60);
    let token = |ago| issued(issuer.token("alice"), ago).sign();
    let (before, then, after) = (token(seconds(61)), token(minute), token(seconds(58)));
    let ageless = issuer.token("alice").without("iat").sign();
    let revoked = Revoked::subject(ISSUER, "alice", SystemTime::now() - minute);
    node.auth.revoke(revoked.exactly()).await.unwrap();
    for refused in [&before, &then, &ageless] {
        assert_eq!(node.status(refused).await, 401);
    }
    assert_eq!(node.status(&after).await, 200);
    // An earlier time takes nothing back.
    let earlier = Revoked::subject(ISSUER, "alice", SystemTime::now() - HOUR);
    node.auth.revoke(earlier).await.unwrap();
    assert_eq!(node.status(&then).await, 401);
    assert_eq!(node.status(&after).await, 200);
}

pub(crate) async fn each_kind_of_identifier_and_each_issuer_is_its_own<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = Node::start(&issuer, list).await;
    node.auth.ready().await;
    let token = issuer.token("s").claim("jti", "j").claim("sid", "i").sign();
    let other = "https://issuer.example/";
    let now = SystemTime::now();
    for harmless in [
        Revoked::token(other, "j", in_an_hour()),
        Revoked::subject(other, "s", now),
        Revoked::session(other, "i"),
        Revoked::token(ISSUER, "s", in_an_hour()),
        Revoked::token(ISSUER, "i", in_an_hour()),
        Revoked::subject(ISSUER, "j", now),
        Revoked::subject(ISSUER, "i", now),
        Revoked::session(ISSUER, "j"),
        Revoked::session(ISSUER, "s"),
        Revoked::session(ISSUER, ""),
        Revoked::token(ISSUER, "J", in_an_hour()),
    ] {
        node.auth.revoke(harmless.clone()).await.unwrap();
        assert_eq!(node.status(&token).await, 200, "{harmless:?}");
    }
    assert_eq!(node.list_status().entries, 11);
    let stranger = Issuer::new("https://stranger.example", AUDIENCE).token("s");
    assert_eq!(node.status(&stranger.sign()).await, 401);
}

pub(crate) async fn a_token_older_than_the_list_remembers_is_refused<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(HOUR).await;
    assert_eq!(list.keeps_for(), HOUR);
    let issuer = issuer();
    let node = Node::start(&issuer, list).await;
    node.auth.ready().await;
    let token =
        |minutes: u64| issued(issuer.token("alice"), Duration::from_secs(60 * minutes)).sign();
    assert_eq!(node.status(&token(59)).await, 200);
    node.answers(&token(61), was_revoked()).await;
    // The age of this one is not known.
    let ageless = issuer.token("alice").without("iat").sign();
    assert_eq!(node.status(&ageless).await, 200);
}

pub(crate) async fn what_is_revoked_twice_stays_revoked<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = Node::start(&issuer, list).await;
    node.auth.ready().await;
    let token = issuer.token("alice").claim("jti", "one").sign();
    let past = SystemTime::now() - HOUR;
    for expires in [in_an_hour(), past, in_an_hour()] {
        let revoked = Revoked::token(ISSUER, "one", expires);
        node.auth.revoke(revoked).await.unwrap();
        assert_eq!(node.status(&token).await, 401);
    }
    assert_eq!(node.list_status().entries, 1);
}

pub(crate) async fn a_list_says_how_it_is<L, K>(lists: impl AsyncFnOnce(Duration) -> (L, K))
where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = Node::start(&issuer, list).await;
    node.auth.ready().await;
    assert!(node.auth.is_ready());
    let session = "not for health pages";
    let revoked = Revoked::session(ISSUER, session);
    node.list.clone().revoke(revoked).await.unwrap();
    let status = node.list_status();
    assert_eq!((status.entries, &status.degraded), (1, &None));
    assert!(status.behind_seconds.unwrap() < 3.0, "{status:?}");
    let shown = serde_json::to_string(&node.auth.status()).unwrap();
    assert!(!shown.contains(session), "{shown}");
}
