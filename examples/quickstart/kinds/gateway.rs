//! A kind of our own: a header that a gateway in front has signed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::{
    Auth, AuthenticationError, AuthenticationOutcome, Authenticator, CredentialRequest, Identity,
    Provides, Scheme, Source,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Bad, Credential, ISSUER, Kind};

const GATEWAY: Scheme = Scheme::new("Gateway");

/// `X-Gateway-Caller: <caller as base64url of JSON>.<HMAC-SHA256 of that as base64url>`
struct Gateway {
    mac: Hmac<Sha256>,
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
        Ok(Self {
            mac: Hmac::new_from_slice(secret)?,
        })
    }

    fn verify(&self, value: &[u8], presented: CredentialRequest<'_>) -> Option<Identity> {
        let (caller, tag) = std::str::from_utf8(value).ok()?.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        // Compares in constant time.
        self.mac
            .clone()
            .chain_update(caller)
            .verify_slice(&tag)
            .ok()?;
        let caller: Caller = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(caller).ok()?).ok()?;
        let expiry = UNIX_EPOCH + Duration::from_secs(caller.expires);
        if expiry <= presented.now() {
            return None;
        }
        let identity = presented
            .identity(ISSUER, caller.name)
            .expires_at(expiry)
            .scopes(caller.scopes)
            .roles(caller.roles);
        Some(identity.build())
    }

    /// What the gateway does.
    fn sign(&self, caller: &Caller) -> serde_json::Result<String> {
        let caller = URL_SAFE_NO_PAD.encode(serde_json::to_vec(caller)?);
        let tag = self.mac.clone().chain_update(&caller).finalize();
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

    fn authenticate<'a>(&'a self, presented: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        match presented.find(&Source::header("x-gateway-caller")) {
            Ok(Some(value)) => self
                .verify(&value, presented)
                .ok_or(AuthenticationError::Credentials)
                .into(),
            Ok(None) => AuthenticationOutcome::Absent,
            Err(rejection) => Err(rejection).into(),
        }
    }
}

pub(crate) fn kind() -> Result<Kind, Box<dyn std::error::Error>> {
    let gateway = Gateway::new(b"known to this service and to its gateway")?;
    let forger = Gateway::new(b"known to somebody else")?;
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
        alice: credential("ALICE", gateway.sign(&alice)?),
        bob: credential("BOB", gateway.sign(&bob)?),
        bad: Bad {
            credential: credential("FORGED", forger.sign(&alice)?),
            description: "",
        },
        auth: Auth::builder().authenticator(gateway).build()?,
        challenge: r#"Gateway realm="api""#,
        explains: false,
    })
}
