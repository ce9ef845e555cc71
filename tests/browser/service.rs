//! The service that `tests/browser/run` drives with a browser: a login form, pages, and routes for scripts.
//!
//! It prints one line of JSON with its port and a token of `bob`, and ends with its standard input. Arguments:
//! `--strict` for `SameSite=Strict`, `--without-cache` to ask the store in each request, and `--trust <origin>`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use auth_runtime::render::{self, NextPage};
use auth_runtime::routing::{get, post};
use auth_runtime::session::{MemorySessions, NewSession, SessionCookie, SessionError};
use auth_runtime::testing::Issuer;
use auth_runtime::users::{PasswordHashing, User, Users};
use auth_runtime::{
    Auth, Basic, BoxError, ClientAddress, Identity, Router, Sessions, allow_anonymous, require_auth,
};
use axum::extract::{Path, Query, Request, State, WebSocketUpgrade};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Form, Json};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Semaphore};

#[derive(Clone)]
struct App {
    sessions: Sessions,
    /// Verifies the passwords of the login form.
    passwords: Auth,
    test: Arc<Test>,
}

/// What the test controls and asks for.
struct Test {
    /// Seconds by which the clock of the sessions is ahead.
    ahead: AtomicU64,
    orders: AtomicUsize,
    /// All requests so far.
    arrived: Mutex<Vec<Arrived>>,
    /// A permit for each request that is held.
    held: Semaphore,
    /// A permit for each held request that may go on.
    released: Semaphore,
}

/// A request, and its answer.
#[derive(Serialize)]
struct Arrived {
    path: String,
    /// `Sec-Fetch-Site`.
    site: Option<String>,
    cookie: bool,
    authorization: bool,
    status: u16,
}

/// The query of the login page, to which its form is sent too.
#[derive(Deserialize)]
struct Wanted {
    next: Option<NextPage>,
    acr_values: Option<String>,
}

#[derive(Deserialize)]
struct LogIn {
    name: String,
    password: String,
}

#[allow_anonymous(reason = "login")]
async fn log_in_page() -> Html<&'static str> {
    Html(
        "<!doctype html><title>Log in</title><form method=post>\
         <input name=name><input name=password type=password><button>Log in</button></form>\
         <a href=/account>Account</a>",
    )
}

#[allow_anonymous(reason = "login")]
async fn log_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Query(wanted): Query<Wanted>,
    request: Parts,
    Form(sent): Form<LogIn>,
) -> Response {
    let verified = app
        .passwords
        .authenticate_password(&sent.name, &sent.password);
    let caller = match verified.from(address).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let mut session = NewSession::of(&caller);
    if let Some(class) = wanted.acr_values {
        session = session.acr(class);
    }
    let next = wanted.next.unwrap_or_default();
    match app.sessions.start(&request, session).await {
        Ok(cookie) => (cookie, Redirect::to(next.or("/account"))).into_response(),
        Err(error) => error.into_response(),
    }
}

#[allow_anonymous(reason = "logout")]
async fn log_out(
    State(app): State<App>,
    request: Parts,
) -> Result<(SessionCookie, Redirect), SessionError> {
    Ok((app.sessions.end(&request).await?, Redirect::to("/login")))
}

#[allow_anonymous(reason = "renews the session of the request")]
async fn renew(State(app): State<App>, request: Parts) -> Result<SessionCookie, SessionError> {
    app.sessions.renew(&request).await
}

fn page(caller: &Identity) -> Html<String> {
    Html(format!(
        "<!doctype html><title>Account</title><h1>{}</h1>\
         <form method=post action=/orders><button>Order</button></form>\
         <form method=post action=/logout><button>Log out</button></form>",
        caller.subject()
    ))
}

#[require_auth]
async fn account(caller: Identity) -> Html<String> {
    page(&caller)
}

#[require_auth(acr = "gold")]
async fn vault(caller: Identity) -> Html<String> {
    page(&caller)
}

/// A page that allows the browser to store it, against the default.
#[require_auth]
async fn stored(caller: Identity) -> impl IntoResponse {
    ([(CACHE_CONTROL, "private, max-age=600")], page(&caller))
}

#[require_auth]
async fn me(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth]
async fn order(State(app): State<App>) -> &'static str {
    app.test.orders.fetch_add(1, Ordering::SeqCst);
    "ordered"
}

