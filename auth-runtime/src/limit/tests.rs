//! Failure limits. Time is paused unless a test advances it.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use governor::clock::FakeRelativeClock;

use super::*;

const FAILURES: u32 = 10;
const PERIOD: Duration = Duration::from_secs(600);
/// One more try each minute.
const STEP: Duration = Duration::from_secs(60);

type Stopped = Limits<FakeRelativeClock>;

fn table(
    failures: u32,
    period: Duration,
    clock: &FakeRelativeClock,
) -> Arc<Table<FakeRelativeClock>> {
    Table::new(NonZeroU32::new(failures).unwrap(), period, clock.clone()).into()
}

/// Three times as many failures per address as per account.
fn limits() -> (Stopped, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    // Not at the start of governor's clock.
    clock.advance(Duration::from_secs(12_345));
    let limits = Limits {
        addresses: table(3 * FAILURES, PERIOD, &clock),
        accounts: table(FAILURES, PERIOD, &clock),
        #[cfg(feature = "api-keys")]
        prefixes: table(FAILURES, PERIOD, &clock),
    };
    (limits, clock)
}

fn v4(last: u8) -> IpAddr {
    Ipv4Addr::new(203, 0, 113, last).into()
}

fn v6(text: &str) -> IpAddr {
    text.parse::<Ipv6Addr>().unwrap().into()
}

fn fail(limits: &Stopped, address: Option<IpAddr>, account: &str, times: u32) {
    for _ in 0..times {
        limits.record_failure(address, account.as_bytes());
    }
}

fn exhaust_address(limits: &Stopped, address: Option<IpAddr>) {
    for failure in 0..3 * FAILURES {
        limits.record_failure(address, format!("account {failure}").as_bytes());
    }
}

#[test]
fn an_account_is_limited_after_the_configured_number_of_failures() {
    let (limits, _clock) = limits();
    for failure in 0..FAILURES {
        assert_eq!(limits.check(None, b"alice"), Ok(()), "{failure}");
        fail(&limits, None, "alice", 1);
    }
    assert_eq!(limits.check(None, b"alice"), Err(STEP));
    assert_eq!(limits.check(None, b"bob"), Ok(()));
}

/// Enough made-up keys to fill every counter.
#[cfg(feature = "api-keys")]
#[test]
fn made_up_api_key_prefixes_do_not_limit_accounts() {
    let (limits, _clock) = limits();
    for number in 0..2_000_000_u32 {
        limits.record_prefix(None, &format!("ak_{number}"));
    }
    assert!(limits.check_prefix(None, "ak_of_somebody").is_err());
    for number in 0..1000 {
        let user = format!("user {number}");
        assert_eq!(limits.check(None, user.as_bytes()), Ok(()));
    }
}

#[cfg(feature = "api-keys")]
#[test]
fn an_api_key_prefix_and_an_account_of_one_name_are_counted_separately() {
    let (limits, _clock) = limits();
    for _ in 0..FAILURES {
        limits.record_prefix(Some(v4(1)), "ak_x");
    }
    assert_eq!(limits.check_prefix(None, "ak_x"), Err(STEP));
    assert_eq!(limits.check(None, b"ak_x"), Ok(()));
    for _ in FAILURES..3 * FAILURES {
        limits.record_address(Some(v4(1)));
    }
    // Both count for the address.
    assert!(limits.check(Some(v4(1)), b"alice").is_err());
    assert!(limits.check_prefix(Some(v4(1)), "ak_y").is_err());
}

#[test]
fn checking_a_failure_limit_counts_no_failure() {
    let (limits, _clock) = limits();
    fail(&limits, None, "alice", FAILURES - 1);
    for _ in 0..10 * FAILURES {
        assert_eq!(limits.check(Some(v4(1)), b"alice"), Ok(()));
    }
}

#[test]
fn failure_limit_attempts_are_restored_one_at_a_time() {
    let (limits, clock) = limits();
    fail(&limits, None, "alice", FAILURES);

    clock.advance(STEP / 4);
    assert_eq!(limits.check(None, b"alice"), Err(STEP / 4 * 3));
    clock.advance(Duration::from_nanos(44_999_999_999));
    assert_eq!(limits.check(None, b"alice"), Err(Duration::from_nanos(1)));
    clock.advance(Duration::from_nanos(1));
    assert_eq!(limits.check(None, b"alice"), Ok(()));

    fail(&limits, None, "alice", 1);
    assert_eq!(limits.check(None, b"alice"), Err(STEP));
}

