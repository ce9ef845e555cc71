//! Asks the authorization server about tokens: each once at a time, within a budget.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use super::answer::{Expectations, NotGood, Trouble};
use super::budget::{Budget, OverBudget, RequestPermit};
use super::refused::{KnownRefusal, RefusedTokens};
use super::request::{ClientAuthentication, request};
use crate::authenticator::{
    AuthenticationError, CredentialRequest, FaultDetail, IntrospectionStatus,
};
use crate::bearer::identity_map::IdentityMap;
use crate::bearer::introspection::in_flight::{Boarding, Departure, Flight, Flights, Judgement};
use crate::bearer::verified::{Verified, VerifiedBy};
use crate::clock::Timestamp;
use crate::counters;
use crate::fetch::{Client, Endpoint, ExchangeLimits, send};
use crate::identity::Provides;
use crate::limit::FailureLimit;
use crate::lock::Mutex;
use crate::throttle::Throttle;
use crate::token_fault::TokenFault;

/// An [`Introspection`](super::Introspection) that was checked.
pub(crate) struct Introspector(Arc<Shared>);

/// Shared with the tasks that ask.
pub(super) struct Shared {
    pub(super) fetch: Client,
    pub(super) endpoint: Endpoint,
    pub(super) client: ClientAuthentication,
    pub(super) expectations: Expectations,
    pub(super) token_format: fn(&str) -> bool,
    pub(super) cache_ttl: Duration,
    pub(super) timeout: Duration,
    pub(super) budget: Budget,
    /// Counts tokens that were refused, or got no verdict, by client address, except tokens that were good
    /// before.
    pub(super) failure_limit: Option<FailureLimit>,
    pub(super) refused: RefusedTokens,
    pub(super) flights: Arc<Flights>,
    pub(super) map: Option<IdentityMap>,
    pub(super) record: Record,
}

/// For health pages and the log.
#[derive(Default)]
pub(super) struct Record {
    asked: AtomicU64,
    over_budget: AtomicU64,
    last_error: Mutex<Option<(SystemTime, Arc<str>)>>,
    failing: Throttle,
    refusing: Throttle,
}

