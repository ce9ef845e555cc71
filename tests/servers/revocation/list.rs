//! The tests of every revocation list, over sockets. A list runs them with
//!
//! ```text
//! async fn lists(entry_ttl: Duration) -> (List, Kept) { .. }
//! revocation_list!(lists);
//! ```
//!
//! `Kept` must live as long as the list.

use std::time::{Duration, SystemTime};

use auth_runtime::revocation::{Revocation, Revoked};
use auth_runtime::testing::{Issuer, Token};
use auth_tests::logs::Capture;
use tracing::Level;

use crate::revocation::{AUDIENCE, ISSUER, ListNode, issuer, was_revoked};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

macro_rules! revocation_list {
    ($lists:path) => {
        $crate::revocation::list::revocation_list! { $lists =>
            b18_a_revoked_token_is_refused_even_if_cached;
            a_subject_revocation_includes_the_leeway_of_the_issuer;
            a_subject_revocation_is_exact_to_the_second;
            b18_all_tokens_of_an_issuer_are_revoked_and_those_of_others_are_not;
            an_issuer_revocation_is_exact_to_the_second_and_includes_the_leeway;
            tokens_that_outlive_the_revocation_list_cause_one_warning_per_issuer;
            revocations_are_separate_for_each_kind_of_identifier_and_issuer;
            a_token_older_than_the_revocation_list_is_refused;
            a_token_revoked_twice_stays_revoked;
            a_revocation_list_reports_its_status;
        }
    };
    // One test for each statement.
    ($lists:path => $($statement:ident;)+) => {
        mod list {
            use super::*;

            $(
                #[tokio::test]
                async fn $statement() {
                    $crate::revocation::list::$statement($lists).await;
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

pub(crate) async fn b18_a_revoked_token_is_refused_even_if_cached<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = ListNode::start(&issuer, list).await;
    node.auth.ready().await;
    let now = SystemTime::now();
    for (token, revoked) in [
        (
            issuer.token("alice").claim("jti", "one"),
            Revoked::token(ISSUER, "one", in_an_hour()),
        ),
        (issuer.token("bob"), Revoked::subject(ISSUER, "bob", now)),
        (
            issuer.token("carol").claim("sid", "login"),
            Revoked::session(ISSUER, "login"),
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
            node.expect(token, was_revoked()).await;
        }
        let entries = node.auth.status().token_cache.unwrap().entries;
        assert_eq!(entries, 0, "it is not any more");
    }
}

/// Row B18: tokens that could have been issued before the revocation are revoked.
pub(crate) async fn a_subject_revocation_includes_the_leeway_of_the_issuer<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = ListNode::start(&issuer, list).await;
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
        node.expect(token, was_revoked()).await;
    }
    // A login after the revocation, but within the leeway.
    node.expect(&of("alice", 30), was_revoked()).await;

    let exact = Revoked::subject(ISSUER, "bob", now).exactly();
    node.auth.revoke(exact).await.unwrap();
    node.expect(&of("bob", 0), was_revoked()).await;
    for ahead in [1, 5, 59] {
        assert_eq!(node.status(&of("bob", ahead)).await, 200);
    }
}

pub(crate) async fn a_subject_revocation_is_exact_to_the_second<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = ListNode::start(&issuer, list).await;
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
    // A revocation with an earlier time undoes nothing.
    let earlier = Revoked::subject(ISSUER, "alice", SystemTime::now() - HOUR);
    node.auth.revoke(earlier).await.unwrap();
    assert_eq!(node.status(&then).await, 401);
    assert_eq!(node.status(&after).await, 200);
}

const PARTNER: &str = "https://partner.example";

pub(crate) async fn b18_all_tokens_of_an_issuer_are_revoked_and_those_of_others_are_not<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let (issuer, partner) = (issuer(), Issuer::new(PARTNER, AUDIENCE));
    let node = ListNode::of_issuers(&[&issuer, &partner], list).await;
    node.auth.ready().await;
    let own = issuer.token("alice").sign();
    let (alice, bob) = (partner.token("alice"), partner.token("bob"));
    let remembered = alice.sign();
    for token in [&own, &remembered] {
        assert_eq!(node.status(token).await, 200);
    }
    let all = Revoked::issuer(PARTNER, SystemTime::now());
    assert_eq!(all.issued_by(), PARTNER);
    node.auth.revoke(all).await.unwrap();
    let ageless = bob.clone().without("iat").sign();
    for token in [&remembered, &bob.sign(), &ageless] {
        node.expect(token, was_revoked()).await;
    }
    assert_eq!(node.status(&own).await, 200);
    assert_eq!(node.list_status().entries, 1);
}