#[test]
fn all_failures_are_forgotten_after_a_whole_period() {
    let (limits, clock) = limits();
    fail(&limits, None, "alice", FAILURES);
    clock.advance(PERIOD);
    for _ in 0..FAILURES {
        assert_eq!(limits.check(None, b"alice"), Ok(()));
        fail(&limits, None, "alice", 1);
    }
    assert_eq!(limits.check(None, b"alice"), Err(STEP));
}

#[test]
fn attempts_in_flight_extend_the_wait_up_to_one_period() {
    let (limits, clock) = limits();
    fail(&limits, None, "alice", FAILURES + 3);
    assert_eq!(limits.check(None, b"alice"), Err(4 * STEP));
    fail(&limits, None, "alice", 1_000 * FAILURES);
    assert_eq!(limits.check(None, b"alice"), Err(PERIOD));
    clock.advance(PERIOD);
    assert_eq!(limits.check(None, b"alice"), Ok(()));
}

#[test]
fn a_failure_limit_of_one_causes_a_wait_of_one_period() {
    let clock = FakeRelativeClock::default();
    let table = table(1, PERIOD, &clock);
    assert_eq!(table.check("alice"), Ok(()));
    table.record("alice");
    assert_eq!(table.check("alice"), Err(PERIOD));
    table.record("alice");
    assert_eq!(table.check("alice"), Err(PERIOD));
    clock.advance(PERIOD);
    assert_eq!(table.check("alice"), Ok(()));
}

#[test]
fn a_limited_address_waits_for_every_account() {
    let (limits, _clock) = limits();
    exhaust_address(&limits, Some(v4(1)));
    assert_eq!(limits.check(Some(v4(1)), b"nobody yet"), Err(STEP / 3));
    assert_eq!(limits.check(Some(v4(2)), b"nobody yet"), Ok(()));
    assert_eq!(limits.check(None, b"nobody yet"), Ok(()));
}

#[test]
fn a_limited_account_waits_from_every_address() {
    let (limits, _clock) = limits();
    for last in 0..10 {
        fail(&limits, Some(v4(last)), "alice", 1);
    }
    assert_eq!(limits.check(Some(v4(77)), b"alice"), Err(STEP));
    assert_eq!(limits.check(None, b"alice"), Err(STEP));
    assert_eq!(limits.check(Some(v4(1)), b"bob"), Ok(()));
}

#[test]
fn the_longer_wait_of_address_and_account_counts() {
    let (limits, clock) = limits();
    exhaust_address(&limits, Some(v4(1)));
    fail(&limits, None, "alice", FAILURES);
    assert_eq!(limits.check(Some(v4(1)), b"alice"), Err(STEP));
    clock.advance(STEP);
    exhaust_address(&limits, Some(v4(1)));
    assert_eq!(limits.check(None, b"alice"), Ok(()));
    assert!(limits.check(Some(v4(1)), b"alice").is_err());
}

#[test]
fn an_ipv6_address_counts_as_its_64_bit_prefix() {
    let (limits, _clock) = limits();
    exhaust_address(&limits, Some(v6("2001:db8:1:2::1")));
    assert!(
        limits
            .check(Some(v6("2001:db8:1:2:ffff:ffff:ffff:ffff")), b"alice")
            .is_err()
    );
    assert_eq!(limits.check(Some(v6("2001:db8:1:3::1")), b"alice"), Ok(()));
}

#[test]
fn an_ipv4_mapped_address_shares_the_failure_count_of_its_ipv4_address() {
    let (limits, _clock) = limits();
    exhaust_address(&limits, Some(v6("::ffff:203.0.113.1")));
    assert!(limits.check(Some(v4(1)), b"alice").is_err());
    // All of IPv4 is one /64 of IPv6, and must not be one address.
    assert_eq!(
        limits.check(Some(v6("::ffff:203.0.113.2")), b"alice"),
        Ok(())
    );
    assert_eq!(limits.check(Some(v6("::1")), b"alice"), Ok(()));
}