#[require_auth]
async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|_| async {})
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let trusted = arguments
        .iter()
        .skip_while(|argument| *argument != "--trust")
        .skip(1);

    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let port = listener.local_addr()?.port();
    let test = Arc::new(Test {
        ahead: AtomicU64::new(0),
        orders: AtomicUsize::new(0),
        arrived: Mutex::default(),
        held: Semaphore::new(0),
        released: Semaphore::new(0),
    });

    let clock = Arc::clone(&test);
    let mut sessions = Sessions::new(MemorySessions::with_clock(move || {
        SystemTime::now() + Duration::from_secs(clock.ahead.load(Ordering::SeqCst))
    }));
    if has("--strict") {
        sessions = sessions.same_site_strict();
    }
    if has("--without-cache") {
        sessions = sessions.cache_ttl(Duration::ZERO);
    }
    let origins = ["localhost", "shop.localhost"].map(|host| format!("http://{host}:{port}"));
    let [local, shop] = &origins;
    let issuer = Issuer::new("https://id.example", shop.clone());
    let auth = Auth::builder()
        .sessions(sessions.clone())
        .bearer(issuer.jwt())
        .public_origin(local)
        .public_origin(shop)
        .trusted_origins(trusted)
        .renderer(render::for_browsers("/login"))
        .build()?;

    let hashing = PasswordHashing::default().memory_kib(8).iterations(1);
    let mut users = Users::new();
    for name in ["alice", "mallory"] {
        users = users.add(name, User::new(hashing.hash("open sesame")?));
    }
    let passwords = Auth::builder()
        .basic(Basic::users(users).hashing(hashing))
        .public_origin(shop)
        .build()?;

    let app = App {
        sessions,
        passwords: passwords.clone(),
        test: Arc::clone(&test),
    };
    let service = Router::new()
        .route("/basic", get(me))
        .route("/basic/orders", post(order))
        .bind(passwords)
        .route("/login", get(log_in_page).post(log_in))
        .route("/logout", post(log_out))
        .route("/renew", post(renew))
        .route("/account", get(account))
        .route("/vault", get(vault))
        .route("/stored", get(stored))
        .route("/me", get(me))
        .route("/deletes-dead-cookies", get(me))
        .route("/orders", post(order))
        .route("/socket", get(socket))
        .with_state(app)
        .with_auth(auth);
    let control = axum::Router::new()
        .route("/control/{action}", axum::routing::post(control))
        .with_state(Arc::clone(&test));
    let service = service
        .layer(from_fn(delete_dead_cookies))
        .layer(from_fn_with_state(test, observe))
        .merge(control);

    let token = issuer.token("bob").sign();
    println!("{}", serde_json::json!({ "port": port, "token": token }));
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        served = axum::serve(listener, service).into_future() => served?,
        ended = async { tokio::io::stdin().read(&mut [0]).await } => drop(ended?),
    }
    Ok(())
}

/// Records a request. If its query is `held`, holds it back before the guard sees it until the test releases it.
async fn observe(State(test): State<Arc<Test>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let site = headers.get("sec-fetch-site");
    let mut arrived = Arrived {
        path: request.uri().path().to_owned(),
        site: site.and_then(|site| site.to_str().ok().map(str::to_owned)),
        cookie: headers.contains_key(COOKIE),
        authorization: headers.contains_key(AUTHORIZATION),
        status: 0,
    };
    if request.uri().query() == Some("held") {
        test.held.add_permits(1);
        if let Ok(permit) = test.released.acquire().await {
            permit.forget();
        }
    }
    let response = next.run(request).await;
    arrived.status = response.status().as_u16();
    test.arrived.lock().await.push(arrived);
    response
}

/// Deletes the cookie of a dead session, as other libraries do. The kind never does.
async fn delete_dead_cookies(request: Request, next: Next) -> Response {
    let deletes = request.uri().path() == "/deletes-dead-cookies";
    let mut response = next.run(request).await;
    if deletes && response.status() == StatusCode::UNAUTHORIZED {
        let deletion = "__Host-Http-sid=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";
        response
            .headers_mut()
            .append(SET_COOKIE, HeaderValue::from_static(deletion));
    }
    response
}

async fn control(State(test): State<Arc<Test>>, Path(action): Path<String>) -> Response {
    match action.as_str() {
        "advance-an-hour" => {
            test.ahead.fetch_add(60 * 60, Ordering::SeqCst);
        }
        "wait-for-a-held-request" => {
            if let Ok(permit) = test.held.acquire().await {
                permit.forget();
            }
        }
        "release" => test.released.add_permits(1),
        "arrived" => return Json(&*test.arrived.lock().await).into_response(),
        "orders" => {
            return test
                .orders
                .load(Ordering::SeqCst)
                .to_string()
                .into_response();
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    }
    StatusCode::NO_CONTENT.into_response()
}
