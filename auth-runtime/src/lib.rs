//! Attributes for [axum] handlers that declare who may call them.
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
//!     .build()?; // reports all misconfigurations at once
//!
//! let app: axum::Router = Router::new()
//!     .route("/orders", get(list_orders)) // a handler without an attribute does not compile here
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
//! 1. The rule is checked before any other extractor of the handler runs, and before the body is read.
//! 2. Without a valid credential the answer is **401** with the challenge of RFC 6750 or RFC 9110. With a valid
//!    one that does not satisfy the rule it is **403**. If scopes are missing, the answer names them.
//! 3. A failure on the side of the service is a 5xx. No failure lets a request through.
//!
//! # Contents
//!
//! The [guide] has a page for each topic; begin with its [first steps](guide::first_steps).
//!
//! | topic | items | page of the guide |
//! |---|---|---|
//! | rules | [`#[require_auth]`](macro@require_auth), [`#[optional_auth]`](macro@optional_auth), [`#[allow_anonymous]`](macro@allow_anonymous), [`#[policy]`](macro@policy), [`Allowed`], [`CheckError`] | [rules and checks](guide::rules) |
//! | routes | [`Router`], [`routing`], [`guard()`] for services, [`Auth::layer`] for a router of axum's | [the router](guide::router) |
//! | the caller | [`Identity`], [`Claims`], [`Caller`] with [`FromIdentity`], [`Checked`], [`BearerToken`]; in middleware [`PresentedCaller`]; outside of a request [`Auth::authenticate_token`] and [`Auth::authorize`] | [rules and checks](guide::rules) |
//! | JWT access tokens | [`Jwt`] | [tokens of an identity provider](guide::providers), [recipes](guide::recipes) |
//! | tokens that the application issues | [`TokenIssuer`], [`RefreshTokens`] | [your own tokens](guide::own_tokens) |
//! | opaque tokens | [`Introspection`] | [opaque tokens](guide::opaque_tokens) |
//! | revocation | [`Auth::revoke`], [`revocation`], [`redis`] | [revocation](guide::revocation) |
//! | passwords and API keys | [`Basic`], [`Auth::authenticate_password`], [`ApiKeys`], [`sql`] | [Basic and API keys](guide::basic_and_api_keys) |
//! | other kinds of credentials | [`authenticator::Authenticator`] | [a kind of your own](guide::own_kind) |
//! | the configuration | [`Auth::builder`] | [several kinds, several `Auth`s](guide::several_kinds), [cross-site requests](guide::csrf) |
//! | all routes with their rules | [`Router::access_map`] | [the access map](guide::access_map) |
//! | responses | [`Denial`], [`render`] | [what callers see](guide::responses), [conformance](guide::conformance) |
//! | events, counters, faults | [`Auth::status`] | [errors and logs](guide::errors_and_logs) |
//! | tests | [`testing`] | [testing](guide::testing) |
//!
//! # Deployment
//!
//! A [`Router`] of this crate does not accept a handler or a service without a policy: such a program does not compile.
//! [`Router::try_with_auth`] reports every rule that can never be satisfied with the given [`Auth`]. Routes
//! that are added to the [`axum::Router`] which it returns are not checked.
//!
//! [`Auth::layer`] serves a router of axum's. There a handler *without* an attribute is not guarded, and a guarded
//! handler without the layer answers 500 and logs what is missing. See [deployment](guide::deployment) and
//! [security](guide::security).
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `aws-lc-rs` | yes | signatures by aws-lc-rs, which needs a C compiler; used if both back ends are enabled |
//! | `rust-crypto` | no | signatures by the RustCrypto crates |
//! | `basic` | no | [`Basic`]: user names and passwords (RFC 7617); enables `failure-limit` |
//! | `api-keys` | no | [`ApiKeys`]; enables `failure-limit` |
//! | `sqlite`, `postgres` | no | [`SqlStore`](sql::SqlStore): users, API keys, refresh tokens and sessions in a database; enables `basic` and `api-keys`. Rust 1.94, C compiler |
//! | `introspection` | no | [`Introspection`]: opaque tokens (RFC 7662); enables `failure-limit` |
//! | `metrics` | no | [counters](guide::errors_and_logs#counters) for the `metrics` facade |
//! | `redis` | no | [`RedisRevocation`](redis::RedisRevocation): revoked tokens, shared by all nodes. With `sessions`, [`RedisSessions`](redis::RedisSessions). C compiler |
//! | `sessions` | no | [`Sessions`] of browsers, with a cookie |
//! | `failure-limit` | no | [`FailureLimit`](authenticator::FailureLimit): limits failed authentications by client address and account |
//! | `http-client` | no | [`HttpClient`](fetch::HttpClient) fetches keys and introspects tokens: reqwest with rustls. C compiler |
//! | `testing` | no | [`testing`]: an issuer that signs tokens for tests |
//!
//! At least one back end for signatures is required. An application that uses jsonwebtoken itself chooses its own back
//! end for that crate, and may install this one: [`jsonwebtoken_provider`].
//!
//! [axum]: https://docs.rs/axum

