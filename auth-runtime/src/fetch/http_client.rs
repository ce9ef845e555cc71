//! The client of the feature `http-client`: reqwest over rustls.

use std::env;
use std::time::Duration;

use http::{Request, Response};
use reqwest::redirect::Policy;
use reqwest::{NoProxy, Proxy};

use super::Fetch;
use super::exchange::TooLong;
use crate::box_error::BoxError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The names and the order of `curl`.
const PROXY_VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The [`Fetch`] of the feature `http-client`: reqwest, with TLS by rustls and aws-lc-rs. An `Auth` uses it
/// unless [`AuthBuilder::fetch`](crate::AuthBuilder::fetch) sets another client.
///
/// Certificates are verified with the root certificates of the operating system. On Linux `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` replace them, for example for a private certificate authority. A container image without
/// root certificates needs the package `ca-certificates`. The time-out for connecting is three seconds. The
/// client uses HTTP/1.1, and supports no redirects, cookies or compression.
///
/// Requests over `https` use the proxy in `HTTPS_PROXY`, or else `ALL_PROXY`, except for the hosts in
/// `NO_PROXY`. Requests over `http`, which are for this machine, never use a proxy.
///
/// ```
/// use auth_runtime::{Auth, Jwt};
/// use auth_runtime::fetch::HttpClient;
///
/// // The same client as without `.fetch(..)`.
/// let auth = Auth::builder()
///     .bearer(
///         Jwt::issuer("https://issuer.example")
///             .audience("https://api.example")
///             .jwks_url("https://issuer.example/keys"),
///     )
///     .fetch(HttpClient::new()?)
///     .build()?;
/// # Ok::<(), auth_runtime::BoxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpClient(reqwest::Client);

impl HttpClient {
    /// Makes a client with its own pool of connections.
    ///
    /// # Errors
    ///
    /// The system has no root certificates, or the proxy in the environment is not a valid URL.
    pub fn new() -> Result<Self, BoxError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            // By default reqwest also sends `http` through the proxy of the environment.
            .no_proxy();
        let proxy = PROXY_VARIABLES
            .iter()
            .find_map(|name| env::var(name).ok().filter(|proxy| !proxy.is_empty()));
        if let Some(proxy) = proxy {
            // The message of reqwest may quote the URL, and so a password.
            let proxy = Proxy::https(proxy)
                .map_err(|_| BoxError::from("the proxy in the environment is not a valid URL"))?;
            builder = builder.proxy(proxy.no_proxy(NoProxy::from_env()));
        }
        Ok(Self(builder.build()?))
    }
}

impl Fetch for HttpClient {
    async fn fetch(
        &self,
        request: Request<Vec<u8>>,
        limit: usize,
    ) -> Result<Response<Vec<u8>>, BoxError> {
        let too_long = || BoxError::from(TooLong(limit));
        // The caller adds the URL without its query.
        let plain = |error: reqwest::Error| BoxError::from(error.without_url());

        let request = reqwest::Request::try_from(request).map_err(plain)?;
        let mut answer = self.0.execute(request).await.map_err(plain)?;
        let limit_of_header = u64::try_from(limit).unwrap_or(u64::MAX);
        if answer
            .content_length()
            .is_some_and(|length| length > limit_of_header)
        {
            return Err(too_long());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(plain)? {
            if chunk.len() > limit.saturating_sub(body.len()) {
                return Err(too_long());
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

#[cfg(test)]
#[path = "http_client_tests.rs"]
mod tests;
