//! [`Jwt`]: the settings of an issuer of JWTs.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::jwks_settings::JwksSettings;
use super::logout_rules::LogoutRules;
use super::type_rule::TypeRule;
use super::verifier::JwtVerifier;
use crate::bearer::IssuerFault;
use crate::bearer::claims::{ClaimRules, check_issuer, claim_setters};
use crate::bearer::identity_map::IdentityMap;
use crate::fetch::{Clients, shown};
use crate::keys::{Algorithm, Key, KeySource, ReplaceableKeys, UnstartedKeys};

/// Accepts the JWT access tokens of one issuer (RFC 9068): the issuer, the audience and the keys that sign
/// the tokens.
///
/// Keys are read and settings checked by [`AuthBuilder::build`](crate::AuthBuilder::build), which reports
/// all errors together.
///
/// | setting | default |
/// |---|---|
/// | [`audience`](Self::audience) | none; at least one is needed |
/// | keys | none; at least one is needed, or [`jwks_url`](Self::jwks_url) |
/// | [`algorithms`](Self::algorithms) | all that the keys support |
/// | [`leeway`](Self::leeway) | 60 seconds |
/// | [`typ`](Self::typ) | [`TypeRule::Strict`]: `at+jwt` |
/// | [`scopes`](Self::scopes) | the claims `scope` and `scp` |
/// | [`roles`](Self::roles) | the claim `roles` |
/// | [`subject_claim`](Self::subject_claim) | `sub` |
/// | [`audience_claim`](Self::audience_claim) | `aud` |
/// | [`backchannel_logout`](Self::backchannel_logout) | none: logout tokens are refused |
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Identity, Jwt, Router, require_auth, routing::get, testing::Issuer};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth]
/// async fn hello(caller: Identity) -> String {
///     format!("hello {}", caller.subject())
/// }
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder()
///     .bearer(
///         Jwt::issuer("https://issuer.example")
///             .audience("https://api.example")
///             .jwks(issuer.jwks()),
///     )
///     .build()?;
/// let app = Router::new().route("/", get(hello)).with_auth(auth);
///
/// let request = |token: &str| {
///     let value = format!("Bearer {token}");
///     Request::get("/").header("authorization", value).body(Body::empty()).unwrap()
/// };
/// let good = issuer.token("alice").sign();
/// assert_eq!(app.clone().oneshot(request(&good)).await?.status(), 200);
/// let foreign = Issuer::new("https://issuer.example", "https://api.example").token("eve").sign();
/// assert_eq!(app.oneshot(request(&foreign)).await?.status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[must_use = "pass it to `Auth::builder().bearer(..)`"]
pub struct Jwt {
    pub(super) issuer: String,
    keys: Vec<KeySource>,
    /// The keys of a token issuer of this process, instead of any others.
    issuer_keys: Option<ReplaceableKeys>,
    algorithms: Option<Vec<Algorithm>>,
    typ: TypeRule,
    claims: ClaimRules,
    map: Option<IdentityMap>,
    pub(super) remote: JwksSettings,
    pub(super) logout: LogoutRules,
}

impl Jwt {
    /// Accepts tokens of `issuer`, which is compared with the `iss` claim byte for byte: `https://x` and
    /// `https://x/` are two issuers.
    pub fn issuer(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            keys: Vec::new(),
            issuer_keys: None,
            algorithms: None,
            typ: TypeRule::Strict,
            claims: ClaimRules::default(),
            map: None,
            remote: JwksSettings::default(),
            logout: LogoutRules::default(),
        }
    }

    /// Adds a key. Call it again for further keys.
    pub fn key(mut self, key: Key) -> Self {
        self.keys.push(KeySource::Key(key));
        self
    }

    /// Adds a secret shared with the issuer, for HS256, HS384 and HS512. It must have at least as many
    /// bytes as the output of the hash (RFC 7518 section 3.2). Everyone who knows it can also sign tokens.
    pub fn secret(self, secret: impl AsRef<[u8]>) -> Self {
        self.key(Key::hmac(secret))
    }

    /// Adds a public key as PEM text: RSA, P-256, P-384 or Ed25519.
    pub fn pem(self, pem: impl AsRef<[u8]>) -> Self {
        self.key(Key::pem(pem))
    }

    /// Adds a public key from a PEM file, which is read once by `build`.
    pub fn pem_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.keys.push(KeySource::PemFile(path.into()));
        self
    }

    /// Adds a public key as DER: a `SubjectPublicKeyInfo`.
    pub fn der(self, der: impl AsRef<[u8]>) -> Self {
        self.key(Key::der(der))
    }

    /// Adds a JSON Web Key as JSON text (RFC 7517 section 4).
    pub fn jwk(self, jwk: impl Into<String>) -> Self {
        self.key(Key::jwk(jwk))
    }

    /// Adds a JWK Set as JSON text (RFC 7517 section 5). Keys of unknown types and keys for encryption are
    /// skipped; weak and invalid keys are errors of `build`.
    pub fn jwks(mut self, jwks: impl Into<String>) -> Self {
        self.keys
            .push(KeySource::KeySet(Zeroizing::new(jwks.into())));
        self
    }

    /// Adds a JWK Set from a file, which is read once by `build`.
    pub fn jwks_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.keys.push(KeySource::KeySetFile(path.into()));
        self
    }

    /// Accepts only these algorithms. A key that supports none of them, and an algorithm that no key
    /// supports, are errors of `build`.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// The accepted values of the header parameter `typ`.
    pub fn typ(mut self, rule: TypeRule) -> Self {
        self.typ = rule;
        self
    }
}

