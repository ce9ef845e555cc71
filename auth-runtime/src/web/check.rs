//! Checks: code of the handler's author that decides on the request itself.

use std::any::type_name;
use std::error::Error;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::observe;
use super::response::{Refusal, was_refused};
use crate::policy::Policy;

/// The checks of a policy, written by the macro. A policy without checks takes the default.
#[diagnostic::on_unimplemented(
    message = "the checks of `{Self}` can't run with the state `{S}`",
    note = "every parameter of a `check` has to be an extractor for the router's state"
)]
pub trait Check<S>: Policy {
    /// Runs the check with this number.
    fn check(index: usize, parts: &mut Parts, state: &S) -> impl Future<Output = Outcome> + Send {
        let _ = (parts, state);
        std::future::ready(unknown_check(index))
    }
}

/// What came of a check. There is no variant that holds a response to be sent as a success.
#[derive(Debug)]
pub enum Outcome {
    /// The check holds.
    Allowed,
    /// It does not.
    Denied,
    /// It does not, and the caller is not to know whether the thing exists.
    NotFound,
    /// What it needs is down.
    Unavailable {
        /// When it is worth trying again.
        retry_after: Duration,
        /// Why, for the log.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It failed.
    Failed {
        /// Why, for the log.
        source: Box<dyn Error + Send + Sync>,
    },
    /// An extractor of another crate asked for authentication: our challenge answers.
    Challenged,
    /// An extractor refused the request with a 4xx or 5xx.
    Rejected(Box<Response>),
}

/// Why a `check` does not say yes.
///
/// Every [`std::error::Error`] turns into [`failed`](Self::failed) by `?`; say
/// `.map_err(CheckError::unavailable)?` where a 503 is the truth. What made it fail is logged and
/// never shown.
#[derive(Debug)]
pub struct CheckError(Kind);

#[derive(Debug)]
enum Kind {
    Denied,
    NotFound,
    Unavailable {
        retry_after: Duration,
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    Failed {
        source: Box<dyn Error + Send + Sync>,
    },
}

impl CheckError {
    /// The same as `false`: 403 unless another part of the rule holds.
    #[must_use]
    pub fn denied() -> Self {
        Self(Kind::Denied)
    }

    /// 404 unless another part of the rule holds.
    #[must_use]
    pub fn not_found() -> Self {
        Self(Kind::NotFound)
    }

    /// 503: what the check needs is down. `Retry-After` is 5 seconds.
    #[must_use]
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Kind::Unavailable {
            retry_after: RETRY_AFTER,
            source: Some(source.into()),
        })
    }

    /// 500: the check could not decide.
    #[must_use]
    pub fn failed(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Kind::Failed {
            source: source.into(),
        })
    }

    /// Another `Retry-After` for [`unavailable`](Self::unavailable), in whole seconds.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        if let Kind::Unavailable { retry_after, .. } = &mut self.0 {
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
    /// Yes, and here is what was loaded to find out.
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
struct HandedOn<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for HandedOn<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

fn take<T: Send + 'static>(parts: &mut Parts) -> Option<T> {
    let handed_on = parts.extensions.remove::<HandedOn<T>>()?;
    handed_on
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
}

impl<S: Send + Sync, T: Send + 'static> FromRequestParts<S> for Checked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        take(parts).map(Self).ok_or_else(|| {
            observe::nothing_checked(type_name::<T>());
            Refusal::failed(parts)
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
    /// What it means; a value to hand on goes into the request.
    fn into_outcome(self, parts: &mut Parts) -> Outcome;
}

impl Verdict for bool {
    fn into_outcome(self, _: &mut Parts) -> Outcome {
        if self {
            Outcome::Allowed
        } else {
            Outcome::Denied
        }
    }
}

impl<T: Send + 'static> Verdict for Allowed<T> {
    fn into_outcome(self, parts: &mut Parts) -> Outcome {
        let Some(value) = self.0 else {
            return Outcome::Denied;
        };
        parts
            .extensions
            .insert(HandedOn(Arc::new(Mutex::new(Some(value)))));
        Outcome::Allowed
    }
}

impl<V: Verdict, E: Into<CheckError>> Verdict for Result<V, E> {
    fn into_outcome(self, parts: &mut Parts) -> Outcome {
        match self.map_err(Into::into) {
            Ok(verdict) => verdict.into_outcome(parts),
            Err(CheckError(Kind::Denied)) => Outcome::Denied,
            Err(CheckError(Kind::NotFound)) => Outcome::NotFound,
            Err(CheckError(Kind::Unavailable {
                retry_after,
                source,
            })) => Outcome::Unavailable {
                retry_after,
                source,
            },
            Err(CheckError(Kind::Failed { source })) => Outcome::Failed { source },
        }
    }
}

/// Runs an extractor for a check.
///
/// # Errors
///
/// What its refusal means for the check: a 4xx or 5xx passes through, a 401 becomes our challenge,
/// and an answer that would look like a success is a failure.
pub async fn extract<T: FromRequestParts<S>, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<T, Outcome> {
    T::from_request_parts(parts, state)
        .await
        .map_err(|rejection| {
            let response = rejection.into_response();
            let status = response.status();
            if was_refused(&response) {
                Outcome::Rejected(Box::new(response))
            } else if status == StatusCode::UNAUTHORIZED {
                Outcome::Challenged
            } else if status.is_client_error() || status.is_server_error() {
                Outcome::Rejected(Box::new(response))
            } else {
                let source = format!("the extractor `{}` refused with {status}", type_name::<T>());
                Outcome::Failed {
                    source: source.into(),
                }
            }
        })
}

/// Waits for a check and says what its verdict means.
pub async fn conclude<V: Verdict>(check: impl Future<Output = V>, parts: &mut Parts) -> Outcome {
    check.await.into_outcome(parts)
}

/// For a number that no check has: the rule and its checks do not belong together.
#[must_use]
pub fn unknown_check(index: usize) -> Outcome {
    Outcome::Failed {
        source: format!("there is no check {index}").into(),
    }
}

/// A check or one of its extractors that panics has failed.
pub(super) async fn contain_panic(check: impl Future<Output = Outcome>) -> Outcome {
    AssertUnwindSafe(check)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Outcome::Failed {
            source: "it panicked".into(),
        })
}
