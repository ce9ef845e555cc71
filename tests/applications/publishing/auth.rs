//! Passwords, tokens, the caller, and who may change what.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use auth_runtime::authenticator::FailureLimit;
use auth_runtime::keys::SigningKey;
use auth_runtime::users::PasswordHashing;
use auth_runtime::{
    Allowed, Auth, BoxError, Caller, CheckError, FromIdentity, Identity, Scheme, TokenIssuer,
    allow_anonymous, check, policy,
};
use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::database::{Article, Comment, User};
use super::users::view;
use super::{ApiError, ApiResult, App};

const NAME: &str = "https://publishing.example";

pub(super) type Tokens = TokenIssuer;

pub(super) fn tokens(key: SigningKey) -> Result<Tokens, BoxError> {
    let issuer = TokenIssuer::builder(NAME, key)
        .audience(NAME)
        .lifetime(Duration::from_secs(60 * 60));
    Ok(issuer.build()?)
}

pub(super) fn auth(tokens: &Tokens) -> Result<Auth, BoxError> {
    let auth = Auth::builder()
        .bearer(tokens.jwt())
        .bearer_scheme(Scheme::new("Token"));
    Ok(auth.build()?)
}

impl App {
    pub(super) fn token(&self, user: &User) -> Result<String, ApiError> {
        let token = self.tokens.token(user.id.to_string()).roles(&user.roles);
        token.sign().map_err(|_| ApiError::Failed)
    }
}

impl FromIdentity<App> for User {
    async fn from_identity(identity: Identity, app: &App) -> Result<Self, CheckError> {
        let user = app.database.user(identity.subject_as()?);
        user.ok_or_else(CheckError::denied)
    }
}

/// `Path<String>` would fail on the routes of comments, which have another parameter.
#[derive(Deserialize)]
pub(super) struct ArticlePath {
    slug: String,
}

#[check]
pub(super) async fn owns_article(
    Caller(user): Caller<User>,
    State(app): State<App>,
    Path(ArticlePath { slug }): Path<ArticlePath>,
) -> Result<Allowed<Article>, CheckError> {
    let article = app.database.article(&slug);
    let article = article.ok_or_else(CheckError::not_found)?;
    Ok(Allowed::when(article.author == user.id, article))
}

#[check]
async fn owns_comment(
    Caller(user): Caller<User>,
    State(app): State<App>,
    Path((slug, id)): Path<(String, u64)>,
) -> Result<Allowed<Comment>, CheckError> {
    let comment = app.database.comment(&slug, id);
    let comment = comment.ok_or_else(CheckError::not_found)?;
    Ok(Allowed::when(comment.author == user.id, comment))
}

#[policy(any(role = "moderator", check = owns_article))]
pub(super) struct CanDeleteArticle;

/// The author of an article also deletes comments of others.
#[policy(any(role = "moderator", check = owns_comment, check = owns_article))]
pub(super) struct CanDeleteComment;

/// Hashes and verifies passwords, only a few at once, because each takes memory.
#[derive(Clone)]
pub(super) struct Passwords {
    hashing: PasswordHashing,
    permits: Arc<Semaphore>,
    limit: FailureLimit,
    /// Verified instead of the hash of a user that does not exist, so that the time does not show it.
    nobody: String,
}

impl Passwords {
    pub(super) fn new(hashing: PasswordHashing) -> Result<Self, BoxError> {
        Ok(Self {
            permits: Arc::new(Semaphore::new(2)),
            limit: FailureLimit::default(),
            nobody: hashing.hash("the password of nobody")?,
            hashing,
        })
    }

    pub(super) async fn hash(&self, password: String) -> Result<String, ApiError> {
        let _permit = self.permits.acquire().await;
        let hashing = self.hashing.clone();
        let hash = spawn_blocking(move || hashing.hash(password)).await;
        hash.map_err(|_| ApiError::Failed)?
            .map_err(|_| ApiError::Failed)
    }

    async fn verify(
        &self,
        client: SocketAddr,
        email: &str,
        password: String,
        user: Option<User>,
    ) -> Result<User, ApiError> {
        let _permit = self.permits.acquire().await;
        let (address, account) = (Some(client.ip()), email.as_bytes());
        self.limit
            .check(address, account)
            .map_err(|retry_after| ApiError::TooManyAttempts { retry_after })?;
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let stored = stored.unwrap_or_else(|| self.nobody.clone());
        let verified = spawn_blocking(move || PasswordHashing::verify(password, &stored)).await;
        let is_right = verified
            .map_err(|_| ApiError::Failed)?
            .map_err(|_| ApiError::Failed)?;
        user.filter(|_| is_right).ok_or_else(|| {
            self.limit.record_failure(address, account);
            ApiError::Invalid("email or password is invalid")
        })
    }
}

#[derive(Deserialize)]
pub(super) struct LogIn {
    user: Credentials,
}

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
}

#[allow_anonymous(reason = "login")]
pub(super) async fn log_in(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    Json(LogIn { user: sent }): Json<LogIn>,
) -> ApiResult {
    let found = app
        .database
        .tables()
        .user_by(|user| user.email == sent.email)
        .cloned();
    let user = app
        .passwords
        .verify(client, &sent.email, sent.password, found)
        .await?;
    Ok(Json(view(&user, &app.token(&user)?)))
}
