//! Checks: code of the application that decides about a request.

use std::any::type_name;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::caller::refuse;
use super::observe;
use super::response::{AuthRejection, status_of_refusal, was_refused};
use crate::box_error::BoxError;
use crate::identity::ClaimsError;
use crate::lock::Mutex;
use crate::policy::{AttributedDenial, Denial};

/// The checks and policies in a rule, or one named check. The macro generates the implementation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't run with the state `{S}`",
    note = "every parameter of a `check` must be an extractor for the state of the router"
)]
pub trait Check<S> {
    /// Runs the check at `place` among the checks and policies of the rule. If a policy is there, runs its check
    /// `number_in_policy`. A named check ignores both.
    fn check(
        place: usize,
        number_in_policy: usize,
        parts: &mut Parts,
        state: &S,
    ) -> impl Future<Output = Outcome> + Send;
}

/// The outcome of a check. There is no variant with a successful response.
#[derive(Debug)]
pub enum Outcome {
    /// The check holds, with an optional value for the handler.
    Allowed(Option<InsertChecked>),
    /// The check does not hold, or it could not decide.
    Refused(CheckError),
    /// An extractor of another crate answered 401. The response is the 401 of this crate instead.
    Challenged,
    /// An extractor rejected the request with a 4xx or 5xx.
    Rejected {
        /// The type of the extractor, for the log.
        extractor: &'static str,
        /// Its response.
        response: Box<Response>,
    },
}

/// Inserts the value of a check into the request, after the rule has allowed the request.
pub struct InsertChecked(Box<dyn FnOnce(&mut Extensions) + Send>);

impl InsertChecked {
    pub(super) fn into_request(self, extensions: &mut Extensions) {
        (self.0)(extensions);
    }
}

impl fmt::Debug for InsertChecked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InsertChecked")
    }
}

/// Why a `check` does not allow the request.
///
/// `?` converts an error about a [claim](crate::Identity::claim) of the caller into [`denied`](Self::denied), and every
/// other [`std::error::Error`] into [`failed`](Self::failed). Write
/// `.map_err(CheckError::unavailable)?` to answer 503 instead, and `.map_err(CheckError::failed)?` for a boxed error,
/// which does not implement `Error`. The error is logged and never shown to a client.
#[derive(Debug)]
pub struct CheckError(pub(super) CheckErrorKind);

#[derive(Debug)]
pub(super) enum CheckErrorKind {
    Denied,
    NotFound,
    /// The identity lacks a claim, or the claim or the subject has another form.
    Claims(ClaimsError),
    Unavailable {
        retry_after: Duration,
        source: BoxError,
    },
    Failed {
        source: BoxError,
    },
}

impl CheckError {
    /// The same as `false`: 403, unless another part of the rule holds.
    #[must_use]
    pub fn denied() -> Self {
        Self(CheckErrorKind::Denied)
    }

    /// 404, unless another part of the rule holds.
    #[must_use]
    pub fn not_found() -> Self {
        Self(CheckErrorKind::NotFound)
    }

    /// 503, because a service that the check needs is unavailable. `Retry-After` is 5 seconds.
    #[must_use]
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self(CheckErrorKind::Unavailable {
            retry_after: RETRY_AFTER,
            source: source.into(),
        })
    }

    /// 500, because the check could not decide.
    #[must_use]
    pub fn failed(source: impl Into<BoxError>) -> Self {
        Self(CheckErrorKind::Failed {
            source: source.into(),
        })
    }

    /// Sets the `Retry-After` of [`unavailable`](Self::unavailable), rounded up to whole seconds.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        if let CheckErrorKind::Unavailable { retry_after, .. } = &mut self.0 {
            *retry_after = delay;
        }
        self
    }
}

const RETRY_AFTER: Duration = Duration::from_secs(5);

// `CheckError` does not implement `Error`, because this would overlap with `From<T> for T`.
impl<E: Error + Send + Sync + 'static> From<E> for CheckError {
    fn from(source: E) -> Self {
        let source: BoxError = Box::new(source);
        // Any client can present a token without the claim, so it must not be answered 500.
        match source.downcast::<ClaimsError>() {
            Ok(error) => Self(CheckErrorKind::Claims(*error)),
            Err(source) => Self::failed(source),
        }
    }
}

/// The result of a check that passes a value to the handler, which takes it as [`Checked<T>`].
#[derive(Debug)]
pub struct Allowed<T>(Option<T>);