#[test]
fn clones_of_a_failure_limit_share_their_counts() {
    let limit = FailureLimit::default();
    let clone = limit.clone();
    for _ in 0..10 {
        assert_eq!(limit.check(Some(v4(1)), b"alice"), Ok(()));
        clone.record_failure(Some(v4(1)), b"alice");
    }
    assert!(limit.check(None, b"alice").is_err());
}

#[test]
fn a_failure_limit_wait_lasts_more_than_zero_and_at_most_one_step() {
    let limit = FailureLimit::default()
        .per_address(NonZeroU32::new(2).unwrap(), Duration::from_secs(100))
        .per_account(NonZeroU32::new(1_000).unwrap(), Duration::from_secs(1));
    for account in [b"a", b"b"] {
        limit.record_failure(Some(v4(1)), account);
    }
    let wait = limit.check(Some(v4(1)), b"c").unwrap_err();
    assert!(
        Duration::ZERO < wait && wait <= Duration::from_secs(50),
        "{wait:?}"
    );
}

#[test]
fn no_setting_disables_or_overflows_the_failure_limit() {
    for failures in [1, 2, 1_000, u32::MAX / 2, u32::MAX] {
        for (given, meant) in [
            (Duration::ZERO, Duration::from_secs(1)),
            (Duration::from_nanos(1), Duration::from_secs(1)),
            (Duration::MAX, Duration::from_secs(365 * 24 * 60 * 60)),
        ] {
            let clock = FakeRelativeClock::default();
            let table = table(failures, given, &clock);
            for _ in 0..failures.min(3_000) {
                table.record("alice");
            }
            let result = table.check("alice");
            if failures <= 1_000 {
                let wait = result.unwrap_err();
                assert!(
                    !wait.is_zero() && wait <= meant,
                    "{failures} {given:?}: {wait:?}"
                );
            } else {
                assert_eq!(result, Ok(()), "{failures} {given:?}");
            }
        }
    }
}

#[test]
fn a_flood_of_accounts_uses_no_more_memory_and_ends_no_wait() {
    let (limits, _clock) = limits();
    fail(&limits, None, "alice", FAILURES);
    for account in 0..1_000_000_u32 {
        limits.accounts.record(&account);
    }
    assert!(limits.check(None, b"alice").is_err());
    let accounts = Arc::into_inner(limits.accounts).unwrap();
    assert_eq!(accounts.into_size(), 4 * 65_536);
}

#[test]
fn thousands_of_limited_accounts_delay_almost_no_other_account() {
    let (limits, _clock) = limits();
    for account in 0..5_000_u32 {
        for _ in 0..FAILURES {
            limits.accounts.record(&account);
        }
    }
    let waiting = |accounts: Range<u32>| {
        accounts
            .filter(|account| limits.accounts.check(account).is_err())
            .count()
    };
    assert_eq!(waiting(0..5_000), 5_000);
    // (1 - (1 - 1/65536)^5000)^4 of 20,000 is 0.6; one of 10⁹ runs sees ten.
    assert!(waiting(5_000..25_000) < 10);
}

#[test]
fn parallel_guesses_exceed_the_failure_limit_only_by_those_in_flight() {
    const THREADS: u32 = 8;
    const BURST: u32 = 100;
    for _ in 0..20 {
        let table = table(BURST, PERIOD, &FakeRelativeClock::default());
        let guesses = AtomicU32::new(0);
        let start = Barrier::new(THREADS as usize);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    while table.check("alice").is_ok() {
                        guesses.fetch_add(1, Ordering::Relaxed);
                        thread::yield_now();
                        table.record("alice");
                    }
                });
            }
        });
        let guesses = guesses.into_inner();
        // The thread that reaches the limit is itself no longer in flight.
        assert!((BURST..BURST + THREADS).contains(&guesses), "{guesses}");
    }
}

#[test]
fn debug_output_of_a_failure_limit_shows_only_its_settings() {
    let limit = FailureLimit::default();
    limit.record_failure(Some(v4(1)), b"alice");
    assert_eq!(
        format!("{limit:?}"),
        "FailureLimit { per_address: 50 failures in 900s, per_account: 10 failures in 900s }"
    );
}