// Shows on docs.rs which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(
        feature = "api-keys",
        feature = "basic",
        feature = "http-client",
        feature = "introspection",
        feature = "postgres",
        feature = "redis",
        feature = "sessions",
        feature = "sqlite",
        feature = "testing",
    )),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "the docs link to items of all features; they are checked, and built for docs.rs, with all features"
    )
)]

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
#[cfg(any(feature = "api-keys", feature = "sessions"))]
mod changes;
mod clock;
mod counters;
mod credential;
mod cross_site;
pub mod fetch;
#[cfg(all(
    doc,
    feature = "api-keys",
    feature = "basic",
    feature = "http-client",
    feature = "introspection",
    feature = "redis",
    feature = "sessions",
    feature = "sqlite",
    feature = "testing",
))]
// The guide is part of the documentation only, so it needs no list of features.
#[cfg_attr(docsrs, doc(auto_cfg = false))]
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
pub mod refresh_token;
pub mod render;
pub mod revocation;
mod scheme;
mod scope;
#[cfg(feature = "sessions")]
pub mod session;
mod single_flight;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod sql;
#[cfg(feature = "testing")]
pub mod testing;
mod throttle;
mod token_fault;
pub mod token_issuer;
#[cfg(feature = "basic")]
pub mod users;
mod web;

#[doc = include_str!("macros/allow_anonymous.md")]
pub use auth_macros::allow_anonymous;
#[doc = include_str!("macros/check.md")]
pub use auth_macros::check;
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
#[doc(inline)]
pub use crate::api_key::ApiKeys;
#[doc(inline)]
pub use crate::auth::{Auth, AuthBuilder};
#[cfg(feature = "basic")]
pub use crate::basic::Basic;
#[cfg(feature = "introspection")]
#[doc(inline)]
pub use crate::bearer::Introspection;
#[doc(inline)]
pub use crate::bearer::Jwt;
pub use crate::box_error::BoxError;
#[doc(inline)]
pub use crate::identity::{Identity, IdentityId};
#[doc(inline)]
pub use crate::keys::jsonwebtoken_provider;
pub use crate::policy::{Denial, Policy, PolicyWithoutChecks};
#[doc(inline)]
pub use crate::refresh_token::RefreshTokens;
pub use crate::scheme::Scheme;
pub use crate::scope::{Role, Scope, Scopes};
#[cfg(feature = "sessions")]
#[doc(inline)]
pub use crate::session::Sessions;
#[doc(inline)]
pub use crate::token_issuer::TokenIssuer;
#[cfg(feature = "failure-limit")]
pub use crate::web::ClientAddress;
#[cfg(feature = "sessions")]
pub use crate::web::Session;
#[cfg(all(unix, feature = "failure-limit"))]
pub use crate::web::UnixPeer;
pub use crate::web::{
    Allowed, AuthRejection, BearerToken, Caller, CheckError, Checked, Claims, FromIdentity, Guard,
    PresentedCaller, Router, guard, routing,
};

/// Items that the macros' output refers to. Not for other use: they change without notice.
#[doc(hidden)]
pub mod __private {
    pub use axum::extract::FromRequestParts;
    pub use axum::http::request::Parts;

    pub use crate::policy::{
        CheckId, ChecksOf, Choice, Choose, ClaimValue, Constant, Hide, InvalidPolicy, NamedCheck,
        OtherConstant, Requirement, Rule, assert_always_checks, has_check, leaf, leaf_inside_not,
        number_after_policy, scheme,
    };
    pub use crate::scheme::BUILT_IN;
    pub use crate::web::{
        Check, Outcome, RunNamedCheck, RunPolicy, Verdict, conclude, extract, unknown_check,
    };
}
