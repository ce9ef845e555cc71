//! Introspects tokens at the authorization server: each token once at a time, within the limits.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use super::MAX_CACHE_TTL;
use super::answer::{Expectations, Failure, NotActive};
use super::budget::{Budget, OverBudget, RequestPermit};
use super::negative_cache::{NegativeAnswer, NegativeCache};
use super::request::{ClientAuthentication, request};
use crate::authenticator::{
    AuthenticationError, CredentialRequest, FaultDetail, IntrospectionStatus,
};
use crate::bearer::TokenKey;
use crate::bearer::identity_map::IdentityMap;
use crate::bearer::verified::{Verified, VerifiedBy};
use crate::clock::Timestamp;
use crate::counters;
use crate::fetch::{Client, Endpoint, ExchangeLimits, send};
use crate::identity::Provides;
use crate::limit::FailureLimit;
use crate::lock::Mutex;
use crate::single_flight::{Flight, SingleFlight};
use crate::throttle::Throttle;
use crate::token_fault::TokenFault;

/// A checked [`Introspection`](super::Introspection).
pub(crate) struct Introspector(Arc<IntrospectionState>);

/// Shared with the tasks that send requests.
pub(super) struct IntrospectionState {
    pub(super) fetch: Client,
    pub(super) endpoint: Endpoint,
    pub(super) client: ClientAuthentication,
    pub(super) expectations: Expectations,
    pub(super) token_format: fn(&str) -> bool,
    pub(super) cache_ttl: Duration,
    pub(super) timeout: Duration,
    pub(super) budget: Budget,
    /// Counts tokens that were refused, or got no verdict, by client address, except tokens that were valid
    /// before.
    pub(super) failure_limit: Option<FailureLimit>,
    pub(super) negative: NegativeCache,
    pub(super) flights: Arc<SingleFlight<TokenKey, Option<IntrospectionOutcome>>>,
    pub(super) map: Option<IdentityMap>,
    pub(super) record: Record,
}

/// The outcome of the introspection of a token.
#[derive(Clone)]
pub(in crate::bearer) enum IntrospectionOutcome {
    Active(Verified),
    /// The token is inactive, or not meant for this API.
    Inactive(TokenFault),
    Failed(Failure),
}

/// The introspection of a token, which other requests with the token join. `None` if its task was
/// cancelled or panicked.
type IntrospectionFlight = Flight<TokenKey, Option<IntrospectionOutcome>>;

/// For health pages and the log.
#[derive(Default)]
pub(super) struct Record {
    asked: AtomicU64,
    over_budget: AtomicU64,
    last_error: Mutex<Option<(SystemTime, Arc<str>)>>,
    failing: Throttle,
    refusing: Throttle,
}

/// The maximum length of a response, in bytes.
const MAX_RESPONSE_LENGTH: usize = 64 * 1024;

impl Introspector {
    pub(super) fn new(shared: IntrospectionState) -> Self {
        Self(Arc::new(shared))
    }

    pub(crate) fn provides(&self) -> Provides {
        // The application can add any data, whatever the issuer may grant.
        if self.0.map.is_some() {
            return Provides::ALL;
        }
        self.0.expectations.claims.provides()
    }

    pub(in crate::bearer) fn map(&self) -> Option<&IdentityMap> {
        self.0.map.as_ref()
    }

    /// The expected values for a token that was refused for `fault`. The response of the server is not kept,
    /// so there is no received value.
    pub(in crate::bearer) fn detail(&self, fault: TokenFault) -> Option<FaultDetail> {
        let expectations = &self.0.expectations;
        match fault {
            TokenFault::UntrustedIssuer => {
                Some(FaultDetail::new("iss").expected([&*expectations.issuer]))
            }
            TokenFault::WrongAudience => {
                Some(FaultDetail::new("aud").expected(expectations.claims.audiences()))
            }
            _ => None,
        }
    }

    pub(crate) fn status(&self) -> IntrospectionStatus {
        let record = &self.0.record;
        let (at, error) = record.last_error.lock().clone().unzip();
        IntrospectionStatus {
            asked: record.asked.load(Ordering::Relaxed),
            over_budget: record.over_budget.load(Ordering::Relaxed),
            under_way: self.0.budget.under_way(),
            refused_tokens: self.0.negative.len(),
            last_error: error.map(|error| error.to_string()),
            last_error_age_seconds: at.map(|at| at.elapsed().unwrap_or_default().as_secs_f64()),
        }
    }

    /// Why the token is refused without introspection: it is malformed, or was refused a moment ago.
    pub(in crate::bearer) fn refuses(&self, token: &str) -> Option<NegativeAnswer> {
        if (self.0.token_format)(token) {
            self.0.negative.get(token.as_bytes())
        } else {
            Some(NegativeAnswer::Inactive(TokenFault::Malformed))
        }
    }