impl<T> Allowed<T> {
    /// The check holds, and `value` is passed to the handler. If several checks pass a value of the same type, the
    /// handler gets the last one.
    #[must_use]
    pub fn with(value: T) -> Self {
        Self(Some(value))
    }

    /// The same as [`with`](Self::with) if `allowed` is `true`, otherwise the same as `false`.
    #[must_use]
    pub fn when(allowed: bool, value: T) -> Self {
        Self(allowed.then_some(value))
    }
}

/// The value that a check returned with [`Allowed::with`] or [`Allowed::when`]. The handler does not have to load it
/// again.
///
/// If the rule can hold without the check, take `Option<Checked<T>>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked<T>(pub T);

/// The value in the extensions, which require `Clone`. The extractor removes it.
struct CheckedValue<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for CheckedValue<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

fn take<T: Send + 'static>(parts: &mut Parts) -> Option<T> {
    let value = parts.extensions.remove::<CheckedValue<T>>()?;
    value.0.lock().take()
}

impl<S: Send + Sync, T: Send + 'static> FromRequestParts<S> for Checked<T> {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        take(parts).map(Self).ok_or_else(|| {
            observe::missing_checked_value(type_name::<T>());
            let denied = AttributedDenial::new(Denial::Failed, None);
            refuse(parts, "Checked", denied, None)
        })
    }
}

impl<S: Send + Sync, T: Send + 'static> OptionalFromRequestParts<S> for Checked<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(take(parts).map(Self))
    }
}

/// The return type of a check: `bool`, [`Allowed<T>`], or a `Result` of one of them whose error converts into
/// [`CheckError`].
#[diagnostic::on_unimplemented(
    message = "a check can't return `{Self}`",
    label = "this check returns `{Self}`",
    note = "return `bool`, `Allowed<T>`, or a `Result` of one of them with an error that is `Into<CheckError>`"
)]
pub trait Verdict {
    /// Converts the return value.
    fn into_outcome(self) -> Outcome;
}

impl Verdict for bool {
    fn into_outcome(self) -> Outcome {
        if self {
            Outcome::Allowed(None)
        } else {
            Outcome::Refused(CheckError::denied())
        }
    }
}

impl<T: Send + 'static> Verdict for Allowed<T> {
    fn into_outcome(self) -> Outcome {
        let Some(value) = self.0 else {
            return Outcome::Refused(CheckError::denied());
        };
        Outcome::Allowed(Some(InsertChecked(Box::new(|extensions| {
            extensions.insert(CheckedValue(Arc::new(Mutex::new(Some(value)))));
        }))))
    }
}

impl<V: Verdict, E: Into<CheckError>> Verdict for Result<V, E> {
    fn into_outcome(self) -> Outcome {
        match self {
            Ok(verdict) => verdict.into_outcome(),
            Err(error) => Outcome::Refused(error.into()),
        }
    }
}

/// Runs an extractor for a check.
///
/// # Errors
///
/// The outcome of its rejection. A 4xx or 5xx is returned as it is, except that a 401 of another crate becomes the 401
/// of this one. A redirect of this crate to the login page is returned too. Any other 1xx, 2xx or 3xx is an error.
pub async fn extract<T: FromRequestParts<S>, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<T, Outcome> {
    T::from_request_parts(parts, state)
        .await
        .map_err(|rejection| {
            let response = rejection.into_response();
            let status = status_of_refusal(&response);
            if status == StatusCode::UNAUTHORIZED && !was_refused(&response) {
                Outcome::Challenged
            } else if status.is_client_error() || status.is_server_error() {
                Outcome::Rejected {
                    extractor: type_name::<T>(),
                    response: Box::new(response),
                }
            } else {
                failed(format!(
                    "the extractor `{}` rejected the request with {status}",
                    type_name::<T>()
                ))
            }
        })
}

/// Waits for a check and converts its verdict.
pub async fn conclude<V: Verdict>(check: impl Future<Output = V>) -> Outcome {
    check.await.into_outcome()
}

/// The outcome for a number without a check, if a rule and its checks do not match.
#[must_use]
pub fn unknown_check(number: usize) -> Outcome {
    failed(format!("the rule has no check with the number {number}"))
}

/// Treats a panic of a check or of one of its extractors as an error.
pub(super) async fn contain_panic(check: impl Future<Output = Outcome>) -> Outcome {
    AssertUnwindSafe(check)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| failed("the check panicked"))
}

fn failed(source: impl Into<BoxError>) -> Outcome {
    Outcome::Refused(CheckError::failed(source))
}
