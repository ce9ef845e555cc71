//! Which tokens a revocation covers, and for how long.

use std::time::UNIX_EPOCH;

use super::*;

const ISSUER: &str = "https://issuer.example";
const DAY: Duration = Duration::from_secs(24 * 3600);

fn token(subject: &str) -> RevocationQuery<'_> {
    RevocationQuery {
        issuer: ISSUER,
        subject,
        token_id: None,
        session_id: None,
        issued_at: Some(SystemTime::now()),
        leeway: Duration::ZERO,
    }
}

fn token_revocation(number: usize, lifetime: Duration) -> Revoked {
    Revoked::token(ISSUER, number.to_string(), SystemTime::now() + lifetime)
}

#[test]
fn each_kind_of_revocation_matches_its_own_identifier() {
    let mine = RevocationQuery {
        token_id: Some("jti"),
        session_id: Some("sid"),
        ..token("alice")
    };
    let expires = SystemTime::now() + DAY;
    for (revoked, others) in [
        (
            Revoked::token(ISSUER, "jti", expires),
            RevocationQuery {
                token_id: Some("other"),
                ..mine
            },
        ),
        (
            Revoked::subject(ISSUER, "alice", SystemTime::now()),
            RevocationQuery {
                subject: "bob",
                ..mine
            },
        ),
        (
            Revoked::session(ISSUER, "sid"),
            RevocationQuery {
                session_id: None,
                ..mine
            },
        ),
    ] {
        let rules = Rules::new();
        assert!(!rules.check(&mine));
        rules.add(revoked.clone(), DAY);
        assert!(rules.check(&mine), "{revoked:?}");
        assert!(!rules.check(&others), "{revoked:?}");
        let elsewhere = RevocationQuery {
            issuer: "https://other.example",
            ..mine
        };
        assert!(!rules.check(&elsewhere), "{revoked:?}");
    }
    // The same string as another kind of identifier.
    let rules = Rules::new();
    rules.add(Revoked::session(ISSUER, "jti"), DAY);
    rules.add(Revoked::token(ISSUER, "alice", expires), DAY);
    assert!(!rules.check(&mine));
}

#[test]
fn a_subject_revocation_covers_its_second_and_the_latest_one_counts() {
    let rules = Rules::new();
    let second = |second| UNIX_EPOCH + Duration::from_secs(second);
    let at = |issued_at| {
        let token = RevocationQuery {
            issued_at,
            ..token("alice")
        };
        rules.check(&token)
    };
    let half = Duration::from_millis(500);
    rules.add(Revoked::subject(ISSUER, "alice", second(500) + half), DAY);
    rules.add(Revoked::subject(ISSUER, "alice", second(400)), DAY);
    assert!(at(Some(second(499))));
    assert!(at(Some(second(500))));
    assert!(at(Some(second(500) + half + half / 2)));
    assert!(!at(Some(second(501))));
    assert!(at(None));
    rules.add(Revoked::subject(ISSUER, "alice", second(600)), DAY);
    assert!(at(Some(second(501))));
    assert_eq!(rules.len(), 1);
}

#[test]
fn an_issuer_revocation_covers_all_its_subjects() {
    let second = |second| UNIX_EPOCH + Duration::from_secs(second);
    for exact in [false, true] {
        let (issuer, subject) = (Rules::new(), Rules::new());
        let revoked = [
            Revoked::issuer(ISSUER, second(500)),
            Revoked::subject(ISSUER, "alice", second(500)),
        ];
        let [all, alice] = revoked.map(|revoked| if exact { revoked.exactly() } else { revoked });
        issuer.add(all, DAY);
        subject.add(alice, DAY);
        let times = (430..570).map(|time| Some(second(time))).chain([None]);
        for (issued_at, leeway) in times.flat_map(|time| [(time, 0), (time, 60)]) {
            let token = |subject| RevocationQuery {
                issued_at,
                leeway: Duration::from_secs(leeway),
                ..token(subject)
            };
            let check = |rules: &Rules, token| rules.check(&token);
            let expected = check(&subject, token("alice"));
            assert_eq!(check(&issuer, token("alice")), expected);
            assert_eq!(check(&issuer, token("bob")), expected);
            let elsewhere = RevocationQuery {
                issuer: "https://other.example",
                ..token("alice")
            };
            assert!(!check(&issuer, elsewhere));
        }
    }
}

