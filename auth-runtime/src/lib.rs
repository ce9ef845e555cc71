//! Say who may call an [axum] handler, in one line above it.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use auth_runtime::{Auth, Identity, Jwt, Router, require_auth, routing::get};
//! # use auth_runtime::testing::Issuer;
//! # use axum::{body::Body, http::Request};
//! # use tower::ServiceExt;
//!
//! #[require_auth(scope = "orders:read")]
//! async fn list_orders(caller: Identity) -> String {
//!     format!("orders of {}", caller.subject())
//! }
//!
//! # let issuer = Issuer::new("https://issuer.example", "https://api.example");
//! # let keys = issuer.jwks();
//! let auth = Auth::builder()
//!     .bearer(Jwt::issuer("https://issuer.example").audience("https://api.example").jwks(keys))
//!     .build()?; // every misconfiguration at once, each with its own message
//!
//! let app: axum::Router = Router::new()
//!     .route("/orders", get(list_orders)) // a handler that says nothing does not compile here
//!     .with_auth(auth);
//! # let request = |token: &str| {
//! #     let value = format!("Bearer {token}");
//! #     Request::get("/orders").header("authorization", value).body(Body::empty()).unwrap()
//! # };
//! # let anonymous = Request::get("/orders").body(Body::empty())?;
//! # assert_eq!(app.clone().oneshot(anonymous).await?.status(), 401);
//! # let other = issuer.token("alice").scope("orders:write").sign();
//! # assert_eq!(app.clone().oneshot(request(&other)).await?.status(), 403);
//! # let reader = issuer.token("alice").scope("orders:read").sign();
//! # assert_eq!(app.oneshot(request(&reader)).await?.status(), 200);
//! # Ok::<(), auth_runtime::BoxError>(())
//! # }).unwrap();
//! ```
//!
//! 1. The rule is enforced before the handler's own extractors run and before the body is read.
//! 2. No credential, or a bad one: **401** with the challenge that says so (RFC 6750, RFC 9110).
//!    A good one that is not enough: **403**, naming the scopes that would be.
//! 3. Whatever goes wrong on our side is a 5xx. Nothing that goes wrong lets a request through.
//!
//! | to say | write |
//! |---|---|
//! | who may call | [`#[require_auth]`](macro@require_auth), [`#[policy]`](macro@policy) |
//! | anybody, or a caller | [`#[optional_auth]`](macro@optional_auth) |
//! | anybody, unseen | [`#[allow_anonymous]`](macro@allow_anonymous) |
//! | which handler answers | [`Router`], [`routing`], [`guard()`] for services |
//! | who may call what | [`Router::access_map`], [`AccessMap`](access_map::AccessMap) |
//! | who is trusted | [`Auth::builder`], [`Jwt`], `Introspection`, `Basic`, `ApiKeys`, your own [`Authenticator`](authenticator::Authenticator) |
//! | who is calling | [`Identity`], [`Claims`], [`BearerToken`]; in middleware [`PresentedCaller`] |
//! | what a refusal looks like | [`render`] |
//! | how to test it | [`testing`] |
//! | what Keycloak, Auth0, Entra ID, Okta, GitHub Actions, Kubernetes and others need | [`guide::recipes`] |
//!
//! # Deployment
//!
//! A [`Router`] of this crate refuses handlers and services without a policy when it is compiled, and
//! what can't work with its [`Auth`] when it is [finished](Router::try_with_auth). What is added to the
//! [`axum::Router`] that comes out of it is on its own.
//!
//! With a router of axum's, [`Auth::layer`] goes around the routes. There, a handler *without* an
//! attribute is not guarded, and a guarded one without the layer answers 500 and logs what is
//! missing.
//!
//! # What it tells
//!
//! Names of events and counters stay as they are; further ones may come. Events have the target
//! `auth_runtime`. No event and no counter contains the text of a token or a part of it.
//!
//! | event | level | fields |
//! |---|---|---|
//! | `allowed` | debug | `policy`, `scheme`, `issuer`, `subject` |
//! | `denied`, `would have been denied` | info, warn | `policy`, `extractor`, `method`, `path`, `reason`, `claim`, `received`, `expected`, `status`, `scheme`, `issuer`, `subject` |
//! | `logged out by the issuer` | info | `issuer`, `subject`, `by`: `session`, `subject` |
//! | `logout refused` | info | `reason` |
//! | `keys fetched` | debug | `issuer`, `keys`, `next_refresh_seconds` |
//! | `keys could not be fetched` | warn | `issuer`, `error`, `usable_for_seconds` |
//! | `key taken away`, `key skipped` | info, warn | `issuer`, `key`, and why |
//!
//! Each denial is one event:
//!
//! | field | meaning |
//! |---|---|
//! | `policy` | the rule of the route; absent if an extractor in middleware refused |
//! | `extractor` | the extractor that refused, such as `Option<Identity>` in middleware; absent if a guard refused |
//! | `path` | the path as it was sent, without the query; truncated after 100 characters |
//! | `reason` | the [`Denial`], even if the client is told less |
//! | `claim` | the claim or header parameter of the token that is wrong or missing |
//! | `received` | its value, for `iss`, `typ`, `alg`, `kid` and the audience |
//! | `expected` | the configured issuers, audiences, type, algorithms or values; the rule that the caller did not satisfy; or the accepted kinds of credentials |
//!
//! ```text
//! INFO auth_runtime: denied policy="api::orders" method="GET" path="/orders" reason=InvalidToken(WrongAudience)
//!      claim="aud" received="https://web.example" expected=["https://api.example"] status=401 scheme="Bearer"
//! ```
//!
//! Values in `received` and `expected` are quoted and escaped. A value is truncated after 100 characters, and
//! a list after eight values. `iss`, `typ`, `alg` and `kid` come from unverified tokens, so any client can
//! choose them: each of the four is logged in `received` at most once per second. Events about opaque tokens
//! have no `received`.
//!
//! | counter | labels |
//! |---|---|
//! | `auth_decisions_total` | `policy`; `outcome`: `allowed`, `denied`, `reported`; `status`, but for `allowed` |
//! | `auth_token_cache_lookups_total` | `result`: `hit`, `miss` |
//! | `auth_key_fetches_total` | `issuer`; `result`: `ok`, `failed` |
//! | `auth_introspections_total` | `result`: `active`, `inactive`, `failed`, `refused`, `over_budget` |
//! | `auth_revocations_total` | `result`: `ok`, `failed` |
//!
//! [`Auth::status`] is how it is doing now, for health pages.
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `aws-lc-rs` | yes | signatures by aws-lc-rs, which needs a C toolchain; wins when both are on |
//! | `rust-crypto` | no | signatures by the RustCrypto crates |
//! | `basic` | no | `Basic`: user names and passwords; `failure-limit` with it |
//! | `api-keys` | no | `ApiKeys`; `failure-limit` with it |
//! | `sqlite`, `postgres` | no | `SqlStore`: users and API keys in a database; both kinds with it. Rust 1.94 |
//! | `introspection` | no | `Introspection`: opaque tokens (RFC 7662); `failure-limit` with it |
//! | `metrics` | no | counters for the `metrics` facade |
//! | `redis` | no | `RedisRevocation`: revoked tokens, shared by all nodes |
//! | `failure-limit` | no | `FailureLimit`: who keeps failing to authenticate has to wait |
//! | `http-client` | no | `HttpClient`, which fetches keys and asks about tokens: reqwest with rustls. Needs a C compiler |
//! | `testing` | no | [`testing`] |
//!
//! Signatures are made and verified by the back end directly. An application that uses jsonwebtoken itself
//! chooses its back end itself, and may install this one: [`jsonwebtoken_provider`].
//!
//! [axum]: https://docs.rs/axum

