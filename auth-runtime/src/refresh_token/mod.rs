//! Refresh tokens for the application's own clients: [`RefreshTokens`].

mod any_store;
mod builder;
mod error;
mod issued;
mod login;
mod store;
#[cfg(test)]
mod tests;
mod token_text;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use builder::RefreshTokensBuilder;
pub use error::{InvalidRefreshTokens, RefreshError, RefreshTokensFault};
pub use issued::RefreshToken;
pub use login::Login;
pub use store::{
    MemoryRefreshTokens, RefreshTokenDigest, RefreshTokenFamily, RefreshTokenRotation,
    RefreshTokenStore,
};

use self::any_store::AnyRefreshTokenStore;
use self::token_text::{TokenId, TokenKeys, digest};
use crate::box_error::BoxError;
use crate::clock::{Clock, Timestamp};
use crate::fetch::shown;
use crate::keys::IssuerKey;
use crate::revocation::{
    RevocationList, RevocationLists, RevocationQuery, RevocationTarget, Revoked,
};
use crate::throttle::Throttle;
use crate::token_issuer::TokenIssuer;

/// How far the clocks of two nodes may differ when the logins of a subject are ended. The default leeway of access
/// tokens is the same.
const LEEWAY: Duration = Duration::from_secs(60);

/// The maximum number of times that a rotation reads the store. Two are enough, unless the store returns an old state.
const ATTEMPTS: u32 = 3;

/// Refresh tokens for the application's own clients: a client that has logged in once gets new access tokens, without
/// the password. Clones share their store.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::keys::SigningKey;
/// use auth_runtime::refresh_token::{MemoryRefreshTokens, RefreshError};
/// use auth_runtime::{RefreshTokens, TokenIssuer};
///
/// let issuer = TokenIssuer::builder("https://shop.example", SigningKey::generate())
///     .audience("https://shop.example")
///     .build()?;
/// let secret = "a secret of at least 32 bytes, from the configuration";
/// let tokens = RefreshTokens::builder(&issuer, secret, MemoryRefreshTokens::new()).build()?;
///
/// // After the login:
/// let first = tokens.issue("alice").await?;
/// // When the access token has expired:
/// let login = tokens.read(first.reveal()).await?;
/// assert_eq!(login.subject(), "alice");
/// let access_token = issuer.token(login.subject()).session(login.session_id()).sign()?;
/// let second = tokens.rotate(first.reveal()).await?;
/// # let _ = access_token;
/// // At the logout:
/// tokens.revoke(second.reveal()).await?;
/// assert!(matches!(tokens.rotate(second.reveal()).await, Err(RefreshError::Invalid)));
/// # Ok::<(), auth_runtime::BoxError>(())
/// # }).unwrap();
/// ```
///
/// # Rotation
///
/// Each login starts a family of tokens. A token is replaced when it is used, and its successor is the only valid token
/// of the family:
///
/// | token | [`rotate`](Self::rotate); [`read`](Self::read) returns the login instead of the successor |
/// |---|---|
/// | the current one | its successor |
/// | the previous one, within the [grace period](RefreshTokensBuilder::grace_period) of 10 seconds | the same successor: a response was lost, or two tabs used the token together |
/// | the previous one after the grace period, or an older one | [`RefreshError::Reused`]: the client or a thief has an old token, so the whole family ends, and its subject has to log in again |
/// | unused for longer than the [idle lifetime](RefreshTokensBuilder::idle_lifetime), or of a login before the [absolute lifetime](RefreshTokensBuilder::absolute_lifetime) | [`RefreshError::Expired`] |
/// | unknown, or of a login that has ended | [`RefreshError::Invalid`] |
/// | any, while the store or the list of revoked tokens is unavailable | [`RefreshError::Unavailable`]: 503, and never a logout |
///
/// A successor is not random. It is computed with HMAC-SHA-256 from the family, the number of the token and the secret,
/// so all nodes with the secret return the same successor. The store has only digests. A string that was not made with
/// a configured secret is refused before the store is read.
///
/// # A refresh request
///
/// Do what can fail before the token is replaced:
///
/// 1. [`read`](Self::read) the token.
/// 2. Look up the subject, and refuse one that is locked or deleted. Roles and scopes are not stored here, so that the
///    new access token has those that the subject has now.
/// 3. Sign the access token.
/// 4. [`rotate`](Self::rotate) the token, and send both.
///
/// If the user database is down before `rotate`, the client can send the same token again at any time. If the
/// application calls `rotate` first and then fails, the client has only the grace period for that. After it, the token
/// counts as reused and the login ends, although the client never received a new token. `read` costs one more read of
/// the store. `rotate` checks the token again.
///
/// The work between `read` and `rotate` must take less time than the grace period. Otherwise, if two tabs send the same
/// token, the second `rotate` may come after the grace period, which is a reuse and ends the login.
///
/// # The end of a login
///
/// [`revoke`](Self::revoke) ends the login of a token. If an `Auth` has
/// [`refresh_tokens`](crate::AuthBuilder::refresh_tokens), [`Auth::revoke`](crate::Auth::revoke) ends the logins of a
/// subject, a session or the issuer, together with their access tokens.
///
/// That `Auth` also checks its [list of revoked tokens](crate::AuthBuilder::revocation) at each use of a refresh token,
/// with the subject, the session and the time of the login. So a login also ends if it was stored while its subject was
/// being revoked, or if another service wrote the revocation to the list. A revocation also covers logins of the minute
/// after it, unless it is [`exactly`](crate::revocation::Revoked::exactly). While the list is unavailable, tokens get
/// [`RefreshError::Unavailable`].
///
/// A list forgets revocations after its [retention period](crate::revocation::Revocation::retention), 24 hours by
/// default. A login that only the list ended, and that was not used in this period, is valid again after it. To prevent
/// this, set the retention period to at least the idle lifetime.
#[derive(Clone)]
pub struct RefreshTokens(Arc<Settings>);

