//! Verifies a name and a password that did not come in `Authorization`, with everything that an `Auth` does for a
//! request.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::net::IpAddr;
use std::pin::Pin;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use zeroize::Zeroizing;

use super::Auth;
use crate::authenticator::AuthenticationError;
use crate::credential::Peer;
use crate::identity::Identity;
use crate::scheme::Scheme;

/// In bytes. [`Basic`](crate::Basic) accepts no longer pairs: encoded they have 8 KiB.
const MAX_LENGTH: usize = 6 * 1024;

impl Auth {
    /// Verifies the name and the password of a login form, or of a login with JSON. Await the result.
    ///
    /// They are verified as if they had come in `Authorization: Basic`, by the [`Basic`](crate::Basic) of this `Auth`:
    /// with the same store, queue, time, new hashes, failure limits and revocation. As there, the name is not empty and
    /// has no colon, neither has a control character, and both together have at most 6 KiB: others are refused, so do
    /// not register them.
    ///
    /// The failures are counted by the [`Basic`](crate::Basic) of this `Auth`. If another `Auth` has a `Basic` too, use a
    /// clone of the same one for both.
    ///
    /// The `Auth` may be one that no route uses. Then no route accepts passwords, and no challenge offers `Basic`, for
    /// which browsers show a dialog of their own.
    ///
    /// # Errors
    ///
    /// The same errors as for a request. A handler can return them: [`AuthenticationError`] is a response.
    ///
    /// | error | reason | its response |
    /// |---|---|---|
    /// | [`Credentials`](AuthenticationError::Credentials) | a wrong password, an unknown user, a locked or expired account | 400 |
    /// | [`TooManyAttempts`](AuthenticationError::TooManyAttempts) | the [`FailureLimit`](crate::authenticator::FailureLimit) | 429 |
    /// | [`Unavailable`](AuthenticationError::Unavailable) | the store does not answer, or too many passwords are being hashed | 503 |
    /// | [`Failed`](AuthenticationError::Failed) | the `Auth` has no `Basic`, or code of the application panicked | 500 |
    ///
    /// A refused login is not logged: log the error yourself.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::authenticator::AuthenticationError;
    /// use auth_runtime::routing::post;
    /// use auth_runtime::users::{PasswordHashing, User, Users};
    /// use auth_runtime::{Auth, Basic, ClientAddress, Router, allow_anonymous};
    /// use axum::{Form, body::Body, extract::State, http::Request};
    /// use tower::ServiceExt;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct LogIn {
    ///     name: String,
    ///     password: String,
    /// }
    ///
    /// #[allow_anonymous(reason = "login")]
    /// async fn log_in(
    ///     State(passwords): State<Auth>,
    ///     ClientAddress(address): ClientAddress,
    ///     Form(sent): Form<LogIn>,
    /// ) -> Result<String, AuthenticationError> {
    ///     let caller = passwords.authenticate_password(&sent.name, &sent.password).from(address).await?;
    ///     Ok(format!("a token for {}", caller.subject())) // see `TokenIssuer`
    /// }
    ///
    /// let hashing = PasswordHashing::default();
    /// # let hashing = hashing.memory_kib(8).iterations(1);
    /// let users = Users::new().add("alice", User::new(hashing.hash("open sesame")?));
    /// let passwords = Auth::builder().basic(Basic::users(users).hashing(hashing)).build()?;
    /// # let auth = passwords.clone();
    /// # let _ = r#"
    /// let auth = Auth::builder().bearer(jwt).build()?;
    /// # "#;
    /// let app = Router::new().route("/login", post(log_in)).with_state(passwords).with_auth(auth);
    ///
    /// let request = |form: &'static str| {
    ///     let form_type = "application/x-www-form-urlencoded";
    ///     Request::post("/login").header("content-type", form_type).body(Body::from(form)).unwrap()
    /// };
    /// let good = app.clone().oneshot(request("name=alice&password=open+sesame")).await?;
    /// assert_eq!(good.status(), 200);
    /// let wrong = app.oneshot(request("name=alice&password=guessed")).await?;
    /// assert_eq!(wrong.status(), 400);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn authenticate_password<'a>(
        &'a self,
        name: &'a str,
        password: &'a str,
    ) -> PasswordAuthentication<'a> {
        PasswordAuthentication {
            auth: self,
            name,
            password,
            address: None,
        }
    }

    async fn verify_password(
        &self,
        name: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<Identity, AuthenticationError> {
        if self.kind(Scheme::BASIC).is_none() {
            return Err(AuthenticationError::failed(
                "the `Auth` accepts no passwords: call `AuthBuilder::basic`",
            ));
        }
        // What follows a colon would belong to the password. What is too long for a header field is not encoded first.
        let length = name.len().saturating_add(password.len());
        if name.contains(':') || length > MAX_LENGTH {
            return Err(AuthenticationError::Credentials);
        }
        let pair = Zeroizing::new(format!("{name}:{password}"));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        let line = Zeroizing::new(format!("{} {}", Scheme::BASIC.as_str(), *encoded));
        let line = HeaderValue::from_str(&line).map_err(|_| AuthenticationError::Credentials)?;
        let peer = address.map_or(Peer::Unknown, Peer::Client);
        self.verify_outside_of_header(line, peer, &[Scheme::BASIC])
            .await
    }
}

/// The verification of a name and a password, by [`Auth::authenticate_password`]. Await it.
#[must_use = "nothing is verified before it is awaited"]
pub struct PasswordAuthentication<'a> {
    auth: &'a Auth,
    name: &'a str,
    password: &'a str,
    address: Option<IpAddr>,
}

impl PasswordAuthentication<'_> {
    /// The address of the client, by which failures are counted. In a handler,
    /// [`ClientAddress`](crate::ClientAddress) has it. If no address is given, failures are counted by account only, as
    /// for a request without an address.
    pub fn from(self, address: impl Into<Option<IpAddr>>) -> Self {
        Self {
            address: address.into(),
            ..self
        }
    }
}

impl<'a> IntoFuture for PasswordAuthentication<'a> {
    type Output = Result<Identity, AuthenticationError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(
            self.auth
                .verify_password(self.name, self.password, self.address),
        )
    }
}

impl fmt::Debug for PasswordAuthentication<'_> {
    /// Without the password, and without the name: some people type their password there.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PasswordAuthentication")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