claim_setters! {
    impl Jwt {
        ///
        /// ```
        /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        /// use auth_runtime::{Auth, Router, require_auth, routing::get, testing::Issuer};
        /// use axum::{body::Body, http::Request};
        /// use tower::ServiceExt;
        ///
        /// #[require_auth]
        /// async fn orders() {}
        ///
        /// let issuer = Issuer::new("https://issuer.example", "the client of the shop");
        /// let auth = Auth::builder().bearer(issuer.jwt().audience_claim("client_id")).build()?;
        /// let app = Router::new().route("/", get(orders)).with_auth(auth);
        ///
        /// let token = issuer.token("alice").without("aud");
        /// for (client, status) in [("the client of the shop", 200), ("another client", 401)] {
        ///     let value = format!("Bearer {}", token.clone().claim("client_id", client).sign());
        ///     let request = Request::get("/").header("authorization", value).body(Body::empty())?;
        ///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
        /// }
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// # }).unwrap();
        /// ```
        fn audience_claim;
        /// It is called once for concurrent requests with a token, and the result is cached with the token
        /// in the [`TokenCache`](crate::bearer::TokenCache). Without the cache it is called for each request. A
        /// refusal is not cached.
        fn map_identity;
    }
}

impl Jwt {
    /// Verifies with the keys of a token issuer, also after they are replaced.
    pub(crate) fn with_issuer_keys(mut self, keys: ReplaceableKeys) -> Self {
        self.issuer_keys = Some(keys);
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.issuer
    }

    /// Checks the settings, and reads the keys or starts to fetch them. Returns all faults together.
    pub(crate) fn build(self, clients: &Clients) -> Result<JwtVerifier, Vec<IssuerFault>> {
        let mut faults = Vec::new();
        check_issuer(&self.issuer, &mut faults);
        self.claims.check(true, &mut faults);
        self.logout.check(&mut faults);
        if self.typ.expected() == Some("") {
            faults.push(IssuerFault::EmptyType);
        }
        match self.keys(clients, &mut faults) {
            Some(keys) if faults.is_empty() => {
                Ok(
                    JwtVerifier::new(self.issuer, keys.start(), self.typ, self.claims, self.map)
                        .with_logout(self.logout),
                )
            }
            _ => Err(faults),
        }
    }

    fn keys(&self, clients: &Clients, faults: &mut Vec<IssuerFault>) -> Option<UnstartedKeys> {
        let algorithms = self.algorithms.as_deref();
        if let Some(keys) = &self.issuer_keys {
            if self.remote.is_used() || !self.keys.is_empty() || algorithms.is_some() {
                faults.push(IssuerFault::KeysOfTokenIssuer);
            }
            return Some(UnstartedKeys::Replaceable(keys.clone()));
        }
        if self.remote.is_used() {
            if !self.keys.is_empty() {
                faults.push(IssuerFault::FixedAndFetchedKeys);
            }
            let remote = self.remote.check(&self.issuer, algorithms, clients, faults);
            return remote.map(|remote| UnstartedKeys::Remote(remote.into()));
        }
        let keys = UnstartedKeys::fixed(&self.keys, algorithms);
        let keys = keys.map_err(|found| faults.extend(found.into_iter().map(IssuerFault::Key)));
        keys.ok()
    }
}

/// If the URL of the issuer contains a password, it is not shown.
impl fmt::Debug for Jwt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Jwt")
            .field("issuer", &shown(&self.issuer))
            .field("audiences", &self.claims.audiences)
            .field("keys", &self.keys)
            .field("remote", &self.remote)
            .finish_non_exhaustive()
    }
}
