//! Verifies a token that did not come in a header field, with everything that an `Auth` does for a request.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;

use http::HeaderValue;

use super::Auth;
use crate::authenticator::AuthenticationError;
use crate::credential::Peer;
use crate::identity::Identity;
use crate::scheme::Scheme;
use crate::token_fault::TokenFault;

/// Stands for the clients without an address. No client has it (RFC 6666), so that their failures are not counted for a
/// client.
const WITHOUT_ADDRESS: Ipv6Addr = Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0);

impl Auth {
    /// Verifies a bearer token that did not come in `Authorization`: in a message of a WebSocket, in the
    /// `connection_init` of a GraphQL subscription, in a job of a queue. Await the result.
    ///
    /// The token is verified as if it had come in `Authorization: Bearer`, with the same keys, caches, introspection,
    /// mapping, revocation and failure limits. Where API keys are accepted
    /// [by their prefix](crate::ApiKeys::authorization_prefix), they are accepted here too.
    ///
    /// [`authorize`](Self::authorize) decides what the caller may do.
    ///
    /// # Errors
    ///
    /// The same errors as for a request, as an [`AuthenticationError`]. [`AuthenticationError::Token`] says what is
    /// wrong with the token. You decide whether the client is told:
    /// [`verbose_errors`](crate::AuthBuilder::verbose_errors) applies to responses only. A refused token is not logged:
    /// log the error yourself.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use std::net::{IpAddr, Ipv6Addr};
    ///
    /// use auth_runtime::authenticator::AuthenticationError;
    /// use auth_runtime::denial::TokenFault;
    /// use auth_runtime::{Auth, testing::Issuer};
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
    ///
    /// let message = issuer.token("alice").sign();
    /// let address = IpAddr::from([192, 0, 2, 7]);
    /// let alice = auth.authenticate_token(&message).from(address).await?;
    /// assert_eq!(alice.subject(), "alice");
    ///
    /// let expired = issuer.token("alice").claim("exp", 1).sign();
    /// let refused = auth.authenticate_token(&expired).await;
    /// assert!(matches!(refused, Err(AuthenticationError::Token(TokenFault::Expired))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn authenticate_token<'a>(&'a self, token: &'a str) -> TokenAuthentication<'a> {
        TokenAuthentication {
            auth: self,
            token,
            address: None,
        }
    }

    async fn verify_token(
        &self,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Identity, AuthenticationError> {
        let bearer = self.kind(Scheme::BEARER);
        let auth_scheme = bearer.map_or(Scheme::BEARER, |kind| kind.challenge().scheme);
        let schemes: Vec<Scheme> = self
            .0
            .kinds
            .iter()
            .filter(|kind| kind.reads(auth_scheme))
            .map(|kind| kind.scheme)
            .collect();
        if schemes.is_empty() {
            return Err(AuthenticationError::failed(
                "the `Auth` accepts no bearer tokens: call `AuthBuilder::bearer`",
            ));
        }
        let line = HeaderValue::try_from(format!("{} {token}", auth_scheme.as_str()))
            .map_err(|_| TokenFault::Malformed)?;
        // The failures of all callers without an address are counted together: there is no account to count by.
        let peer = Peer::Client(address.unwrap_or(WITHOUT_ADDRESS.into()));
        self.verify_outside_of_header(line, peer, &schemes).await
    }
}

/// The verification of a token, by [`Auth::authenticate_token`]. Await it.
#[must_use = "nothing is verified before it is awaited"]
pub struct TokenAuthentication<'a> {
    auth: &'a Auth,
    token: &'a str,
    address: Option<IpAddr>,
}

impl TokenAuthentication<'_> {
    /// The address of the client that sent the token, by which failures are counted. In a handler,
    /// [`ClientAddress`](crate::ClientAddress) has it. If no address is given, failures are counted together for all
    /// such tokens. Too many of them delay all of these tokens ([`AuthenticationError::TooManyAttempts`]).
    pub fn from(self, address: impl Into<Option<IpAddr>>) -> Self {
        Self {
            address: address.into(),
            ..self
        }
    }
}

impl<'a> IntoFuture for TokenAuthentication<'a> {
    type Output = Result<Identity, AuthenticationError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.auth.verify_token(self.token, self.address))
    }
}

impl fmt::Debug for TokenAuthentication<'_> {
    /// Without the token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenAuthentication")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
