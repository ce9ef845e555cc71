//! A request to another server and its response. The limits here apply whatever the [`Fetch`](super::Fetch)
//! does.

use std::error::Error;
use std::fmt;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use http::header::{ACCEPT, LOCATION};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::{Client, Endpoint};
use crate::box_error::BoxError;

/// The maximum length of a remote text in a message, in characters.
const LONGEST_TEXT: usize = 300;
const MAX_REDIRECTS: usize = 3;

/// The limits of a response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExchangeLimits {
    /// The end of the time for all requests, redirects included.
    pub(crate) until: Instant,
    /// The maximum length of the body, in bytes.
    pub(crate) length: usize,
}

/// A document of a response with status 200.
pub(crate) struct FetchedDocument {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why there is no usable response, for the log and health pages. It has the URL, and no part of a body.
#[derive(Debug)]
pub(crate) struct Unanswered {
    endpoint: Endpoint,
    problem: ExchangeProblem,
}

#[derive(Debug)]
enum ExchangeProblem {
    TimedOut,
    NoAnswer(BoxError),
    Panicked,
    TooLong(TooLong),
    Status(StatusCode),
    Redirect(&'static str),
    OtherOrigin(String),
}

impl Unanswered {
    /// Whether the response was longer than the limit.
    #[cfg(feature = "introspection")]
    pub(crate) fn is_too_long(&self) -> bool {
        matches!(self.problem, ExchangeProblem::TooLong(_))
    }

    /// The status of the response, if that is the problem.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        match self.problem {
            ExchangeProblem::Status(status) => Some(status),
            _ => None,
        }
    }
}

/// A body of more bytes than the limit.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the response has more than {0} bytes")]
pub(super) struct TooLong(pub(super) usize);

impl fmt::Display for Unanswered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.endpoint)?;
        match &self.problem {
            ExchangeProblem::TimedOut => formatter.write_str("no response in time"),
            ExchangeProblem::NoAnswer(error) => formatter.write_str(&chain(error)),
            ExchangeProblem::Panicked => formatter.write_str("the client panicked"),
            ExchangeProblem::TooLong(error) => error.fmt(formatter),
            ExchangeProblem::Status(status) => {
                write!(formatter, "the response has status {status}")
            }
            ExchangeProblem::Redirect(what) => {
                write!(formatter, "the response is a redirect {what}")
            }
            ExchangeProblem::OtherOrigin(origin) => write!(
                formatter,
                "the response is a redirect to another origin, {origin}, which is not followed"
            ),
        }
    }
}

impl Error for Unanswered {}

/// Requests a document, and follows redirects to the same origin.
pub(crate) async fn get(
    client: &Client,
    endpoint: &Endpoint,
    accept: &'static str,
    limits: ExchangeLimits,
) -> Result<FetchedDocument, Unanswered> {
    let mut endpoint = endpoint.clone();
    for _ in 0..=MAX_REDIRECTS {
        let mut request = Request::new(Vec::new());
        *request.uri_mut() = endpoint.uri().clone();
        let accept = HeaderValue::from_static(accept);
        request.headers_mut().insert(ACCEPT, accept);
        let response = send(client, &endpoint, request, limits).await?;
        let status = response.status();
        if status == StatusCode::OK {
            let (parts, body) = response.into_parts();
            let headers = parts.headers;
            return Ok(FetchedDocument { headers, body });
        }
        if !is_redirect(status) {
            return Err(Unanswered {
                endpoint,
                problem: ExchangeProblem::Status(status),
            });
        }
        match next(&endpoint, response.headers()) {
            Ok(next) => endpoint = next,
            Err(problem) => return Err(Unanswered { endpoint, problem }),
        }
    }
    Err(Unanswered {
        endpoint,
        problem: ExchangeProblem::Redirect("after three others"),
    })
}

/// Sends a single request. A response of any status is a success, including a redirect.
pub(crate) async fn send(
    client: &Client,
    endpoint: &Endpoint,
    request: Request<Vec<u8>>,
    limits: ExchangeLimits,
) -> Result<Response<Vec<u8>>, Unanswered> {
    let unanswered = |problem| Unanswered {
        endpoint: endpoint.clone(),
        problem,
    };
    // The application may provide the client. Its panic must not end this task, nor may a panic when its
    // future is dropped after the time-out.
    let answer = AssertUnwindSafe(async {
        timeout_at(limits.until, client.fetch(request, limits.length)).await
    });
    match answer.catch_unwind().await {
        Err(_) => Err(unanswered(ExchangeProblem::Panicked)),
        Ok(Err(_)) => Err(unanswered(ExchangeProblem::TimedOut)),
        // Only the client of the feature `http-client` returns this error.
        Ok(Ok(Err(error))) => Err(unanswered(match error.downcast_ref::<TooLong>().copied() {
            Some(error) => ExchangeProblem::TooLong(error),
            None => ExchangeProblem::NoAnswer(error),
        })),
        Ok(Ok(Ok(response))) if response.body().len() > limits.length => {
            Err(unanswered(ExchangeProblem::TooLong(TooLong(limits.length))))
        }
        Ok(Ok(Ok(response))) => Ok(response),
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn next(endpoint: &Endpoint, headers: &HeaderMap) -> Result<Endpoint, ExchangeProblem> {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or(ExchangeProblem::Redirect("without a readable `Location`"))?;
    let next = endpoint.resolve(location).map_err(|_| {
        ExchangeProblem::Redirect("to a URL that is not allowed, which is not followed")
    })?;
    if next.is_same_origin(endpoint) {
        Ok(next)
    } else {
        Err(ExchangeProblem::OtherOrigin(shortened(&next.origin())))
    }
}

/// An error with its sources: the text of a client's error is often just "error sending request".
pub(super) fn chain(error: &BoxError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        if text.len() > LONGEST_TEXT {
            break;
        }
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    shortened(&text)
}

/// A remote text, on one line and cut to the length of a message.
pub(crate) fn shortened(text: &str) -> String {
    let plain = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    let mut short: String = text.chars().take(LONGEST_TEXT).map(plain).collect();
    if text.chars().nth(LONGEST_TEXT).is_some() {
        short.push_str("..");
    }
    short
}

#[cfg(test)]
#[path = "exchange_tests.rs"]
mod tests;
