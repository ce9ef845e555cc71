//! The routes, and the two `Auth`s.

use std::sync::Arc;
use std::time::Duration;

use auth_runtime::keys::SigningKey;
use auth_runtime::revocation::MemoryRevocation;
use auth_runtime::routing::{delete, get, post};
use auth_runtime::sql::SqlStore;
use auth_runtime::users::{PasswordHashing, User};
use auth_runtime::{
    ApiKeys, Auth, Basic, BoxError, RefreshTokens, Router, Scheme, Sessions, TokenIssuer,
    allow_anonymous,
};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::log_in::StepUps;
use crate::orders::{Orders, SUPPORT};
use crate::settings::Settings;
use crate::{files, keys, log_in, orders, session};

/// The issuer of all credentials, so that a token, a session and an API key of alice belong to one caller.
pub(crate) const ISSUER: &str = "https://playground.example";

/// An account that everybody can use, which is why the program answers this machine only.
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) password: &'static str,
    pub(crate) is: &'static str,
    scopes: &'static [&'static str],
    roles: &'static [&'static str],
}

pub(crate) const ACCOUNTS: [Account; 2] = [
    Account {
        name: "alice",
        password: "correct horse",
        is: "a customer",
        scopes: &["orders:read", "orders:write"],
        roles: &["customer"],
    },
    Account {
        name: "bob",
        password: "battery staple",
        is: "who works in support",
        scopes: &["orders:read"],
        roles: &[SUPPORT.as_str()],
    },
];

/// The state of the handlers.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) auth: Auth,
    /// Verifies the passwords of the logins. Of the routes, only `/till` has this `Auth`, so no other route accepts a
    /// password, or makes a browser show its dialog for `Basic`.
    pub(crate) passwords: Auth,
    pub(crate) issuer: TokenIssuer,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) sessions: Sessions,
    pub(crate) api_keys: ApiKeys,
    pub(crate) store: SqlStore,
    pub(crate) step_ups: StepUps,
    pub(crate) orders: Orders,
    access_map: Arc<str>,
}

/// `origin` is the address that browsers show.
pub(crate) async fn build(settings: &Settings, origin: &str) -> Result<axum::Router, BoxError> {
    let store = store(settings.database.as_deref()).await?;
    let issuer = TokenIssuer::builder(ISSUER, SigningKey::generate())
        .audience(ISSUER)
        .lifetime(settings.access_token_lifetime)
        .build()?;
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    let refresh_tokens = RefreshTokens::builder(&issuer, secret, store.clone()).build()?;
    // Cookies are sent to all ports of a host, and other programs on this machine may have sessions too.
    let sessions = Sessions::new(store.clone()).cookie_name("__Host-Http-playground");
    let api_keys = ApiKeys::new(store.clone()).issuer(ISSUER);
    let auth = Auth::builder()
        // The same clock signs and verifies.
        .bearer(issuer.jwt().leeway(Duration::ZERO))
        .sessions(sessions.clone())
        .api_keys(api_keys.clone())
        .revocation(MemoryRevocation::new())
        .refresh_tokens(refresh_tokens.clone())
        .public_origin(origin)
        .build()?;
    let basic = Basic::users(store.clone())
        .issuer(ISSUER)
        .renamed_for_scripts(Scheme::new("xBasic"));
    let passwords = Auth::builder()
        .realm("till")
        .basic(basic)
        .public_origin(origin)
        .build()?;

    let routes = routes(&passwords).bind(auth.clone());
    let access_map = routes.access_map().to_json().into();
    let app = routes.with_state(App {
        auth: auth.clone(),
        passwords,
        issuer,
        refresh_tokens,
        sessions,
        api_keys,
        store,
        step_ups: StepUps::default(),
        orders: Orders::example(),
        access_map,
    });
    Ok(files::protect(app.with_auth(auth)))
}

fn routes(passwords: &Auth) -> Router<App> {
    let till = Router::new().route("/till", get(orders::till));
    Router::new()
        .route("/catalogue", get(orders::catalogue))
        .route("/me", get(orders::me))
        .route("/orders", get(orders::list).post(orders::place))
        .route("/orders/{number}", get(orders::show))
        .route("/orders/{number}", delete(orders::delete))
        .route("/orders/{number}/refund", post(orders::refund))
        .route("/takings", get(orders::takings))
        .merge(till.bind(passwords.clone()))
        .route("/login", post(log_in::log_in))
        .route("/refresh", post(log_in::refresh))
        .route("/logout", post(log_in::log_out))
        .route("/logout/everywhere", post(log_in::log_out_everywhere))
        .route("/step-up", post(log_in::step_up))
        .route("/session/login", post(session::log_in))
        .route("/session/logout", post(session::log_out))
        .route("/api-keys", post(keys::create))
        .route("/weaker-token", post(keys::weaker_token))
        .route("/access-map.json", get(access_map))
        .merge(files::routes())
}

async fn store(database: Option<&str>) -> Result<SqlStore, BoxError> {
    let store = SqlStore::connect(database.unwrap_or("sqlite::memory:")).await;
    let store = store.map_err(|error| format!("DATABASE: {error}"))?;
    for account in ACCOUNTS {
        let hash = PasswordHashing::default().hash(account.password)?;
        let user = User::new(hash)
            .scopes(account.scopes.iter().copied())
            .roles(account.roles.iter().copied());
        store.put_user(account.name, &user).await?;
    }
    Ok(store)
}

/// A real service shows its rules only to people who may know them.
#[allow_anonymous(reason = "the page shows the rules")]
async fn access_map(State(app): State<App>) -> impl IntoResponse {
    let json = app.access_map.to_string();
    ([(CONTENT_TYPE, "application/json")], json)
}
