//! How often the keys of an issuer are fetched, and for how long they are used.

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// When the keys of an issuer are fetched, and for how long they are used. Passed to
/// [`Jwt::key_refresh`](crate::Jwt::key_refresh).
///
/// | | default | bounds |
/// |---|---|---|
/// | [`interval`](Self::interval) | 5 minutes | 100 ms to 24 hours |
/// | [`min_interval`](Self::min_interval) | 60 seconds | 100 ms to 24 hours |
/// | [`max_interval`](Self::max_interval) | 1 hour | 100 ms to 24 hours |
/// | [`cool_down`](Self::cool_down) | 10 seconds | 100 ms to 1 hour |
/// | [`stale_for`](Self::stale_for) | 1 hour | up to 7 days |
/// | [`timeout`](Self::timeout) | 5 seconds | 100 ms to 1 minute |
/// | [`longest_answer`](Self::longest_answer) | 512 KiB | 1 KiB to 16 MiB |
///
/// `interval`, `min_interval` and `cool_down` must not exceed `max_interval`. `cool_down` and `timeout`
/// together must not exceed the sum of `stale_for` and the shorter one of `interval` and `min_interval`.
///
/// # Fetching
///
/// One background task per issuer fetches the keys. A client that disconnects does not cancel a fetch.
///
/// A request whose key is known does not wait. A request that names an unknown key, or comes before the
/// first keys, starts a fetch, or waits for the one in progress. If the last fetch ended less than a
/// `cool_down` ago, the request does not wait, and the result of that fetch decides:
///
/// | the last fetch | an unknown key | a known key |
/// |---|---|---|
/// | brought keys, and began after the unknown key was first seen | 401 | accepted |
/// | brought keys, and began before that | 503; `Retry-After` says when the next fetch may begin | accepted |
/// | failed | 503 | accepted until the keys are [too old](Self::stale_for), then 503 |
///
/// So tokens of a new key never get 401 because a made-up `kid` caused a fetch just before the key was
/// published. The last 1,024 unknown keys are remembered for this; a key that was dropped counts as new
/// when it is seen again. A client that guesses the next `kid`, and sends it before the key is published,
/// can still cause 401 until the next fetch: issuers should not number their keys.
///
/// A fetch fails if the response
///
/// - does not arrive in time, or is too long,
/// - does not have status 200, or redirects to another origin,
/// - is not a JWK set, has more than 1,000 members, or has no usable key.
///
/// Then the old keys stay in use. The fetch is repeated after the cool-down, then with growing pauses of at
/// most a minute, and whenever a request needs it and the cool-down is over.
///
/// # Skipped keys
///
/// Unusable keys of a set are skipped, and logged once: unsupported types, curves and algorithms, weak and
/// malformed keys, encryption keys, and the second of two keys with the same `kid` and algorithm. Secrets
/// (`oct`) and private keys are skipped and logged as errors. Of the keys without a `kid`, the first eight
/// for each algorithm are used.
///
/// # Removed and replaced keys
///
/// A key that the issuer removes stops working with the next fetch, also for tokens that were verified
/// before. This takes at most [`max_interval`](Self::max_interval) while the issuer responds, and at most
/// `max_interval` plus [`stale_for`](Self::stale_for) while it doesn't.
///
/// If the known key that a token names did not sign it, the token may be forged. It may also be signed by a
/// new key with an old `kid`: development providers reuse a `kid` when they are restarted. Such a token
/// causes a fetch, and is then verified again. This happens at most once in five minutes, or once in the
/// [`cool_down`](Self::cool_down) if that is longer; other such tokens are refused (401). These fetches do
/// not count for the cool-down of unknown keys. Issuers should use a new `kid` for each key.
///
/// # Time
///
/// All times are measured with a monotonic clock: setting the system clock has no effect. The tokio runtime
/// needs its time driver (`enable_all`), as axum does.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
/// # .block_on(async {
/// use std::{sync::Mutex, time::Duration};
///
/// use auth_runtime::testing::Issuer;
/// use auth_runtime::{Auth, BoxError, Jwt, Router, require_auth};
/// use auth_runtime::fetch::Fetch;
/// use auth_runtime::keys::KeyRefresh;
/// use auth_runtime::routing::get;
/// use axum::{body::Body, http};
/// use tokio::time::sleep;
/// use tower::ServiceExt;
///
/// #[require_auth]
/// async fn hello() {}
///
/// /// What the issuer publishes; none while it is down.
/// static PUBLISHED: Mutex<Option<String>> = Mutex::new(None);
///
/// struct Provider;
///
/// impl Fetch for Provider {
///     async fn fetch(
///         &self,
///         _request: http::Request<Vec<u8>>,
///         _limit: usize,
///     ) -> Result<http::Response<Vec<u8>>, BoxError> {
///         match PUBLISHED.lock().unwrap().clone() {
///             Some(keys) => Ok(http::Response::new(keys.into_bytes())),
///             None => Err("connection refused".into()),
///         }
///     }
/// }
///
/// let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
/// let auth = Auth::builder()
///     .bearer(
///         Jwt::issuer("https://issuer.example")
///             .audience("https://api.example")
///             .jwks_url("https://issuer.example/keys")
///             .key_refresh(KeyRefresh::new().interval(minutes(10)).stale_for(minutes(30))),
///     )
///     .fetch(Provider)
///     .build()?;
/// let app = Router::new().route("/", get(hello)).with_auth(auth);
/// let status = async |token: &str| {
///     let value = format!("Bearer {token}");
///     let request = http::Request::get("/").header("authorization", value).body(Body::empty());
///     app.clone().oneshot(request.unwrap()).await.unwrap().status()
/// };
///
/// let issuer = || Issuer::new("https://issuer.example", "https://api.example");
/// let (old, new) = (issuer(), issuer());
/// *PUBLISHED.lock().unwrap() = Some(old.jwks());
/// let token = old.token("alice").sign();
/// assert_eq!(status(&token).await, 200);
///
/// *PUBLISHED.lock().unwrap() = Some(new.jwks()); // the issuer removes the old key
/// sleep(minutes(10)).await;
/// assert_eq!(status(&token).await, 401);
/// let token = new.token("alice").sign();
/// assert_eq!(status(&token).await, 200);
///
/// *PUBLISHED.lock().unwrap() = None; // the issuer goes down
/// sleep(minutes(30)).await;
/// assert_eq!(status(&token).await, 200);
/// sleep(minutes(10)).await;
/// assert_eq!(status(&token).await, 503); // the keys are too old
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "pass it to `Jwt::key_refresh`"]
pub struct KeyRefresh {
    pub(super) interval: Duration,
    pub(super) min_interval: Duration,
    pub(super) max_interval: Duration,
    pub(super) cool_down: Duration,
    pub(super) stale_for: Duration,
    pub(super) timeout: Duration,
    pub(super) longest_answer: usize,
}

