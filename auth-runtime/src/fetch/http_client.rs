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
/// The names of `curl`, in its order.
const PROXY_VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The [`Fetch`] of the feature `http-client`: reqwest, with TLS by rustls and aws-lc-rs. It is what
/// an `Auth` asks with unless [`AuthBuilder::fetch`](crate::AuthBuilder::fetch) names another.
///
/// Certificates are verified by the roots of the operating system; on Linux `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` name others, such as those of a private authority. A container image without any
/// needs `ca-certificates`. Connecting takes three seconds at most. There are no redirects, no
/// cookies, no compression, and HTTP/1.1 only.
///
/// `HTTPS_PROXY`, or else `ALL_PROXY`, with the exceptions in `NO_PROXY`, is used for `https`, whose
/// contents a proxy does not see. `http`, which is for this machine, never goes through a proxy.
///
/// ```
/// use auth_runtime::{Auth, Jwt};
/// use auth_runtime::fetch::HttpClient;
///
/// // As without `.fetch(..)`.
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
    /// A client with connections of its own.
    ///
    /// # Errors
    ///
    /// The system has no root certificates, or the proxy of the environment is no URL.
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
            // reqwest's own reading of the environment sends `http` through a proxy as well.
            .no_proxy();
        let proxy = PROXY_VARIABLES
            .iter()
            .find_map(|name| env::var(name).ok().filter(|proxy| !proxy.is_empty()));
        if let Some(proxy) = proxy {
            // Its own message may quote the address, and so a password.
            let proxy = Proxy::https(proxy)
                .map_err(|_| BoxError::from("the proxy that the environment names is no URL"))?;
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
        // Who calls knows the address, and says it without its query.
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