pub mod access_map;
#[cfg(feature = "api-keys")]
pub mod api_key;
pub mod auth;
pub mod authenticator;
#[cfg(feature = "basic")]
mod basic;
pub mod bearer;
mod box_error;
mod challenge;
mod clock;
mod counters;
mod credential;
pub mod fetch;
#[cfg(all(
    doc,
    feature = "api-keys",
    feature = "basic",
    feature = "http-client",
    feature = "introspection",
    feature = "redis",
    feature = "sqlite",
    feature = "testing",
))]
pub mod guide;
pub mod identity;
pub mod keys;
#[cfg(feature = "failure-limit")]
mod limit;
mod lock;
mod permits;
mod policy;
mod quoted;
#[cfg(feature = "redis")]
pub mod redis;
pub mod render;
pub mod revocation;
mod scheme;
mod scope;
mod single_flight;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod sql;
#[cfg(feature = "testing")]
pub mod testing;
mod throttle;
mod token_fault;
#[cfg(feature = "basic")]
pub mod users;
mod web;

#[doc = include_str!("macros/allow_anonymous.md")]
pub use auth_macros::allow_anonymous;
#[doc = include_str!("macros/optional_auth.md")]
pub use auth_macros::optional_auth;
#[doc = include_str!("macros/policy.md")]
pub use auth_macros::policy;
#[doc = include_str!("macros/require_auth.md")]
pub use auth_macros::require_auth;

/// Why a request was refused, in detail: what a [`Denial`] holds.
pub mod denial {
    pub use crate::policy::{RequiredScopes, StepUp};
    pub use crate::token_fault::TokenFault;
}

/// What a [`Router`] and its layers are made of, and what can be wrong with one.
pub mod router {
    pub use crate::access_map::router_fault::{RouterError, RouterFault};
    pub use crate::web::{
        AuthFuture, AuthLayer, AuthService, AxumHandler, Declared, DeclaredService, GuardLayer,
        GuardService, IntoRoute, IntoRoutes,
    };
}

#[cfg(feature = "api-keys")]
pub use crate::api_key::ApiKeys;
pub use crate::auth::{Auth, AuthBuilder};
#[cfg(feature = "basic")]
pub use crate::basic::Basic;
#[cfg(feature = "introspection")]
pub use crate::bearer::Introspection;
pub use crate::bearer::Jwt;
pub use crate::box_error::BoxError;
pub use crate::identity::{Identity, IdentityId};
pub use crate::keys::jsonwebtoken_provider;
pub use crate::policy::{Denial, Policy};
pub use crate::scheme::Scheme;
pub use crate::scope::{Role, Scope, Scopes};
#[cfg(all(unix, feature = "failure-limit"))]
pub use crate::web::UnixPeer;
pub use crate::web::{
    Allowed, AuthRejection, BearerToken, CheckError, Checked, Claims, Guard, PresentedCaller,
    Router, guard, routing,
};

/// Items that the macros' output refers to. Not for other use: they change without notice.
#[doc(hidden)]
pub mod __private {
    pub use axum::extract::FromRequestParts;
    pub use axum::http::request::Parts;

    pub use crate::policy::{
        ClaimValue, Constant, Hide, InvalidPolicy, OtherConstant, Requirement, Rule, leaf, scheme,
    };
    pub use crate::scheme::BUILT_IN;
    pub use crate::web::{Check, Checking, Outcome, Verdict, conclude, extract, unknown_check};
}