impl KeyRefresh {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            interval: Duration::from_secs(5 * 60),
            min_interval: MINUTE,
            max_interval: HOUR,
            cool_down: Duration::from_secs(10),
            stale_for: HOUR,
            timeout: Duration::from_secs(5),
            longest_answer: 512 * 1024,
        }
    }

    /// The time between two fetches if the response has no cache lifetime: `Cache-Control` with `max-age` or
    /// `no-store`, or `Expires` (RFC 9111 section 4.2.1).
    ///
    /// Keys are fetched again up to a tenth of the time earlier, so that the nodes of a service do not all
    /// fetch at once.
    pub const fn interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// The lower bound of the cache lifetime: a shorter one is raised to it.
    pub const fn min_interval(self, min_interval: Duration) -> Self {
        Self {
            min_interval,
            ..self
        }
    }

    /// The upper bound of the cache lifetime: a longer one is lowered to it.
    pub const fn max_interval(self, max_interval: Duration) -> Self {
        Self {
            max_interval,
            ..self
        }
    }

    /// The minimum time from the end of one fetch to the start of the next, whatever its cause.
    ///
    /// A flood of tokens with made-up keys causes one fetch per cool-down. A new key works at most a
    /// cool-down and two fetches after its first token.
    pub const fn cool_down(self, cool_down: Duration) -> Self {
        Self { cool_down, ..self }
    }

    /// How long keys are used after they should have been fetched again, while the issuer can't be reached.
    pub const fn stale_for(self, stale_for: Duration) -> Self {
        Self { stale_for, ..self }
    }

    /// The time-out of a fetch, from the request for the metadata to the last byte of the keys.
    pub const fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The maximum length of a response, in bytes.
    pub const fn longest_answer(self, bytes: usize) -> Self {
        Self {
            longest_answer: bytes,
            ..self
        }
    }

    /// The values that are out of bounds, or else those that contradict each other.
    pub(crate) fn faults(&self) -> Vec<&'static str> {
        let least = SECOND / 10;
        let in_a_day = |time: Duration| time >= least && time <= 24 * HOUR;
        let bounds = [
            (
                in_a_day(self.interval),
                "`interval` must be between 100 ms and 24 hours",
            ),
            (
                in_a_day(self.min_interval),
                "`min_interval` must be between 100 ms and 24 hours",
            ),
            (
                in_a_day(self.max_interval),
                "`max_interval` must be between 100 ms and 24 hours",
            ),
            (
                self.cool_down >= least && self.cool_down <= HOUR,
                "`cool_down` must be between 100 ms and 1 hour",
            ),
            (
                self.stale_for <= 7 * 24 * HOUR,
                "`stale_for` must be at most 7 days",
            ),
            (
                self.timeout >= least && self.timeout <= MINUTE,
                "`timeout` must be between 100 ms and 1 minute",
            ),
            (
                (1024..=16 * 1024 * 1024).contains(&self.longest_answer),
                "`longest_answer` must be between 1 KiB and 16 MiB",
            ),
        ];
        let out_of_bounds = broken(&bounds);
        if !out_of_bounds.is_empty() {
            return out_of_bounds;
        }
        let shortest = self.interval.min(self.min_interval);
        broken(&[
            (
                self.min_interval <= self.max_interval,
                "`min_interval` must be at most `max_interval`",
            ),
            (
                self.interval <= self.max_interval,
                "`interval` must be at most `max_interval`, the time until a removed key stops working",
            ),
            (
                self.cool_down <= self.max_interval,
                "`cool_down` must be at most `max_interval`, which it would delay",
            ),
            (
                self.cool_down + self.timeout <= shortest + self.stale_for,
                "`cool_down` and `timeout` together must be at most the sum of `stale_for` and the \
                 shorter one of `interval` and `min_interval`, so that keys do not expire before new \
                 ones can be fetched",
            ),
        ])
    }
}

fn broken(rules: &[(bool, &'static str)]) -> Vec<&'static str> {
    let broken = rules.iter().filter(|(holds, _)| !holds);
    broken.map(|(_, rule)| *rule).collect()
}

impl Default for KeyRefresh {
    fn default() -> Self {
        Self::new()
    }
}
