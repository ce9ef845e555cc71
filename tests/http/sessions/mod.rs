//! Sessions, seen from the other end of a socket.

mod handlers;
#[cfg(feature = "redis")]
mod redis;
mod revocation;
mod rows;
mod store_failures;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::SystemTime;

#[cfg(feature = "redis")]
use auth_runtime::redis::RedisSessions;
use auth_runtime::routing::{get, post};
use auth_runtime::session::{
    FoundSession, MemorySessions, NewSession, SessionCookie, SessionDigest, SessionError,
    SessionRecord, SessionStore,
};
use auth_runtime::sql::SqlStore;
use auth_runtime::testing::Issuer;
use auth_runtime::{
    Auth, BoxError, Identity, Router, Session, Sessions, allow_anonymous, optional_auth,
    require_auth,
};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
#[cfg(feature = "redis")]
use auth_tests::redis_server::RedisServer;
use auth_tests::server::Server;
use axum::extract::{Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::Deserialize;

const ORIGIN: &str = "https://shop.example";
const CHALLENGE: &str = r#"Cookie realm="api""#;

#[derive(Deserialize)]
struct LogIn {
    name: String,
    acr: Option<String>,
    /// How many seconds ago the login was.
    ago: Option<u64>,
}

#[allow_anonymous(reason = "login")]
async fn log_in(
    State(sessions): State<Sessions>,
    Query(login): Query<LogIn>,
    request: Parts,
) -> Result<(SessionCookie, &'static str), SessionError> {
    let mut session = NewSession::new(ORIGIN, login.name)
        .scopes(["read"])
        .roles(["customer"]);
    if let Some(acr) = login.acr {
        session = session.acr(acr);
    }
    if let Some(ago) = login.ago {
        let ago = std::time::Duration::from_secs(ago);
        session = session.authenticated_at(SystemTime::now() - ago);
    }
    Ok((sessions.start(&request, session).await?, "logged in"))
}

#[allow_anonymous(reason = "logout")]
async fn log_out(
    State(sessions): State<Sessions>,
    request: Parts,
) -> Result<SessionCookie, SessionError> {
    sessions.end(&request).await
}

#[allow_anonymous(reason = "renews the session of the request")]
async fn renew(
    State(sessions): State<Sessions>,
    request: Parts,
) -> Result<SessionCookie, SessionError> {
    sessions.renew(&request).await
}

#[require_auth]
async fn any(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(scheme = "session")]
async fn sessions_only(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(scheme = "bearer")]
async fn bearer_only() {}

#[require_auth(scope = "write")]
async fn write() {}

#[require_auth(role = "admin")]
async fn admin() {}

#[require_auth(role = "admin", hide)]
async fn hidden() {}

#[require_auth(acr = ["gold", "silver"])]
async fn gold() {}

#[require_auth(scope = "write", max_age = "5m")]
async fn fresh() {}

#[require_auth(scheme = "session", max_age = "5m")]
async fn fresh_session() {}

#[optional_auth]
async fn optional(caller: Option<Identity>) -> String {
    caller.map_or("anonymous".to_owned(), |caller| caller.subject().to_owned())
}

#[require_auth]
async fn cacheable() -> impl IntoResponse {
    [(CACHE_CONTROL, "max-age=60")]
}

#[require_auth]
async fn which(session: Session) -> String {
    session.id()
}

#[require_auth]
async fn whether(session: Option<Session>) -> String {
    session.is_some().to_string()
}

fn routes(sessions: Sessions) -> Router {
    Router::new()
        .route("/login", get(log_in).post(log_in))
        .route("/logout", post(log_out))
        .route("/renew", post(renew))
        .route("/any", get(any).post(any).put(any))
        .route("/sessions-only", get(sessions_only).post(sessions_only))
        .route("/bearer-only", get(bearer_only))
        .route("/write", get(write))
        .route("/admin", get(admin))
        .route("/hidden", get(hidden).post(hidden))
        .route("/gold", get(gold))
        .route("/fresh", get(fresh))
        .route("/fresh-session", get(fresh_session))
        .route("/optional", get(optional).post(optional))
        .route("/cacheable", get(cacheable))
        .route("/which", get(which))
        .route("/whether", get(whether))
        .with_state(sessions)
}

/// A node for each kind of store.
async fn nodes(settings: impl Fn(Sessions) -> Sessions) -> Vec<Node> {
    let sqlite = SqlStore::connect("sqlite::memory:").await.unwrap();
    vec![
        Node::start(settings(Sessions::new(MemorySessions::new()))).await,
        Node::start(settings(Sessions::new(sqlite))).await,
        #[cfg(feature = "redis")]
        Node::with_redis(settings).await,
    ]
}

/// A node of a service that accepts sessions and tokens.
struct Node {
    server: Server,
    sessions: Sessions,
    issuer: Issuer,
    auth: Auth,
    /// The server of its store.
    #[cfg(feature = "redis")]
    _redis: Option<RedisServer>,
}

impl Node {
    async fn start(sessions: Sessions) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let auth = build(
            // Tokens come last here, and decide nevertheless.
            Auth::builder()
                .sessions(sessions.clone())
                .bearer(issuer.jwt())
                .public_origin(ORIGIN),
        );
        let app = routes(sessions.clone()).with_auth(auth.clone());
        Self {
            server: Server::start(app).await,
            sessions,
            issuer,
            auth,
            #[cfg(feature = "redis")]
            _redis: None,
        }
    }

    #[cfg(feature = "redis")]
    async fn with_redis(settings: impl Fn(Sessions) -> Sessions) -> Self {
        let server = RedisServer::start(&[]).await;
        let sessions = RedisSessions::new(&server.url()).unwrap();
        Self {
            _redis: Some(server),
            ..Self::start(settings(Sessions::new(sessions))).await
        }
    }

    async fn in_memory() -> Self {
        Self::start(Sessions::new(MemorySessions::new())).await
    }

    async fn send(&self, request: &Request) -> Response {
        self.server.send(request).await
    }

    /// Logs in, and returns the cookie.
    async fn log_in(&self, query: &str) -> String {
        let response = self.send(&log_in_as(query)).await;
        assert_eq!(response.status, 200, "{response:?}");
        cookie(&response)
    }
}

