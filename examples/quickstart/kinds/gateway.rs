//! A kind of our own: a header that a gateway in front has signed.
//!
//! With `GATEWAY_SECRET_FILE`, the secret that is shared with the gateway is read from a file, which the platform
//! may provide later than this program is started. Until then the kind is not ready: `/ready` and requests
//! with the header get 503.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::authenticator::{
    AuthenticationError, AuthenticationOutcome, Authenticator, AuthenticatorStatus,
    CredentialRequest, Source,
};
use auth_runtime::identity::Provides;
use auth_runtime::{Auth, BoxError, Identity, Scheme};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use tokio::sync::watch;
use tokio::time::sleep;

use super::{Bad, Credential, ISSUER, Kind};

const GATEWAY: Scheme = Scheme::new("Gateway");
/// Shared with the gateway. A real one is random, and in no source code.
const SECRET: &[u8] = b"known to this service and to its gateway";
const NOT_READ: &str = "the secret of the gateway has not been read yet";

/// `X-Gateway-Caller: <caller as base64url of JSON>.<HMAC-SHA256 of that as base64url>`
struct Gateway {
    /// `None` until the secret has been read.
    mac: watch::Receiver<Option<Hmac<Sha256>>>,
}

/// What the gateway says of a caller.
#[derive(Deserialize, Serialize)]
struct Caller {
    name: String,
    scopes: Vec<String>,
    roles: Vec<String>,
    /// Seconds since 1970; whoever gets hold of a header can use it until then.
    expires: u64,
}

impl Gateway {
    fn new(secret: &[u8]) -> Result<Self, hmac::digest::InvalidLength> {
        let mac = Hmac::new_from_slice(secret)?;
        let (_, mac) = watch::channel(Some(mac));
        Ok(Self { mac })
    }

    /// The secret is what is in this file, once there is one.
    fn with_secret_file(path: PathBuf) -> Self {
        let (sender, mac) = watch::channel(None);
        tokio::spawn(async move {
            let secret = loop {
                match tokio::fs::read(&path).await {
                    Ok(secret) => break secret,
                    Err(_) => sleep(Duration::from_millis(100)).await,
                }
            };
            sender.send_replace(Hmac::new_from_slice(&secret).ok());
        });
        Self { mac }
    }

    fn verify(mac: Hmac<Sha256>, value: &[u8], request: CredentialRequest<'_>) -> Option<Identity> {
        let (caller, tag) = std::str::from_utf8(value).ok()?.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        // Compares in constant time.
        mac.chain_update(caller).verify_slice(&tag).ok()?;
        let caller: Caller = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(caller).ok()?).ok()?;
        let expiry = UNIX_EPOCH + Duration::from_secs(caller.expires);
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

    /// What the gateway does.
    fn sign(secret: &[u8], caller: &Caller) -> Result<String, BoxError> {
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

pub(crate) fn kind() -> Result<Kind, BoxError> {
    let gateway = match std::env::var_os("GATEWAY_SECRET_FILE") {
        Some(path) => Gateway::with_secret_file(path.into()),
        None => Gateway::new(SECRET)?,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let caller = |name: &str, scope: &str, roles: &[&str]| Caller {
        name: name.to_owned(),
        scopes: vec![scope.to_owned()],
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        // A gateway gives a minute; these are for pasting.
        expires: now + 24 * 3600,
    };
    let credential = |variable, value| Credential {
        variable,
        header: format!("X-Gateway-Caller: {value}"),
        value,
        curl: "-H \"X-Gateway-Caller: {}\"",
    };
    let alice = caller("alice", "orders:read", &[]);
    let bob = caller("bob", "orders:write", &["support"]);
    Ok(Kind {
        alice: credential("ALICE", Gateway::sign(SECRET, &alice)?),
        bob: credential("BOB", Gateway::sign(SECRET, &bob)?),
        bad: Bad {
            credential: credential(
                "FORGED",
                Gateway::sign(b"a secret of somebody else", &alice)?,
            ),
            description: "",
        },
        auth: Auth::builder().authenticator(gateway).build()?,
        challenge: r#"Gateway realm="api""#,
        explains: false,
    })
}