struct Settings {
    issuer: String,
    keys: TokenKeys,
    store: Arc<dyn AnyRefreshTokenStore>,
    /// In seconds, as the lifetimes.
    grace_period: u64,
    idle_lifetime: u64,
    absolute_lifetime: u64,
    clock: Box<dyn Clock>,
    revocation_lists: RevocationLists,
    /// Limits how often expired families are removed.
    removals: Throttle,
}

/// A token that this service has made.
struct PresentedToken {
    id: TokenId,
    digest: RefreshTokenDigest,
}

/// The family of a token that gets a successor.
enum AcceptedFamily {
    /// The token is the current one.
    Current(RefreshTokenFamily),
    /// The token was replaced within the grace period.
    Previous(RefreshTokenFamily),
}

impl RefreshTokens {
    /// Refresh tokens beside the access tokens of `issuer`. `secret` has at least 32 bytes, and all nodes have the same
    /// one. Do not use this secret for anything else.
    pub fn builder<K: IssuerKey>(
        issuer: &TokenIssuer<K>,
        secret: impl AsRef<[u8]>,
        store: impl RefreshTokenStore,
    ) -> RefreshTokensBuilder {
        RefreshTokensBuilder::new(issuer.name(), secret.as_ref(), store)
    }

    /// The first refresh token of a login.
    ///
    /// # Errors
    ///
    /// The store is unavailable.
    pub async fn issue(&self, subject: impl Into<String>) -> Result<RefreshToken, BoxError> {
        let settings = &*self.0;
        let id = TokenId::new().ok_or("the operating system provided no random octets")?;
        let text = settings.keys.make(id)?;
        let now = self.now();
        let family = RefreshTokenFamily::new(
            id.family(),
            &settings.issuer,
            subject,
            digest(&text)?,
            time(now)?,
            time(settings.expiry(now, now))?,
        );
        settings.store.insert(&family).await?;
        self.remove_expired(now).await;
        Ok(RefreshToken::new(text, family))
    }