/// The longest answer that is read.
const LONGEST_ANSWER: usize = 64 * 1024;
/// No longer than this is anything remembered; a bound for the arithmetic.
pub(super) const LONGEST_CACHE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Introspector {
    pub(super) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    pub(crate) fn provides(&self) -> Provides {
        // What the application adds is not for the issuer to grant.
        if self.0.map.is_some() {
            return Provides::ALL;
        }
        self.0.expectations.claims.provides()
    }

    pub(in crate::bearer) fn map(&self) -> Option<&IdentityMap> {
        self.0.map.as_ref()
    }

    /// What was expected of a token that was refused for `fault`. The answer of the server is not kept, so
    /// there is no received value.
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
            refused_tokens: self.0.refused.len(),
            last_error: error.map(|error| error.to_string()),
            last_error_age_seconds: at.map(|at| at.elapsed().unwrap_or_default().as_secs_f64()),
        }
    }

    /// What is known to be wrong with a token without asking.
    pub(in crate::bearer) fn refuses(&self, token: &str) -> Option<KnownRefusal> {
        if (self.0.token_format)(token) {
            self.0.refused.get(token.as_bytes())
        } else {
            Some(KnownRefusal::Faulty(TokenFault::Malformed))
        }
    }

    /// Remembers that a token is no good here, though the server calls it active: who presents it again
    /// would have it asked about at every request, at the cost of others whose tokens are new.
    pub(in crate::bearer) fn refuse(&self, token: &str, fault: TokenFault) {
        let refusal = KnownRefusal::Faulty(fault);
        self.0
            .refused
            .insert(token.as_bytes(), refusal, Instant::now());
    }

    /// The question about a token, answered. Whoever asks may break off, because the runtime goes away on
    /// which it asks; then somebody else asks once more.
    ///
    /// The flight is to be held until what it brings is [known](super::super::Bearer), so that there
    /// is no moment in between at which it is asked again.
    ///
    /// `known` says that the token was good before.
    pub(in crate::bearer) async fn answered(
        &self,
        token: &str,
        known: bool,
        presented: &CredentialRequest<'_>,
    ) -> Result<Arc<Flight>, AuthenticationError> {
        let flight = self.board(token, known, presented)?;
        if flight.judgement().await.is_some() {
            return Ok(flight);
        }
        self.board(token, known, presented)
    }

    /// Asks, unless somebody is asking about this token, or it can't be asked now. What comes of it
    /// goes on for the others when one of them goes away.
    fn board(
        &self,
        token: &str,
        known: bool,
        presented: &CredentialRequest<'_>,
    ) -> Result<Arc<Flight>, AuthenticationError> {
        let shared = &self.0;
        let limit = shared.failure_limit.as_ref().filter(|_| !known);
        // `None` also for a token that was good before, which is not counted.
        let client = limit.and_then(|_| presented.client_address());
        let begin = || {
            if known {
                return Ok(None);
            }
            if let Some(limit) = limit {
                limit
                    .check_address(client)
                    .map_err(AuthenticationError::too_many_attempts)?;
            }
            let permit = shared.budget.for_unknown_token();
            permit
                .map(Some)
                .map_err(|over| shared.record.over_budget(over))
        };
        let now = presented.now();
        let time = Timestamp::of(now);
        let fresh = |judgement: &Judgement| match judgement {
            Judgement::Good(verified) => match verified.by {
                VerifiedBy::Introspected { until } => verified.is_fresh(until, time),
                VerifiedBy::Signed { .. } => false,
            },
            Judgement::Faulty(_) | Judgement::Trouble(_) => false,
        };
        let boarding = shared.flights.board(token.as_bytes(), fresh, begin);
        match boarding? {
            Boarding::Joined(flight) => Ok(flight),
            Boarding::First(departure, permit) => {
                let flight = Arc::clone(&departure.flight);
                let task = Arc::clone(shared).ask(token.to_owned(), departure, permit, client, now);
                Handle::try_current()
                    .map_err(|_| {
                        AuthenticationError::failed("introspection needs a tokio runtime")
                    })?
                    .spawn(task);
                Ok(flight)
            }
        }
    }
}

impl Flight {
    /// What the authorization server says.
    pub(in crate::bearer) async fn arrival(&self) -> Result<Verified, AuthenticationError> {
        match self.judgement().await {
            Some(Judgement::Good(verified)) => Ok(verified),
            Some(Judgement::Faulty(fault)) => Err(fault.into()),
            Some(Judgement::Trouble(trouble)) => Err(trouble.into()),
            None => Err(AuthenticationError::unavailable(
                "the task that asks broke off",
            )),
        }
    }
}

impl Shared {
    async fn ask(
        self: Arc<Self>,
        token: String,
        departure: Departure,
        permit: Option<RequestPermit>,
        client: Option<IpAddr>,
        now: SystemTime,
    ) {
        let token = zeroize::Zeroizing::new(token);
        let (asked, judgement) = self.answer(&token, permit, now).await;
        self.record.note(&judgement, asked.elapsed());
        // What depends on the token itself counts against its client, because clients choose the tokens. It
        // is counted in this task, so that a client that goes away early is counted as well.
        let refusal = match &judgement {
            Judgement::Faulty(fault) => Some(KnownRefusal::Faulty(*fault)),
            Judgement::Trouble(Trouble::NoVerdict { .. }) => Some(KnownRefusal::NoVerdict),
            Judgement::Trouble(Trouble::Outage { .. } | Trouble::RefusedUs { .. })
            | Judgement::Good(_) => None,
        };
        if let Some(refusal) = refusal {
            // Before the requests that wait get the judgement, so that none of them asks again.
            self.refused.insert(token.as_bytes(), refusal, asked);
            if let Some(limit) = &self.failure_limit {
                limit.record_address(client);
            }
        }
        if let Judgement::Trouble(Trouble::Outage {
            retry_after: Some(time),
            ..
        }) = &judgement
        {
            self.budget.pause_for(*time);
        }
        departure.arrive(judgement);
    }

