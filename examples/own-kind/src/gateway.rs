//! The kind of credential: a header field that a gateway has signed. It is not bound to one request: the guide's page
//! on a kind of your own shows how to sign the method and the target too.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::{Duration, UNIX_EPOCH};

use auth_runtime::authenticator::{
    AuthenticationError, AuthenticationOutcome, Authenticator, AuthenticatorStatus,
    CredentialRequest, Source,
};
use auth_runtime::identity::Provides;
use auth_runtime::{BoxError, Identity, Scheme};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use tokio::sync::watch;
use tokio::time::sleep;

const GATEWAY: Scheme = Scheme::new("Gateway");
const ISSUER: &str = "https://gateway.example";
const NOT_READ: &str = "the secret of the gateway has not been read yet";

/// `X-Gateway-Caller: <caller as base64url of JSON>.<HMAC-SHA256 of that as base64url>`
pub(crate) struct Gateway {
    /// `None` until the secret has been read.
    mac: watch::Receiver<Option<Hmac<Sha256>>>,
}

/// The caller, as the gateway describes it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Caller {
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) roles: Vec<String>,
    /// In seconds since 1970. A stolen header is valid until then.
    pub(crate) expires: u64,
}

/// The key of the secret, which must be as long as the tag (RFC 2104 section 3).
fn key(secret: &[u8]) -> Result<Hmac<Sha256>, BoxError> {
    if secret.len() < 32 {
        return Err(format!(
            "the secret has {} bytes, at least 32 are needed",
            secret.len()
        )
        .into());
    }
    Ok(Hmac::new_from_slice(secret)?)
}

impl Gateway {
    pub(crate) fn new(secret: &[u8]) -> Result<Self, BoxError> {
        let (_, mac) = watch::channel(Some(key(secret)?));
        Ok(Self { mac })
    }

    /// Reads the secret from a file, which may be created later: written under another name, and then renamed, so
    /// that it is read whole. A line break at the end does not count.
    pub(crate) fn with_secret_file(path: PathBuf) -> Self {
        let (sender, mac) = watch::channel(None);
        tokio::spawn(async move {
            let key = loop {
                if let Ok(secret) = tokio::fs::read(&path).await
                    && let Ok(key) = key(secret.strip_suffix(b"\n").unwrap_or(&secret))
                {
                    break key;
                }
                sleep(Duration::from_millis(100)).await;
            };
            sender.send_replace(Some(key));
        });
        Self { mac }
    }

    fn verify(mac: Hmac<Sha256>, value: &[u8], request: CredentialRequest<'_>) -> Option<Identity> {
        let (caller, tag) = std::str::from_utf8(value).ok()?.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        // Compares in constant time.
        mac.chain_update(caller).verify_slice(&tag).ok()?;
        let caller: Caller = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(caller).ok()?).ok()?;
        let expiry = UNIX_EPOCH.checked_add(Duration::from_secs(caller.expires))?;
        if expiry <= request.now() {
            return None;
        }
        let identity = request
            .identity(ISSUER, caller.name)
            .expires_at(expiry)
            .scopes(caller.scopes)
            .roles(caller.roles);
        Some(identity.build())
    }

    /// Signs a caller, as the gateway does.
    pub(crate) fn sign(secret: &[u8], caller: &Caller) -> Result<String, BoxError> {
        let caller = URL_SAFE_NO_PAD.encode(serde_json::to_vec(caller)?);
        let mac = Hmac::<Sha256>::new_from_slice(secret)?;
        let tag = mac.chain_update(&caller).finalize();
        let tag = URL_SAFE_NO_PAD.encode(tag.into_bytes());
        Ok(format!("{caller}.{tag}"))
    }
}

impl Authenticator for Gateway {
    fn scheme(&self) -> Scheme {
        GATEWAY
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::header("x-gateway-caller")]
    }

    fn provides(&self) -> Provides {
        Provides::NONE.scopes().roles()
    }

    fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        let value = match request.find(&Source::header("x-gateway-caller")) {
            Ok(Some(value)) => value,
            Ok(None) => return AuthenticationOutcome::Absent,
            Err(error) => return Err(error).into(),
        };
        let Some(mac) = self.mac.borrow().clone() else {
            return Err(AuthenticationError::unavailable(NOT_READ)).into();
        };
        Self::verify(mac, &value, request)
            .ok_or(AuthenticationError::Credentials)
            .into()
    }

    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut mac = self.mac.clone();
        Box::pin(async move {
            // An error means that the task which reads the file has ended with its runtime.
            let _ = mac.wait_for(Option::is_some).await;
        })
    }

    fn is_ready(&self) -> bool {
        self.mac.borrow().is_some()
    }

    fn status(&self) -> AuthenticatorStatus {
        let mut status = AuthenticatorStatus::default();
        status.last_error = (!self.is_ready()).then(|| NOT_READ.to_owned());
        status
    }
}