    /// Caches that a token is refused although it is active. Otherwise every request with it would be
    /// introspected, and use up the limits for other new tokens.
    pub(in crate::bearer) fn refuse(&self, token: &str, fault: TokenFault) {
        let answer = NegativeAnswer::Inactive(fault);
        self.0
            .negative
            .insert(token.as_bytes(), answer, Instant::now());
    }

    /// Introspects a token, or waits for another request that does so. If the task is cancelled because its
    /// runtime ends, the token is introspected a second time.
    ///
    /// Hold the returned flight until the token is [cached](super::super::Bearer), so that it is not
    /// introspected again in between.
    ///
    /// `known` means that the token was active before.
    pub(in crate::bearer) async fn introspect(
        &self,
        token: &str,
        known: bool,
        request: &CredentialRequest<'_>,
    ) -> Result<Arc<IntrospectionFlight>, AuthenticationError> {
        let flight = self.join(token, known, request)?;
        if flight.wait().await.is_some() {
            return Ok(flight);
        }
        let flight = self.join(token, known, request)?;
        flight.wait().await;
        Ok(flight)
    }

    /// Joins the introspection of this token, or begins it, if the limits allow that.
    fn join(
        &self,
        token: &str,
        known: bool,
        request: &CredentialRequest<'_>,
    ) -> Result<Arc<IntrospectionFlight>, AuthenticationError> {
        let shared = &self.0;
        let now = request.now();
        let limit = shared.failure_limit.as_ref().filter(|_| !known);
        // `None` for a known token, which is not counted.
        let client = limit.and_then(|_| request.client_address());
        let mut started_on = None;
        let begin = || -> Result<_, AuthenticationError> {
            if let Some(limit) = limit {
                limit
                    .check_address(client)
                    .map_err(AuthenticationError::too_many_attempts)?;
            }
            let permit = if known {
                None
            } else {
                let permit = shared.budget.for_unknown_token();
                Some(permit.map_err(|over| shared.record.over_budget(over))?)
            };
            let runtime = Handle::try_current()
                .map_err(|_| AuthenticationError::failed("introspection needs a Tokio runtime"))?;
            // A task, so that it continues if the client disconnects: others may wait, and it is counted.
            let task = Arc::clone(shared).introspect(token.to_owned(), permit, client, now);
            let outcome = runtime.spawn(task).map(Result::ok).boxed();
            started_on = Some(runtime);
            Ok(outcome)
        };
        let time = Timestamp::of(now);
        let fresh = |outcome: &Option<IntrospectionOutcome>| match outcome {
            Some(IntrospectionOutcome::Active(verified)) => match verified.by {
                VerifiedBy::Introspected { until } => verified.is_fresh(until, time),
                VerifiedBy::Signed { .. } => false,
            },
            _ => false,
        };
        let flight = shared
            .flights
            .join(TokenKey::new(token.as_bytes()), fresh, begin)?;
        if let Some(runtime) = started_on {
            // Keeps the flight, so that later requests join it even if all earlier clients have disconnected.
            // Otherwise a known token could be introspected any number of times concurrently.
            let held = Arc::clone(&flight);
            runtime.spawn(async move { held.wait().await });
        }
        Ok(flight)
    }
}

impl IntrospectionFlight {
    /// The verified token, or why it is not accepted.
    pub(in crate::bearer) async fn result(&self) -> Result<Verified, AuthenticationError> {
        match self.wait().await {
            Some(IntrospectionOutcome::Active(verified)) => Ok(verified),
            Some(IntrospectionOutcome::Inactive(fault)) => Err(fault.into()),
            Some(IntrospectionOutcome::Failed(failure)) => Err(failure.into()),
            None => Err(AuthenticationError::unavailable(
                "the introspection task was cancelled or panicked",
            )),
        }
    }
}

impl IntrospectionState {
    async fn introspect(
        self: Arc<Self>,
        token: String,
        permit: Option<RequestPermit>,
        client: Option<IpAddr>,
        now: SystemTime,
    ) -> IntrospectionOutcome {
        let token = zeroize::Zeroizing::new(token);
        let (sent_at, outcome) = self.request(&token, permit, now).await;
        self.record.note(&outcome, sent_at.elapsed());
        // Outcomes that depend on the token count against its client, because clients choose the tokens. They
        // are counted in this task, so that a client that disconnects early is counted as well.
        let negative = match &outcome {
            IntrospectionOutcome::Inactive(fault) => Some(NegativeAnswer::Inactive(*fault)),
            IntrospectionOutcome::Failed(Failure::NoVerdict { .. }) => {
                Some(NegativeAnswer::NoVerdict)
            }
            IntrospectionOutcome::Failed(
                Failure::Outage { .. } | Failure::ClientRejected { .. },
            )
            | IntrospectionOutcome::Active(_) => None,
        };
        if let Some(answer) = negative {
            // Before the waiting requests get the outcome, so that none of them introspects the token again.
            self.negative.insert(token.as_bytes(), answer, sent_at);
            if let Some(limit) = &self.failure_limit {
                limit.record_address(client);
            }
        }
        if let IntrospectionOutcome::Failed(Failure::Outage {
            retry_after: Some(time),
            ..
        }) = &outcome
        {
            self.budget.pause_for(*time);
        }
        outcome
    }