fn log_in_as(query: &str) -> Request {
    Request::new("POST", &format!("/login?name={query}"))
}

/// The name and the value of the cookie that a response sets.
fn cookie(response: &Response) -> String {
    let cookie = response.one("set-cookie").expect("Set-Cookie");
    cookie.split(';').next().unwrap().to_owned()
}

fn with_cookie(request: Request, cookie: &str) -> Request {
    request.header("Cookie", cookie)
}

/// A store that can be down, or so slow that it never answers. Clones are one store.
#[derive(Clone, Default)]
struct Store {
    sessions: MemorySessions,
    finds: Arc<AtomicUsize>,
    writes: Arc<AtomicUsize>,
    down: Arc<AtomicBool>,
    slow: Arc<AtomicBool>,
}

impl Store {
    fn finds(&self) -> usize {
        self.finds.load(Ordering::SeqCst)
    }

    fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    async fn answer(&self) -> Result<(), BoxError> {
        if self.slow.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.down.load(Ordering::SeqCst) {
            return Err("connection refused by db.internal".into());
        }
        Ok(())
    }

    async fn write(&self) -> Result<(), BoxError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.answer().await
    }
}

impl SessionStore for Store {
    async fn now(&self) -> Result<SystemTime, BoxError> {
        self.answer().await?;
        self.sessions.now().await
    }

    async fn insert(
        &self,
        session: &SessionRecord,
        replaced: Option<&SessionDigest>,
    ) -> Result<(), BoxError> {
        self.write().await?;
        self.sessions.insert(session, replaced).await
    }

    async fn find(&self, digest: &SessionDigest) -> Result<Option<FoundSession>, BoxError> {
        self.finds.fetch_add(1, Ordering::SeqCst);
        self.answer().await?;
        self.sessions.find(digest).await
    }

    async fn record_use(&self, digest: &SessionDigest) -> Result<bool, BoxError> {
        self.write().await?;
        self.sessions.record_use(digest).await
    }

    async fn renew(
        &self,
        old: &SessionDigest,
        new: &SessionDigest,
        sealed: Option<&[u8]>,
    ) -> Result<bool, BoxError> {
        self.write().await?;
        self.sessions.renew(old, new, sealed).await
    }

    async fn remove(&self, digest: &SessionDigest) -> Result<bool, BoxError> {
        self.write().await?;
        self.sessions.remove(digest).await
    }

    async fn remove_all(&self, issuer: &str, subject: Option<&str>) -> Result<(), BoxError> {
        self.write().await?;
        self.sessions.remove_all(issuer, subject).await
    }

    async fn remove_others(
        &self,
        issuer: &str,
        subject: &str,
        kept: &SessionDigest,
    ) -> Result<(), BoxError> {
        self.write().await?;
        self.sessions.remove_others(issuer, subject, kept).await
    }

    async fn remove_of_provider(&self, issuer: &str, id: &str) -> Result<(), BoxError> {
        self.write().await?;
        self.sessions.remove_of_provider(issuer, id).await
    }

    async fn list(&self, issuer: &str, subject: &str) -> Result<Vec<SessionRecord>, BoxError> {
        self.answer().await?;
        self.sessions.list(issuer, subject).await
    }

    async fn remove_expired(&self) -> Result<(), BoxError> {
        self.sessions.remove_expired().await
    }
}
