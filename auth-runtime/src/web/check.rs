//! Checks: code of the handler's author that decides on the request itself.

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
use super::response::{AuthRejection, was_refused};
use crate::box_error::BoxError;
use crate::lock::Mutex;
use crate::policy::{AttributedDenial, Denial, Policy};

/// The checks of a rule, written by the macro.
#[diagnostic::on_unimplemented(
    message = "the checks of `{Self}` can't run with the state `{S}`",
    note = "every parameter of a `check` has to be an extractor for the router's state"
)]
pub trait Check<S>: Policy {
    /// Runs the check with this number.
    fn check(index: usize, parts: &mut Parts, state: &S) -> impl Future<Output = Outcome> + Send;
}

/// What came of a check. There is no variant that holds a response to be sent as a success.
#[derive(Debug)]
pub enum Outcome {
    /// The check holds, perhaps with something for the handler.
    Allowed(Option<InsertChecked>),
    /// It does not, or can't say.
    Refused(CheckError),
    /// An extractor of another crate asked for authentication: our challenge answers.
    Challenged,
    /// An extractor refused the request with a 4xx or 5xx.
    Rejected(Box<Response>),
}

/// Puts what a check loaded into the request, once the rule has let it in.
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

/// Why a `check` does not say yes.
///
/// Every [`std::error::Error`] turns into [`failed`](Self::failed) by `?`; say
/// `.map_err(CheckError::unavailable)?` where a 503 is the truth, and
/// `.map_err(CheckError::failed)?` for a boxed error, which is no `Error` itself. What made it fail
/// is logged and never shown.
#[derive(Debug)]
pub struct CheckError(pub(super) CheckErrorKind);

#[derive(Debug)]
pub(super) enum CheckErrorKind {
    Denied,
    NotFound,
    Unavailable {
        retry_after: Duration,
        source: BoxError,
    },
    Failed {
        source: BoxError,
    },
}

impl CheckError {
    /// The same as `false`: 403 unless another part of the rule holds.
    #[must_use]
    pub fn denied() -> Self {
        Self(CheckErrorKind::Denied)
    }

    /// 404 unless another part of the rule holds.
    #[must_use]
    pub fn not_found() -> Self {
        Self(CheckErrorKind::NotFound)
    }

    /// 503: what the check needs is down. `Retry-After` is 5 seconds.
    #[must_use]
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self(CheckErrorKind::Unavailable {
            retry_after: RETRY_AFTER,
            source: source.into(),
        })
    }

    /// 500: the check could not decide.
    #[must_use]
    pub fn failed(source: impl Into<BoxError>) -> Self {
        Self(CheckErrorKind::Failed {
            source: source.into(),
        })
    }

    /// Another `Retry-After` for [`unavailable`](Self::unavailable), in whole seconds.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        if let CheckErrorKind::Unavailable { retry_after, .. } = &mut self.0 {
            *retry_after = delay;
        }
        self
    }
}

const RETRY_AFTER: Duration = Duration::from_secs(5);

// `CheckError` itself is no `Error`, or this would overlap with `From<T> for T`.
impl<E: Error + Send + Sync + 'static> From<E> for CheckError {
    fn from(source: E) -> Self {
        Self::failed(source)
    }
}

/// A yes that hands on what the check loaded: the handler takes it as [`Checked<T>`].
#[derive(Debug)]
pub struct Allowed<T>(Option<T>);

impl<T> Allowed<T> {
    /// Yes, and here is what was loaded to find out. Of several checks that hand on the same type
    /// the handler gets the last one's value.
    #[must_use]
    pub fn with(value: T) -> Self {
        Self(Some(value))
    }

    /// Yes with the value if `allowed`, otherwise no.
    #[must_use]
    pub fn when(allowed: bool, value: T) -> Self {
        Self(allowed.then_some(value))
    }
}

/// What a check loaded and handed on with [`Allowed::with`], so that it is loaded once.
///
/// A handler whose rule can hold without the check takes `Option<Checked<T>>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked<T>(pub T);

/// In the extensions, which want `Clone`; a handler takes the value out.
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
            observe::nothing_checked(type_name::<T>());
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

/// What a check may return: `bool`, [`Allowed<T>`], or a `Result` of one of them whose error turns
/// into [`CheckError`].
#[diagnostic::on_unimplemented(
    message = "a check can't return `{Self}`",
    label = "this check returns `{Self}`",
    note = "return `bool`, `Allowed<T>`, or a `Result` of one of them with an error that is `Into<CheckError>`"
)]
pub trait Verdict {
    /// What it means.
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
/// What its refusal means for the check: a 4xx or 5xx passes through, a 401 that is not ours
/// becomes our challenge, and an answer that would look like a success is a failure.
pub async fn extract<T: FromRequestParts<S>, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<T, Outcome> {
    T::from_request_parts(parts, state)
        .await
        .map_err(|rejection| {
            let response = rejection.into_response();
            let status = response.status();
            if status == StatusCode::UNAUTHORIZED && !was_refused(&response) {
                Outcome::Challenged
            } else if status.is_client_error() || status.is_server_error() {
                Outcome::Rejected(Box::new(response))
            } else {
                failed(format!(
                    "the extractor `{}` refused with {status}",
                    type_name::<T>()
                ))
            }
        })
}

/// Waits for a check and says what its verdict means.
pub async fn conclude<V: Verdict>(check: impl Future<Output = V>) -> Outcome {
    check.await.into_outcome()
}

/// For a number that no check has: the rule and its checks do not belong together.
#[must_use]
pub fn unknown_check(index: usize) -> Outcome {
    failed(format!("there is no check {index}"))
}

/// A check or one of its extractors that panics has failed.
pub(super) async fn contain_panic(check: impl Future<Output = Outcome>) -> Outcome {
    AssertUnwindSafe(check)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| failed("it panicked"))
}

fn failed(source: impl Into<BoxError>) -> Outcome {
    Outcome::Refused(CheckError::failed(source))
}