    async fn request(
        &self,
        token: &str,
        permit: Option<RequestPermit>,
        now: SystemTime,
    ) -> (Instant, IntrospectionOutcome) {
        let mut sent_at = Instant::now();
        let until = sent_at + self.timeout;
        let permit = match permit {
            Some(permit) => Some(permit),
            None => timeout_at(until, self.budget.for_known_token())
                .await
                .ok()
                .and_then(Result::ok),
        };
        let Some(permit) = permit else {
            let reason = "too many concurrent introspection requests";
            return (
                sent_at,
                IntrospectionOutcome::Failed(Failure::outage(reason)),
            );
        };
        sent_at = Instant::now();
        self.record.asked.fetch_add(1, Ordering::Relaxed);
        let request = request(self.endpoint.uri(), &self.client, token);
        let limits = ExchangeLimits {
            until,
            length: MAX_RESPONSE_LENGTH,
        };
        let outcome = match send(&self.fetch, &self.endpoint, request, limits).await {
            Err(unanswered) if unanswered.is_too_long() => {
                let reason = unanswered.to_string().into();
                IntrospectionOutcome::Failed(Failure::NoVerdict { reason })
            }
            Err(unanswered) => {
                IntrospectionOutcome::Failed(Failure::outage(unanswered.to_string()))
            }
            Ok(response) => {
                let time = Timestamp::of(now);
                match self.expectations.evaluate(&response, time) {
                    Ok(active) => IntrospectionOutcome::Active(Verified {
                        identity: active.identity,
                        lifetime: active.lifetime,
                        by: VerifiedBy::Introspected {
                            until: self.until(sent_at, active.lifetime.expiry(), now),
                        },
                    }),
                    Err(NotActive::Inactive(fault)) => IntrospectionOutcome::Inactive(fault),
                    Err(NotActive::Failed(failure)) => IntrospectionOutcome::Failed(failure),
                }
            }
        };
        if matches!(
            outcome,
            IntrospectionOutcome::Active(_) | IntrospectionOutcome::Inactive(_)
        ) {
            self.budget.answered(&permit);
        }
        (sent_at, outcome)
    }

    /// Row I6 of the conformance table: how long a response is valid, counted from the request.
    fn until(&self, sent_at: Instant, expiry: Option<Timestamp>, now: SystemTime) -> Instant {
        let left = expiry
            .and_then(Timestamp::to_system_time)
            .map_or(Duration::MAX, |expiry| {
                expiry.duration_since(now).unwrap_or_default()
            });
        sent_at + self.cache_ttl.min(left).min(MAX_CACHE_TTL)
    }
}

impl Record {
    fn over_budget(&self, OverBudget { retry_after }: OverBudget) -> AuthenticationError {
        self.over_budget.fetch_add(1, Ordering::Relaxed);
        counters::introspection("over_budget");
        AuthenticationError::Unavailable {
            retry_after,
            source: "too many new tokens to introspect".into(),
        }
    }

    /// Never logs the token: it may be valid elsewhere.
    fn note(&self, outcome: &IntrospectionOutcome, took: Duration) {
        let failure = match outcome {
            IntrospectionOutcome::Active(_) => {
                counters::introspection("active");
                tracing::debug!(target: "auth_runtime", ?took, "token introspected");
                return;
            }
            IntrospectionOutcome::Inactive(fault) => {
                counters::introspection("inactive");
                tracing::debug!(target: "auth_runtime", ?took, ?fault, "token introspected");
                return;
            }
            IntrospectionOutcome::Failed(failure) => failure,
        };
        let reason = failure.reason();
        match failure {
            Failure::Outage { .. } | Failure::NoVerdict { .. } => {
                counters::introspection("failed");
                if self.failing.admit().is_some() {
                    tracing::warn!(target: "auth_runtime", ?took, reason, "introspection failed");
                }
            }
            Failure::ClientRejected { .. } => {
                counters::introspection("refused");
                if self.refusing.admit().is_some() {
                    tracing::error!(
                        target: "auth_runtime",
                        reason,
                        "introspection refused us"
                    );
                }
            }
        }
        *self.last_error.lock() = Some((SystemTime::now(), reason.into()));
    }
}
