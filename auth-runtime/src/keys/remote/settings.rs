//! How often an issuer is asked for its keys, and for how long its answers hold.

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// How the keys of an issuer are kept up to date:
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
/// `interval`, `min_interval` and `cool_down` are at most `max_interval`; `cool_down` and `timeout`
/// together are at most the shorter one of `interval` and `min_interval`, and `stale_for`.
///
/// One task an issuer asks, never a request: a client that goes away cancels nothing. A request
/// whose key is known does not wait. One that names an unknown key, or comes before there are any,
/// waits for the fetch that is under way or starts one, unless the last one is less than a cool-down
/// ago: then what that one brought decides.
///
/// | the last fetch | an unknown key | a known key |
/// |---|---|---|
/// | brought keys, and began after the unknown key was first seen | 401 | good |
/// | brought keys, and began before that | 503 until the next one may begin; `Retry-After` says when | good |
/// | failed | 503 | good, until the keys are [too old](Self::stale_for): then 503 |
///
/// So tokens of a new key never get 401 because a made-up `kid` caused a fetch just before the key was
/// published. The last 1,024 unknown keys are remembered for this. A key that is pushed out of these
/// counts as new when it is seen again. A client that guesses the next `kid`, and sends it before the key
/// is published, can still cause 401 until the next fetch: issuers should not number their keys.
///
/// A fetch fails as a whole if there is no answer in time, the answer is not 200, too long, a
/// redirect to another origin, no JWK Set, one of more than 1,000 members, or one without a single
/// usable key. The keys of before
/// stay. After a failure it is tried again after the cool-down, then less and less often, at least
/// once a minute, and whenever a request needs it and the cool-down is over.
///
/// Keys of a set that can't be used are passed over one by one, and logged once: types, curves and
/// algorithms that are unknown here, weak and malformed keys, keys for encryption, and of two keys
/// with one `kid` for one algorithm the second. A secret (`oct`) and a private key are passed over
/// and logged as an error. Of keys without a `kid` the first eight for an algorithm are used.
///
/// A key that is taken away stops working with the next fetch, also for tokens that were verified
/// before. That is at most [`max_interval`](Self::max_interval) later while the issuer answers,
/// and at most that and [`stale_for`](Self::stale_for) later if it doesn't.
///
/// If the known key that a token names did not sign it, the token may be forged. It may also be signed by a
/// new key with an old `kid`: development providers reuse a `kid` when they are restarted. Such a token
/// causes a fetch, and is then verified again. This happens at most once in five minutes, or once in the
/// [`cool_down`](Self::cool_down) if that is longer; other such tokens are refused (401). These fetches do
/// not count for the cool-down of unknown keys. Issuers should use a new `kid` for each key.
///
/// All times are measured on a clock that only goes forward: setting the system's clock changes
/// nothing. The tokio runtime needs its time driver (`enable_all`), as axum does.
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
/// *PUBLISHED.lock().unwrap() = Some(new.jwks()); // the old key is taken away
/// sleep(minutes(10)).await;
/// assert_eq!(status(&token).await, 401);
/// let token = new.token("alice").sign();
/// assert_eq!(status(&token).await, 200);
///
/// *PUBLISHED.lock().unwrap() = None; // the issuer goes down
/// sleep(minutes(30)).await;
/// assert_eq!(status(&token).await, 200);
/// sleep(minutes(10)).await;
/// assert_eq!(status(&token).await, 503); // nobody can tell any more
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "give it to `Jwt::key_refresh`"]
pub struct KeyRefresh {
    pub(super) every: Duration,
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
            every: Duration::from_secs(5 * 60),
            min_interval: MINUTE,
            max_interval: HOUR,
            cool_down: Duration::from_secs(10),
            stale_for: HOUR,
            timeout: Duration::from_secs(5),
            longest_answer: 512 * 1024,
        }
    }

    /// How long keys hold whose answer says nothing about it. They are fetched again up to a tenth
    /// of it earlier, so that the nodes of a service do not all ask at once.
    pub const fn interval(self, every: Duration) -> Self {
        Self { every, ..self }
    }

    /// The shortest time for which keys hold, however short the issuer says: `Cache-Control` with
    /// `max-age` or `no-store`, or `Expires` (RFC 9111 section 4.2.1).
    pub const fn min_interval(self, min_interval: Duration) -> Self {
        Self {
            min_interval,
            ..self
        }
    }

    /// The longest time for which keys hold, however long the issuer says.
    pub const fn max_interval(self, max_interval: Duration) -> Self {
        Self {
            max_interval,
            ..self
        }
    }

    /// The shortest time from the end of one fetch to the next one, whatever is the reason for it. A
    /// flood of tokens with made-up keys makes a fetch a cool-down, and a new key works at most a
    /// cool-down and two fetches after its first token.
    pub const fn cool_down(self, cool_down: Duration) -> Self {
        Self { cool_down, ..self }
    }

    /// For how long keys are good beyond the time they hold for, while the issuer can't be reached.
    pub const fn stale_for(self, stale_for: Duration) -> Self {
        Self { stale_for, ..self }
    }

    /// How long a fetch may take, from the metadata to the last byte of the keys.
    pub const fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The longest answer that is read, in bytes.
    pub const fn longest_answer(self, bytes: usize) -> Self {
        Self {
            longest_answer: bytes,
            ..self
        }
    }

    /// What is out of bounds, or else what contradicts something else.
    pub(crate) fn faults(&self) -> Vec<&'static str> {
        let least = SECOND / 10;
        let in_a_day = |time: Duration| time >= least && time <= 24 * HOUR;
        let bounds = [
            (
                in_a_day(self.every),
                "`interval` lies between 100 ms and 24 hours",
            ),
            (
                in_a_day(self.min_interval),
                "`min_interval` lies between 100 ms and 24 hours",
            ),
            (
                in_a_day(self.max_interval),
                "`max_interval` lies between 100 ms and 24 hours",
            ),
            (
                self.cool_down >= least && self.cool_down <= HOUR,
                "`cool_down` lies between 100 ms and 1 hour",
            ),
            (
                self.stale_for <= 7 * 24 * HOUR,
                "`stale_for` is at most 7 days",
            ),
            (
                self.timeout >= least && self.timeout <= MINUTE,
                "`timeout` lies between 100 ms and 1 minute",
            ),
            (
                (1024..=16 * 1024 * 1024).contains(&self.longest_answer),
                "`longest_answer` lies between 1 KiB and 16 MiB",
            ),
        ];
        let out_of_bounds = broken(&bounds);
        if !out_of_bounds.is_empty() {
            return out_of_bounds;
        }
        let shortest = self.every.min(self.min_interval);
        broken(&[
            (
                self.min_interval <= self.max_interval,
                "`min_interval` is at most `max_interval`",
            ),
            (
                self.every <= self.max_interval,
                "`interval` is at most `max_interval`, which says when a key that was taken away \
                 stops working",
            ),
            (
                self.cool_down <= self.max_interval,
                "`cool_down` is at most `max_interval`, which it would put off",
            ),
            (
                self.cool_down + self.timeout <= shortest + self.stale_for,
                "`cool_down` and `timeout` together are at most as long as keys may be used: the \
                 shorter one of `interval` and `min_interval`, and `stale_for`. Else keys end \
                 before the next ones may come",
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