/// Compares with the definition, for every pair of an exact rule and one that is not.
#[test]
fn the_leeway_of_a_token_counts_unless_the_revocation_is_exact() {
    let second = |second| UNIX_EPOCH + Duration::from_secs(second);
    let times = [None, Some(400), Some(500), Some(530)];
    for (lenient, exact) in times
        .iter()
        .flat_map(|one| times.map(|other| (*one, other)))
    {
        let rules = Rules::new();
        if let Some(before) = lenient {
            rules.add(Revoked::subject(ISSUER, "alice", second(before)), DAY);
        }
        if let Some(before) = exact {
            let revoked = Revoked::subject(ISSUER, "alice", second(before));
            rules.add(revoked.exactly(), DAY);
        }
        for leeway in [0, 60] {
            for issued_at in 390..=600 {
                let token = RevocationQuery {
                    issued_at: Some(second(issued_at)),
                    leeway: Duration::from_secs(leeway),
                    ..token("alice")
                };
                let expected = lenient.is_some_and(|before| issued_at <= before + leeway)
                    || exact.is_some_and(|before| issued_at <= before);
                let found = rules.check(&token);
                assert_eq!(found, expected, "{lenient:?} {exact:?} {token:?}");
            }
            let ageless = RevocationQuery {
                issued_at: None,
                leeway: Duration::from_secs(leeway),
                ..token("alice")
            };
            let expected = lenient.or(exact).is_some();
            assert_eq!(rules.check(&ageless), expected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_expired_revocations_are_forgotten() {
    let rules = Rules::new();
    rules.add(Revoked::session(ISSUER, "kept"), DAY);
    for wave in 0..20 {
        for number in 0..1000 {
            let number = wave * 1000 + number;
            rules.add(token_revocation(number, Duration::from_secs(60)), DAY);
        }
        tokio::time::advance(SLACK + Duration::from_secs(61)).await;
    }
    assert!(rules.len() < 4000, "{}", rules.len());
    let kept = RevocationQuery {
        session_id: Some("kept"),
        ..token("alice")
    };
    assert!(rules.check(&kept));
}

#[tokio::test(start_paused = true)]
async fn a_revocation_is_remembered_as_long_as_a_token_may_live() {
    let rules = Rules::new();
    let begun = Instant::now();
    rules.add(token_revocation(0, DAY * 7), DAY);
    rules.add(Revoked::session(ISSUER, "sid"), DAY);
    let tomorrow = SystemTime::now() + DAY;
    rules.add(Revoked::subject(ISSUER, "alice", tomorrow), DAY);
    rules.add(Revoked::issuer(ISSUER, tomorrow), DAY);
    // An earlier time, or an earlier end, does not weaken the rule.
    rules.add(Revoked::subject(ISSUER, "alice", UNIX_EPOCH), DAY);
    rules.add(token_revocation(0, DAY), DAY);
    let issuers = rules.issuers.read();
    let remembered = |table: &RevocationTable, id: &str| {
        let remembered = table.rules[id].forget_at - begun;
        // The system's clock, which is not paused, moves on a little.
        (remembered + Duration::from_secs(1)).as_secs() / DAY.as_secs()
    };
    let rules = &issuers[ISSUER];
    assert_eq!(remembered(&rules.all, ALL_TOKENS), 2);
    assert_eq!(remembered(&rules.tokens, "0"), 7);
    assert_eq!(remembered(&rules.sessions, "sid"), 1);
    assert_eq!(remembered(&rules.subjects, "alice"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_by_an_hour_does_not_undo_a_revocation() {
    let rules = Rules::new();
    let token = RevocationQuery {
        token_id: Some("0"),
        ..token("alice")
    };
    rules.add(token_revocation(0, Duration::from_secs(60)), DAY);
    tokio::time::advance(SLACK).await;
    // Enough to remove expired rules.
    for number in 1..2 * MIN_SWEEP_SIZE {
        rules.add(token_revocation(number, Duration::from_secs(60)), DAY);
    }
    assert!(rules.check(&token));
}

#[test]
fn revocation_times_beyond_the_representable_range_cause_no_panic() {
    let rules = Rules::new();
    let last = UNIX_EPOCH + Duration::from_secs(i64::MAX.unsigned_abs());
    rules.add(Revoked::token(ISSUER, "jti", last), Duration::MAX);
    rules.add(Revoked::subject(ISSUER, "alice", last), Duration::MAX);
    rules.add(Revoked::session(ISSUER, "sid"), Duration::MAX);
    assert!(rules.check(&token("alice")));
}

#[cfg(feature = "redis")]
#[test]
fn revocations_that_another_list_lacks_or_has_with_an_earlier_time_are_found() {
    let (here, there) = (Rules::new(), Rules::new());
    let expires = SystemTime::now() + DAY;
    let all = [
        Revoked::token(ISSUER, "jti", expires),
        Revoked::subject(ISSUER, "alice", UNIX_EPOCH + DAY),
        Revoked::session("https://other.example", "sid"),
        Revoked::issuer(ISSUER, UNIX_EPOCH + DAY),
    ];
    for revoked in &all {
        here.add(revoked.clone(), DAY);
    }
    assert_eq!(here.not_in(&there).len(), 4);
    assert!(there.not_in(&here).is_empty());
    there.add(Revoked::subject(ISSUER, "alice", UNIX_EPOCH), DAY);
    there.add(Revoked::issuer(ISSUER, UNIX_EPOCH), DAY);
    let missing = here.not_in(&there);
    assert_eq!(missing.len(), 4);
    for revoked in missing {
        there.add(revoked, DAY);
    }
    assert!(here.not_in(&there).is_empty());
    assert!(there.not_in(&here).is_empty());
}

#[cfg(feature = "redis")]
#[test]
fn an_exact_revocation_missing_from_another_list_is_written_back_as_exact() {
    let (earlier, later) = (UNIX_EPOCH + DAY, UNIX_EPOCH + 2 * DAY);
    let alice = |before| Revoked::subject(ISSUER, "alice", before);
    let all = |before| Revoked::issuer(ISSUER, before);
    for (here, there, missing) in [
        (
            vec![all(later), alice(later)],
            vec![all(later)],
            vec![alice(later)],
        ),
        (
            vec![all(earlier), all(later).exactly()],
            vec![alice(later)],
            vec![all(earlier), all(later).exactly()],
        ),
        (
            vec![alice(later).exactly()],
            vec![],
            vec![alice(later).exactly()],
        ),
        (vec![alice(later).exactly()], vec![alice(later)], vec![]),
        (
            vec![alice(later)],
            vec![alice(later).exactly()],
            vec![alice(later)],
        ),
        (
            vec![alice(earlier), alice(later).exactly()],
            vec![alice(earlier)],
            vec![alice(earlier), alice(later).exactly()],
        ),
    ] {
        let list = |revoked: &[Revoked]| {
            let rules = Rules::new();
            for revoked in revoked {
                rules.add(revoked.clone(), DAY);
            }
            rules
        };
        assert_eq!(
            list(&here).not_in(&list(&there)),
            missing,
            "{here:?} {there:?}"
        );
    }
}

#[cfg(feature = "redis")]
#[test]
fn revoking_everything_covers_all_tokens_issued_until_that_time() {
    let rules = Rules::new();
    let now = SystemTime::now();
    rules.add_everything(now);
    rules.add_everything(now - DAY);
    assert!(rules.check(&token("alice")));
    let by_a_fast_clock = RevocationQuery {
        issued_at: Some(now + Duration::from_secs(59)),
        leeway: Duration::from_secs(60),
        ..token("alice")
    };
    assert!(rules.check(&by_a_fast_clock));
    let later = RevocationQuery {
        issued_at: Some(now + Duration::from_secs(1)),
        ..token("alice")
    };
    assert!(!rules.check(&later));
    let ageless = RevocationQuery {
        issued_at: None,
        ..later
    };
    assert!(rules.check(&ageless));
}
