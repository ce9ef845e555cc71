//! What is logged: one `tracing` event per decision, and what went wrong on our side.
//!
//! | event | level | fields |
//! |---|---|---|
//! | `allowed` | debug | `policy`, `scheme`, `issuer`, `subject` |
//! | `denied` | info | `policy`, `reason`, `status`, `scheme`, `issuer`, `subject` |
//! | `would have been denied` | warn | the same, where denials are only reported |
//! | `logged out by the issuer` | info | `issuer`, `subject`, `by` |
//! | `logout refused` | info | `reason` |
//! | the rest | error | `policy` or `extractor`, what happened and what to do |
//!
//! `scheme` is the kind of credential that the request presented.
//!
//! Never a token, not even a piece of one. Error events can be caused by requests, so each kind is
//! let through once a second for a route; `suppressed` counts the ones before it.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::StatusCode;

use super::response::Asked;
use crate::access_map::AccessMap;
use crate::authenticator::LoggedOut;
use crate::counters;
use crate::identity::Identity;
use crate::policy::Rule;
use crate::scheme::Scheme;

pub(super) fn allowed(rule: &Rule, identity: Option<&Identity>) {
    counters::allowed(rule.name);
    tracing::debug!(
        target: "auth_runtime",
        policy = rule.name,
        scheme = identity.map(|identity| identity.scheme().as_str()),
        issuer = identity.map(Identity::issuer),
        subject = identity.map(Identity::subject),
        "allowed"
    );
}

pub(super) fn denied(
    asked: &Asked<'_>,
    attempted: Option<Scheme>,
    reason: &dyn fmt::Debug,
    status: StatusCode,
) {
    counters::denied(asked.name(), "denied", status.as_u16());
    tracing::info!(
        target: "auth_runtime",
        policy = asked.policy(),
        extractor = asked.by.extractor(),
        reason = ?reason,
        status = status.as_u16(),
        scheme = attempted.map(Scheme::as_str),
        issuer = asked.identity.map(Identity::issuer),
        subject = asked.identity.map(Identity::subject),
        "denied"
    );
}

/// The same where denials are only reported.
pub(super) fn would_have_been_denied(
    asked: &Asked<'_>,
    attempted: Option<Scheme>,
    reason: &dyn fmt::Debug,
    status: StatusCode,
) {
    counters::denied(asked.name(), "reported", status.as_u16());
    tracing::warn!(
        target: "auth_runtime",
        policy = asked.policy(),
        extractor = asked.by.extractor(),
        reason = ?reason,
        status = status.as_u16(),
        scheme = attempted.map(Scheme::as_str),
        issuer = asked.identity.map(Identity::issuer),
        subject = asked.identity.map(Identity::subject),
        "would have been denied"
    );
}

pub(super) fn logged_out(logged_out: &LoggedOut) {
    tracing::info!(
        target: "auth_runtime",
        issuer = logged_out.issuer,
        subject = logged_out.subject.as_deref(),
        by = if logged_out.of_session { "session" } else { "subject" },
        "logged out by the issuer"
    );
}

pub(super) fn logout_refused(reason: &str) {
    tracing::info!(target: "auth_runtime", reason, "logout refused");
}

macro_rules! error_once_a_second {
    ($about:expr, $($arguments:tt)+) => {{
        static THROTTLES: Throttles = Throttles::new();
        if let Some(suppressed) = THROTTLES.of($about).admit() {
            tracing::error!(target: "auth_runtime", suppressed, $($arguments)+);
        }
    }};
}

pub(super) fn missing_layer(policy: Option<&str>, extractor: Option<&str>) {
    error_once_a_second!(
        policy.or(extractor).unwrap_or_default(),
        policy,
        extractor,
        "no `Auth` in the request, so it was answered 500: finish an `auth_runtime::Router` by \
         `.with_auth(auth)`, or add `.layer(auth.layer())` to an `axum::Router`, after its routes"
    );
}

pub(super) fn identity_on_anonymous_route(extractor: &str, rule: &Rule) {
    error_once_a_second!(
        rule.name,
        policy = rule.name,
        extractor,
        "a route with `#[allow_anonymous]` never knows its caller, so it was answered 500: use \
         `#[optional_auth]` and `Option<Identity>`"
    );
}

pub(super) fn nothing_checked(value: &'static str) {
    error_once_a_second!(
        value,
        value,
        "no check handed on a `Checked` value of this type, so it was answered 500: return \
         `Allowed::with(..)` from the check, or take `Option<Checked<..>>`"
    );
}

pub(super) fn check_failed(rule: &Rule, check: usize, source: &(dyn Error + 'static)) {
    error_once_a_second!(
        rule.name,
        policy = rule.name,
        check,
        error = source,
        "a check failed"
    );
}

pub(super) fn authentication_failed(
    policy: Option<&'static str>,
    extractor: Option<&'static str>,
    scheme: Option<Scheme>,
    source: &(dyn Error + 'static),
) {
    error_once_a_second!(
        policy.or(extractor).unwrap_or_default(),
        policy,
        extractor,
        scheme = scheme.map(Scheme::as_str),
        error = source,
        "a credential could not be judged"
    );
}

pub(super) fn logout_unavailable(source: &(dyn Error + 'static)) {
    error_once_a_second!(
        "logout",
        error = source,
        "a logout that an issuer told of could not be carried out, so it was answered 503"
    );
}

pub(super) fn check_unavailable(rule: &Rule, check: usize, source: &(dyn Error + 'static)) {
    error_once_a_second!(
        rule.name,
        policy = rule.name,
        check,
        error = source,
        "what a check needs is unavailable"
    );
}

pub(super) fn renderer_panicked(asked: &Asked<'_>) {
    error_once_a_second!(
        asked.name(),
        policy = asked.policy(),
        extractor = asked.by.extractor(),
        "the renderer of refusals panicked, so the default body was sent"
    );
}

/// When a router is finished.
pub(super) fn surprising(map: &AccessMap) {
    for warning in map.warnings() {
        tracing::warn!(target: "auth_runtime", path = warning.path(), "{warning}");
    }
}

/// So that a caller who makes the errors of one route happen does not hide those of the others.
struct Throttles([Throttle; 16]);

impl Throttles {
    const fn new() -> Self {
        Self([const { Throttle::new() }; 16])
    }

    fn of(&self, about: &str) -> &Throttle {
        let sum = about.bytes().fold(0_usize, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(usize::from(byte))
        });
        let [first, ..] = &self.0;
        self.0.get(sum % self.0.len()).unwrap_or(first)
    }
}

/// Lets one event through per second.
struct Throttle {
    second: AtomicU64,
    suppressed: AtomicU64,
}

impl Throttle {
    const fn new() -> Self {
        Self {
            second: AtomicU64::new(0),
            suppressed: AtomicU64::new(0),
        }
    }

    /// How many events were held back since the last one; `None` holds this one back.
    fn admit(&self) -> Option<u64> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        self.admit_in(now)
    }

    /// The same in this second.
    fn admit_in(&self, now: u64) -> Option<u64> {
        if self.second.swap(now, Ordering::Relaxed) == now {
            self.suppressed.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.suppressed.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_errors_is_a_line_a_second() {
        let throttle = Throttle::new();
        let admit = |second| (0..1_000).find_map(|_| throttle.admit_in(second));
        assert_eq!(admit(7), Some(0));
        assert_eq!(admit(7), None);
        // Those that were held back in the second before.
        assert_eq!(admit(8), Some(1_000));
    }
}
