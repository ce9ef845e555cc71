//! Log events: one `tracing` event per decision, and events about errors of the application.
//!
//! | event | level | fields |
//! |---|---|---|
//! | `allowed` | debug | `policy`, `scheme`, `issuer`, `subject` |
//! | `denied` | info | `policy`, `extractor`, `method`, `path`, `reason`, `claim`, `received`, `expected`, `status`, `scheme`, `issuer`, `subject` |
//! | `would have been denied` | warn | the same as for `denied`; denials are only reported |
//! | `logged out by the issuer` | info | `issuer`, `subject`, `by` |
//! | `logout refused` | info | `reason` |
//! | `a credential could not be verified` | error; info if the only reason is the cool-down of key fetches | `policy`, `extractor`, `scheme`, `error` |
//! | others | error | `policy`, `extractor` or `caller`; the message says what happened and what to do |
//!
//! `scheme` is the kind of credential that the request presented. `extractor` is the extractor that refused or
//! failed. If the route has no guard, there is no `policy`. Decisions of `Auth::authorize` have no `method` and no
//! `path`.
//!
//! No event contains a token or a part of its text. For a refused token one claim is logged, truncated and
//! quoted: `iss`, `typ`, `alg` or `kid` of an unverified token, each at most once per second, or the audience
//! of a verified one. For a cross-site request, `Origin` and `Sec-Fetch-Site` are logged. For a verified caller the
//! issuer and the subject are logged, and no other claims.
//!
//! Requests can cause error events, so each kind of event is limited to one per second for a route;
//! `suppressed` counts the events that were left out before it. All denials are logged, so that they can be
//! counted.

use std::error::Error;
use std::fmt;

use axum::http::StatusCode;
use axum::http::request::Parts;

use super::denial_context::DenialContext;
use super::target::target;
use crate::access_map::{AccessMap, RuleWords};
use crate::auth::{Auth, is_key_cool_down};
use crate::authenticator::{FaultDetail, ReportedLogout};
use crate::counters;
use crate::identity::Identity;
use crate::policy::{Denial, Leaf, Rule};
use crate::quoted::{escaped, quoted_list};
use crate::scheme::Scheme;
use crate::throttle::Throttle;

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

/// Why a request is denied.
pub(super) enum LoggedReason<'a> {
    /// The denial before details are withheld from the client, and the `Auth` that denies.
    Denial(&'a Denial, &'a Auth),
    /// An extractor of a check refused the request.
    ExtractorOfCheck,
}

impl fmt::Debug for LoggedReason<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denial(denial, _) => denial.fmt(formatter),
            Self::ExtractorOfCheck => formatter.write_str("an extractor of a check refused"),
        }
    }
}

/// The fields that both events about a denial have.
macro_rules! denial_event {
    ($level:ident, $message:literal, $context:ident, $attempted:ident, $reason:ident, $status:ident, $request:ident) => {
        if tracing::enabled!(target: "auth_runtime", tracing::Level::$level) {
            let FaultDetail {
                claim,
                received,
                expected,
            } = detail($context, $attempted, $reason, $request);
            tracing::event!(
                target: "auth_runtime",
                tracing::Level::$level,
                policy = $context.policy(),
                extractor = $context.by.extractor(),
                method = $request.map(|request| escaped(request.method.as_str())),
                path = $request.map(|request| escaped(target(request).path())),
                reason = ?$reason,
                claim,
                received = received.map(tracing::field::display),
                expected = expected.map(tracing::field::display),
                status = $status.as_u16(),
                scheme = $attempted.map(Scheme::as_str),
                issuer = $context.identity.map(Identity::issuer),
                subject = $context.identity.map(Identity::subject),
                $message
            );
        }
    };
}

/// `request` is `None` outside of a request.
pub(super) fn denied(
    context: &DenialContext<'_>,
    attempted: Option<Scheme>,
    reason: &LoggedReason<'_>,
    status: StatusCode,
    request: Option<&Parts>,
) {
    counters::denied(context.name(), "denied", status.as_u16());
    denial_event!(INFO, "denied", context, attempted, reason, status, request);
}