pub(crate) async fn an_issuer_revocation_is_exact_to_the_second_and_includes_the_leeway<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = ListNode::start(&issuer, list).await;
    node.auth.ready().await;
    let then = SystemTime::now() - Duration::from_secs(600);
    let seconds = then
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let at = |second: u64| issuer.token("alice").claim("iat", second).sign();
    let revoked = Revoked::issuer(ISSUER, then);
    let (before, after) = (at(seconds), at(seconds + 1));
    node.auth.revoke(revoked.clone().exactly()).await.unwrap();
    node.expect(&before, was_revoked()).await;
    assert_eq!(node.status(&after).await, 200);
    // The clock of the issuer may be ahead by the leeway of 60 seconds.
    node.auth.revoke(revoked).await.unwrap();
    for token in [&after, &at(seconds + 60)] {
        node.expect(token, was_revoked()).await;
    }
    let new = at(seconds + 61);
    assert_eq!(node.status(&new).await, 200);
    // A revocation with an earlier time changes nothing.
    let earlier = Revoked::issuer(ISSUER, SystemTime::now() - HOUR);
    node.auth.revoke(earlier).await.unwrap();
    assert_eq!(node.status(&after).await, 401);
    assert_eq!(node.status(&new).await, 200);
    assert_eq!(node.list_status().entries, 1);
}

pub(crate) async fn tokens_that_outlive_the_revocation_list_cause_one_warning_per_issuer<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let (issuer, partner) = (issuer(), Issuer::new(PARTNER, AUDIENCE));
    let other = Issuer::new("https://other.example", AUDIENCE);
    let node = ListNode::of_issuers(&[&issuer, &partner, &other], list).await;
    node.auth.ready().await;
    let capture = Capture::start();
    let warnings = async |token: Token| {
        capture.take();
        assert_eq!(node.status(&token.sign()).await, 200);
        let mut events = capture.take_runtime_events();
        events.retain(|event| event.level == Level::WARN);
        events
    };
    // A lifetime equal to `entry_ttl` is not too long.
    let day = |of: &Issuer| issued(of.token("alice"), Duration::ZERO).expires_in(24 * HOUR);
    assert!(warnings(day(&issuer)).await.is_empty());
    let week = |of: &Issuer| of.token("alice").expires_in(7 * 24 * HOUR);
    // Refused tokens cause no warning.
    let foreign = week(&Issuer::new(ISSUER, AUDIENCE)).sign();
    assert_eq!(node.status(&foreign).await, 401);
    for (of, name) in [(&issuer, ISSUER), (&partner, PARTNER)] {
        let event = warnings(week(of)).await.only();
        assert_eq!(event.field("issuer"), Some(name));
        assert_eq!(event.field("keeps_for_seconds"), Some("86400"));
        let lifetime: u64 = event.field("lifetime_seconds").unwrap().parse().unwrap();
        assert!((604_800..604_810).contains(&lifetime), "{lifetime}");
        assert!(
            event.message().contains("refused as revoked"),
            "{}",
            event.message()
        );
        assert!(warnings(week(of).claim("n", 2)).await.is_empty());
    }
    // Without `iat` the list cannot tell how old the token is.
    let ageless = week(&other).without("iat");
    let event = warnings(ageless).await.only();
    assert_eq!(event.field("issuer"), Some("https://other.example"));
    assert!(
        event.message().contains("may be accepted again"),
        "{}",
        event.message()
    );
}

pub(crate) async fn revocations_are_separate_for_each_kind_of_identifier_and_issuer<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = ListNode::start(&issuer, list).await;
    node.auth.ready().await;
    let token = issuer.token("s").claim("jti", "j").claim("sid", "i").sign();
    let other = "https://issuer.example/";
    let now = SystemTime::now();
    for harmless in [
        Revoked::token(other, "j", in_an_hour()),
        Revoked::subject(other, "s", now),
        Revoked::session(other, "i"),
        Revoked::issuer(other, now),
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
    assert_eq!(node.list_status().entries, 12);
    let other = Issuer::new("https://stranger.example", AUDIENCE).token("s");
    assert_eq!(node.status(&other.sign()).await, 401);
}

pub(crate) async fn a_token_older_than_the_revocation_list_is_refused<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(HOUR).await;
    assert_eq!(list.retention(), HOUR);
    let issuer = issuer();
    let node = ListNode::start(&issuer, list).await;
    node.auth.ready().await;
    let token =
        |minutes: u64| issued(issuer.token("alice"), Duration::from_secs(60 * minutes)).sign();
    assert_eq!(node.status(&token(59)).await, 200);
    node.expect(&token(61), was_revoked()).await;
    // The age of this token is unknown.
    let ageless = issuer.token("alice").without("iat").sign();
    assert_eq!(node.status(&ageless).await, 200);
}

pub(crate) async fn a_token_revoked_twice_stays_revoked<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = ListNode::start(&issuer, list).await;
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

pub(crate) async fn a_revocation_list_reports_its_status<L, K>(
    lists: impl AsyncFnOnce(Duration) -> (L, K),
) where
    L: Revocation + Clone,
{
    let (list, _kept) = lists(24 * HOUR).await;
    let issuer = issuer();
    let node = ListNode::start(&issuer, list).await;
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