    /// Returns the login of a token that a client has sent, without replacing the token. Use it before
    /// [`rotate`](Self::rotate) for everything that can fail: [the order](Self#a-refresh-request).
    ///
    /// # Errors
    ///
    /// The same errors as [`rotate`](Self::rotate). A token that was used before ends its login here too. Otherwise
    /// such a token would never reach `rotate`, and its reuse would not be detected.
    pub async fn read(&self, token: &str) -> Result<Login, RefreshError> {
        let presented = self.presented(token)?;
        let (AcceptedFamily::Current(family) | AcceptedFamily::Previous(family)) =
            self.accept(&presented).await?;
        Ok(Login(family))
    }

    /// The successor of a token that a client has sent.
    ///
    /// # Errors
    ///
    /// The token is refused, or the store is unavailable. The error is the response.
    pub async fn rotate(&self, token: &str) -> Result<RefreshToken, RefreshError> {
        let settings = &*self.0;
        let presented = self.presented(token)?;
        for _ in 0..ATTEMPTS {
            match self.accept(&presented).await? {
                AcceptedFamily::Current(family) => {
                    let rotated = settings.replace(presented.id, family, self.now()).await?;
                    if let Some(rotated) = rotated {
                        return Ok(rotated);
                    }
                    // Another request was faster: now this is the previous token, or the family has ended.
                }
                AcceptedFamily::Previous(family) => {
                    return settings.successor_again(presented.id, family);
                }
            }
        }
        let stale = "the store did not rotate the current refresh token";
        Err(RefreshError::Unavailable(stale.into()))
    }

    /// Ends the login of a token, for a logout. A token that is invalid, expired or already revoked is not an error
    /// (RFC 7009 section 2.2).
    ///
    /// # Errors
    ///
    /// The store is unavailable.
    pub async fn revoke(&self, token: &str) -> Result<(), BoxError> {
        match self.0.keys.read(token) {
            Some(id) => self.0.store.remove(&id.family()).await.map(drop),
            None => Ok(()),
        }
    }

    /// From now on, a login that this list revokes gets no more tokens.
    pub(crate) fn add_revocation_list(&self, list: &RevocationList) {
        self.0.revocation_lists.add(list);
    }

    /// Ends the logins whose access tokens are revoked.
    pub(crate) async fn end(&self, revoked: &Revoked) -> Result<(), BoxError> {
        let settings = &*self.0;
        if revoked.issued_by() != settings.issuer {
            return Ok(());
        }
        let (subject, before, exact) = match revoked.what() {
            RevocationTarget::Token { .. } => return Ok(()),
            RevocationTarget::Session { id } => return settings.store.remove(id).await.map(drop),
            RevocationTarget::Subject {
                subject,
                before,
                exact,
            } => (Some(&**subject), *before, *exact),
            RevocationTarget::Issuer { before, exact } => (None, *before, *exact),
        };
        let leeway = if exact { Duration::ZERO } else { LEEWAY };
        let latest = before.checked_add(leeway).unwrap_or(before);
        let store = &settings.store;
        store
            .remove_started(&settings.issuer, subject, latest)
            .await
    }

    /// Checks the text of the token, without the store.
    fn presented(&self, token: &str) -> Result<PresentedToken, RefreshError> {
        let id = self.0.keys.read(token).ok_or(RefreshError::Invalid)?;
        let digest = digest(token)?;
        Ok(PresentedToken { id, digest })
    }

    /// The family of a token that gets a successor. A token that was used before ends its family.
    async fn accept(&self, presented: &PresentedToken) -> Result<AcceptedFamily, RefreshError> {
        let PresentedToken { id, digest } = *presented;
        let settings = &*self.0;
        let family_id = id.family();
        let found = settings.store.find(&family_id).await?;
        let family = found.filter(|family| family.issuer == settings.issuer);
        let family = family.ok_or(RefreshError::Invalid)?;
        let now = self.now();
        // The lifetime may have been shortened since the token was issued.
        let last = Timestamp::of(family.started_at).saturating_add(settings.absolute_lifetime);
        if last.min(Timestamp::of(family.expires_at)) <= now {
            return Err(RefreshError::Expired);
        }
        if settings.is_revoked(&family, time(now)?)? {
            // So that it has ended when the list has forgotten the revocation.
            settings.store.remove(&family_id).await?;
            return Err(RefreshError::Invalid);
        }
        if id.generation == family.generation {
            return if digest == family.digest {
                Ok(AcceptedFamily::Current(family))
            } else {
                // Made with a secret that was not in use then.
                Err(RefreshError::Invalid)
            };
        }
        let is_previous = id.next().map(|next| next.generation) == Some(family.generation)
            && family.previous_digest == Some(digest);
        let grace_end = Timestamp::of(family.rotated_at).saturating_add(settings.grace_period);
        if is_previous && now <= grace_end {
            return Ok(AcceptedFamily::Previous(family));
        }
        if id.generation > family.generation {
            // The store was restored from a copy.
            return Err(RefreshError::Invalid);
        }
        settings.store.remove(&family_id).await?;
        tracing::warn!(
            target: "auth_runtime",
            subject = family.subject,
            session = family_id,
            "a refresh token was used again after it was replaced: its login has been ended"
        );
        Err(RefreshError::Reused {
            subject: family.subject,
            session_id: family_id,
        })
    }