    async fn answer(
        &self,
        token: &str,
        permit: Option<RequestPermit>,
        now: SystemTime,
    ) -> (Instant, Judgement) {
        let mut asked = Instant::now();
        let until = asked + self.timeout;
        let permit = match permit {
            Some(permit) => Some(permit),
            None => timeout_at(until, self.budget.for_known_token())
                .await
                .ok()
                .and_then(Result::ok),
        };
        let Some(permit) = permit else {
            let reason = "those who ask about other tokens take too long";
            return (asked, Judgement::Trouble(Trouble::outage(reason)));
        };
        asked = Instant::now();
        self.record.asked.fetch_add(1, Ordering::Relaxed);
        let request = request(self.endpoint.uri(), &self.client, token);
        let limits = ExchangeLimits {
            until,
            length: LONGEST_ANSWER,
        };
        let judgement = match send(&self.fetch, &self.endpoint, request, limits).await {
            Err(unanswered) if unanswered.is_too_long() => {
                let reason = unanswered.to_string().into();
                Judgement::Trouble(Trouble::NoVerdict { reason })
            }
            Err(unanswered) => Judgement::Trouble(Trouble::outage(unanswered.to_string())),
            Ok(response) => {
                let time = Timestamp::of(now);
                match self.expectations.judge(&response, time) {
                    Ok(good) => Judgement::Good(Verified {
                        identity: good.identity,
                        lifetime: good.lifetime,
                        revocable: good.revocable,
                        by: VerifiedBy::Introspected {
                            until: self.until(asked, good.lifetime.expiry(), now),
                        },
                    }),
                    Err(NotGood::Faulty(fault)) => Judgement::Faulty(fault),
                    Err(NotGood::Trouble(trouble)) => Judgement::Trouble(trouble),
                }
            }
        };
        if matches!(judgement, Judgement::Good(_) | Judgement::Faulty(_)) {
            self.budget.answered(&permit);
        }
        (asked, judgement)
    }

    /// Row I6: for so long an answer is good, counted from the question.
    fn until(&self, asked: Instant, expiry: Option<Timestamp>, now: SystemTime) -> Instant {
        let left = expiry
            .and_then(Timestamp::to_system_time)
            .map_or(Duration::MAX, |expiry| {
                expiry.duration_since(now).unwrap_or_default()
            });
        asked + self.cache_ttl.min(left).min(LONGEST_CACHE)
    }
}

impl Record {
    fn over_budget(&self, OverBudget { retry_after }: OverBudget) -> AuthenticationError {
        self.over_budget.fetch_add(1, Ordering::Relaxed);
        counters::introspection("over_budget");
        AuthenticationError::Unavailable {
            retry_after,
            source: "too many tokens to ask the authorization server about".into(),
        }
    }

    /// Never the token: it is good elsewhere even where it is not good here.
    fn note(&self, judgement: &Judgement, took: Duration) {
        let trouble = match judgement {
            Judgement::Good(_) => {
                counters::introspection("active");
                tracing::debug!(target: "auth_runtime", ?took, "token introspected");
                return;
            }
            Judgement::Faulty(fault) => {
                counters::introspection("inactive");
                tracing::debug!(target: "auth_runtime", ?took, ?fault, "token introspected");
                return;
            }
            Judgement::Trouble(trouble) => trouble,
        };
        let reason = trouble.reason();
        match trouble {
            Trouble::Outage { .. } | Trouble::NoVerdict { .. } => {
                counters::introspection("failed");
                if self.failing.admit().is_some() {
                    tracing::warn!(target: "auth_runtime", ?took, reason, "introspection failed");
                }
            }
            Trouble::RefusedUs { .. } => {
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