/// A denial that is only reported.
pub(super) fn would_have_been_denied(
    context: &DenialContext<'_>,
    attempted: Option<Scheme>,
    reason: &LoggedReason<'_>,
    status: StatusCode,
    request: &Parts,
) {
    let request = Some(request);
    counters::denied(context.name(), "reported", status.as_u16());
    denial_event!(
        WARN,
        "would have been denied",
        context,
        attempted,
        reason,
        status,
        request
    );
}

/// What was received and what was expected, in addition to the denial.
fn detail(
    context: &DenialContext<'_>,
    attempted: Option<Scheme>,
    reason: &LoggedReason<'_>,
    request: Option<&Parts>,
) -> FaultDetail {
    let nothing = FaultDetail::default();
    let LoggedReason::Denial(denial, auth) = reason else {
        return nothing;
    };
    let schemes = context.rule.map_or(&[][..], |rule| rule.schemes);
    match (denial, context.rule) {
        (Denial::InvalidToken(_), _) if context.missing_claim.is_some() => FaultDetail {
            claim: context.missing_claim.map(str::to_owned),
            ..nothing
        },
        (Denial::InvalidToken(fault), _) => attempted
            .zip(request)
            .and_then(|(scheme, request)| auth.fault_detail(scheme, *fault, request))
            .unwrap_or(nothing),
        (Denial::CrossSiteRequest, _) => request
            .map(|request| auth.cross_site_detail(request, target))
            .unwrap_or_default(),
        (Denial::UnsupportedScheme, _) => FaultDetail {
            expected: Some(quoted_list(
                auth.accepted_schemes(schemes).map(Scheme::as_str),
            )),
            ..nothing
        },
        (
            Denial::InsufficientScope(_)
            | Denial::InsufficientUserAuthentication(_)
            | Denial::Forbidden
            | Denial::NotFound,
            Some(rule),
        ) if context.identity.is_some() => FaultDetail {
            expected: Some(RuleWords(rule).to_string()),
            ..nothing
        },
        _ => nothing,
    }
}

pub(super) fn logged_out(logout: &ReportedLogout) {
    tracing::info!(
        target: "auth_runtime",
        issuer = logout.issuer,
        subject = logout.subject.as_deref(),
        by = if logout.single_session { "session" } else { "subject" },
        "logged out by the issuer"
    );
}

pub(super) fn logout_refused(reason: &str) {
    tracing::info!(target: "auth_runtime", reason, "logout refused");
}

macro_rules! once_a_second {
    ($level:ident, $about:expr, $($arguments:tt)+) => {{
        static THROTTLES: Throttles = Throttles::new();
        if let Some(suppressed) = THROTTLES.of($about).admit() {
            tracing::event!(
                target: "auth_runtime",
                tracing::Level::$level,
                suppressed,
                $($arguments)+
            );
        }
    }};
}

macro_rules! error_once_a_second {
    ($($arguments:tt)+) => {
        once_a_second!(ERROR, $($arguments)+)
    };
}

pub(super) fn missing_layer(policy: Option<&str>, extractor: Option<&str>) {
    error_once_a_second!(
        policy.or(extractor).unwrap_or_default(),
        policy,
        extractor,
        "no `Auth` in the request, so it was answered 500: call `.with_auth(auth)` on an \
         `auth_runtime::Router`, or `.layer(auth.layer())` on an `axum::Router` after adding its routes"
    );
}

pub(super) fn identity_on_anonymous_route(extractor: &str, rule: &Rule) {
    error_once_a_second!(
        rule.name,
        policy = rule.name,
        extractor,
        "an extractor requires a caller on a route with `#[allow_anonymous]`, so the request was \
         answered 500: use `#[optional_auth]` and `Option<Identity>`"
    );
}

pub(super) fn missing_checked_value(value: &'static str) {
    error_once_a_second!(
        value,
        value,
        "no check returned a `Checked` value of this type, so the request was answered 500: return \
         `Allowed::with(..)` from the check, or take `Option<Checked<..>>`"
    );
}

/// The description of the check with this number, or the number, counted from one as in the access map.
fn check_name(rule: &Rule, number: usize) -> String {
    let leaves = rule.requirement.leaves();
    let mut checks = leaves.into_iter().filter_map(Leaf::check);
    let found = checks.find(|check| check.number == number);
    match found.and_then(|check| check.description) {
        Some(description) => description.to_owned(),
        None => number.saturating_add(1).to_string(),
    }
}

