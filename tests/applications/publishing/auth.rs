//! Passwords, tokens, the caller, and who may change what.

use std::sync::Arc;
use std::time::Duration;

use auth_runtime::keys::SigningKey;
use auth_runtime::users::{PasswordHashing, User as Account, UserStore};
use auth_runtime::{
    Allowed, Auth, Basic, BoxError, Caller, CheckError, ClientAddress, FromIdentity, Identity,
    Scheme, TokenIssuer, allow_anonymous, check, policy,
};
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::database::{Article, Comment, Database, User};
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

/// Verifies passwords, and hashes new ones, only a few at once, because each takes memory.
#[derive(Clone)]
pub(super) struct Passwords {
    auth: Auth,
    hashing: PasswordHashing,
    permits: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new(database: Database, hashing: PasswordHashing) -> Result<Self, BoxError> {
        let basic = Basic::users(database).hashing(hashing.clone());
        Ok(Self {
            auth: Auth::builder().basic(basic).build()?,
            hashing,
            permits: Arc::new(Semaphore::new(2)),
        })
    }

    pub(super) async fn hash(&self, password: String) -> Result<String, ApiError> {
        let _permit = self.permits.acquire().await;
        let hashing = self.hashing.clone();
        let hash = spawn_blocking(move || hashing.hash(password)).await;
        hash.map_err(|_| ApiError::Failed)?
            .map_err(|_| ApiError::Failed)
    }
}

/// Users log in with their email addresses.
impl UserStore for Database {
    async fn find(&self, email: &str) -> Result<Option<Account>, BoxError> {
        let tables = self.tables();
        let found = tables.user_by(|user| user.email == email);
        Ok(found.map(|user| Account::new(&user.password_hash).name(user.id.to_string())))
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
    ClientAddress(client): ClientAddress,
    Json(LogIn { user: sent }): Json<LogIn>,
) -> ApiResult {
    let auth = &app.passwords.auth;
    let verification = auth.authenticate_password(&sent.email, &sent.password);
    let caller = verification.from(client).await?;
    let id = caller.subject_as().map_err(|_| ApiError::Failed)?;
    let user = app.database.user(id).ok_or(ApiError::Failed)?;
    Ok(Json(view(&user, &app.token(&user)?)))
}