    async fn remove_expired(&self, now: Timestamp) {
        if self.0.removals.admit().is_none() {
            return;
        }
        let removed = match time(now) {
            Ok(now) => self.0.store.remove_expired(now).await,
            Err(error) => Err(error),
        };
        if let Err(error) = removed {
            tracing::warn!(
                target: "auth_runtime",
                error = %error,
                "could not remove expired refresh tokens"
            );
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::of(self.0.clock.now())
    }
}

impl Settings {
    /// Whether the login was revoked. The store may have the family nevertheless: if it was stored after the families
    /// of its subject were removed, or if they could not be removed.
    fn is_revoked(&self, family: &RefreshTokenFamily, now: SystemTime) -> Result<bool, BoxError> {
        let login = RevocationQuery {
            session_id: Some(&family.id),
            issued_at: Some(family.started_at),
            leeway: LEEWAY,
            ..RevocationQuery::new(&family.issuer, &family.subject)
        };
        self.revocation_lists.have(&login, || now)
    }

    /// When a token expires that is issued at `now`, of a login at `started`.
    fn expiry(&self, now: Timestamp, started: Timestamp) -> Timestamp {
        let idle = now.saturating_add(self.idle_lifetime);
        idle.min(started.saturating_add(self.absolute_lifetime))
    }

    /// `None` if the store has another token by now.
    async fn replace(
        &self,
        current: TokenId,
        mut family: RefreshTokenFamily,
        now: Timestamp,
    ) -> Result<Option<RefreshToken>, BoxError> {
        let next = current
            .next()
            .ok_or("this login has reached the maximum number of refresh tokens")?;
        let text = self.keys.make(next)?;
        let expiry = self.expiry(now, Timestamp::of(family.started_at));
        let rotation = RefreshTokenRotation::new(
            &family.id,
            family.generation,
            digest(&text)?,
            time(now)?,
            time(expiry)?,
        );
        let replaced = self.store.rotate(&rotation).await?;
        family.expires_at = rotation.expires_at;
        Ok(replaced.then(|| RefreshToken::new(text, family)))
    }

    /// The current token, for a client that has sent the one before.
    fn successor_again(
        &self,
        previous: TokenId,
        family: RefreshTokenFamily,
    ) -> Result<RefreshToken, RefreshError> {
        let next = previous.next().ok_or(RefreshError::Invalid)?;
        let text = self.keys.make_again(next, family.digest);
        let unknown =
            "the current refresh token was made with a secret that this node does not have";
        let text = text.ok_or_else(|| RefreshError::Unavailable(unknown.into()))?;
        Ok(RefreshToken::new(text, family))
    }
}

fn time(time: Timestamp) -> Result<SystemTime, BoxError> {
    let time = time.to_system_time();
    time.ok_or_else(|| "the clock is out of range".into())
}

/// If the URL of the issuer contains a password, it is not shown.
impl fmt::Debug for RefreshTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RefreshTokens")
            .field("issuer", &shown(&self.0.issuer))
            .field("grace_period", &self.0.grace_period)
            .field("idle_lifetime", &self.0.idle_lifetime)
            .field("absolute_lifetime", &self.0.absolute_lifetime)
            .finish_non_exhaustive()
    }
}