pub(super) fn check_failed(rule: &Rule, check: usize, source: &(dyn Error + 'static)) {
    error_once_a_second!(
        rule.name,
        policy = rule.name,
        check = check_name(rule, check),
        error = source,
        "a check failed"
    );
}

pub(super) fn check_extractor_failed(
    rule: &Rule,
    check: usize,
    extractor: &'static str,
    status: StatusCode,
) {
    error_once_a_second!(
        rule.name,
        policy = rule.name,
        check = check_name(rule, check),
        extractor,
        status = status.as_u16(),
        "an extractor of a check failed: a `Path` in a check must match the parameters of every route with its rule"
    );
}

pub(super) fn authentication_failed(
    policy: Option<&'static str>,
    extractor: Option<&'static str>,
    scheme: Option<Scheme>,
    source: &(dyn Error + 'static),
) {
    let about = policy.or(extractor).unwrap_or_default();
    let scheme = scheme.map(Scheme::as_str);
    if is_key_cool_down(source) {
        once_a_second!(
            INFO,
            about,
            policy,
            extractor,
            scheme,
            error = source,
            "a credential could not be verified"
        );
    } else {
        error_once_a_second!(
            about,
            policy,
            extractor,
            scheme,
            error = source,
            "a credential could not be verified"
        );
    }
}

pub(super) fn refresh_unavailable(source: &(dyn Error + 'static)) {
    error_once_a_second!(
        "refresh",
        error = source,
        "a refresh token could not be checked, so it was answered 503"
    );
}

#[cfg(feature = "sessions")]
pub(super) fn session_unavailable(source: &(dyn Error + 'static)) {
    error_once_a_second!(
        "session",
        error = source,
        "a session could not be changed, so the request was answered 503"
    );
}

#[cfg(feature = "sessions")]
pub(super) fn session_failed(source: &(dyn Error + 'static)) {
    error_once_a_second!(
        "session",
        error = source,
        "a session could not be changed, so the request was answered 500"
    );
}

pub(super) fn token_not_signed(source: &(dyn Error + 'static)) {
    error_once_a_second!(
        "token",
        error = source,
        "an access token could not be signed, so the request was answered 500"
    );
}

pub(super) fn logout_unavailable(source: &(dyn Error + 'static)) {
    if is_key_cool_down(source) {
        once_a_second!(
            INFO,
            "logout",
            error = source,
            "a logout token could not be verified yet, so it was answered 503"
        );
    } else {
        error_once_a_second!(
            "logout",
            error = source,
            "a logout could not be carried out, so the logout token was answered 503"
        );
    }
}

pub(super) fn check_unavailable(rule: &Rule, check: usize, source: &(dyn Error + 'static)) {
    error_once_a_second!(
        rule.name,
        policy = rule.name,
        check = check_name(rule, check),
        error = source,
        "a check could not decide, because a service is unavailable"
    );
}

/// At `debug`, because any caller without the claim causes it.
pub(super) fn check_lacks_claim(rule: &Rule, check: usize, source: &(dyn Error + 'static)) {
    tracing::debug!(
        target: "auth_runtime",
        policy = rule.name,
        check = check_name(rule, check),
        error = source,
        "a check denied, because the caller lacks a claim"
    );
}

pub(super) fn caller_failed(caller: &'static str, source: &(dyn Error + 'static)) {
    error_once_a_second!(
        caller,
        caller,
        error = source,
        "`FromIdentity` failed, so the request was answered 500"
    );
}

pub(super) fn caller_unavailable(caller: &'static str, source: &(dyn Error + 'static)) {
    error_once_a_second!(
        caller,
        caller,
        error = source,
        "`FromIdentity` could not load the caller, because a service is unavailable, so the request was answered 503"
    );
}

pub(super) fn renderer_panicked(context: &DenialContext<'_>) {
    error_once_a_second!(
        context.name(),
        policy = context.policy(),
        extractor = context.by.extractor(),
        "the renderer panicked, so the default body was sent"
    );
}

/// Logs the warnings about a router when it is finished.
pub(super) fn log_warnings(map: &AccessMap) {
    for warning in map.warnings() {
        tracing::warn!(target: "auth_runtime", path = warning.path(), "{warning}");
    }
}

/// Several throttles, so that a client that causes errors on one route does not suppress those of other routes.
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
