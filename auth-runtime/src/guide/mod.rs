//! The guide: one page for each topic. Most examples are whole programs. Unless a page says otherwise, the tests of this
//! crate compile them, and run all that need no server.
//!
//! **To begin**
//!
//! | page | contents |
//! |---|---|
//! | [First steps](first_steps) | a first program, its keys and tokens, and what to change before production |
//! | [Rules and checks](rules) | everything a rule can contain, checks that load a resource once, the caller as a type of the application (`Caller<T>`) |
//! | [The router](router) | this crate's `Router` and axum's, services, middleware, WebSockets, tokens and decisions outside of requests (`Auth::authenticate_token`, `Auth::authorize`) |
//! | [Testing](testing) | tests of guarded handlers |
//! | [The access map](access_map) | every route with its rule, for reviews |
//! | [Moving to this crate](migration) | from a hand-written extractor, axum-login, protect-axum, jwt-authorizer |
//!
//! **Credentials**
//!
//! | page | contents |
//! |---|---|
//! | [Tokens of an identity provider](providers) | JWT access tokens, keys, roles, and what to do when a token is refused |
//! | [Recipes](recipes) | the settings for the tokens of well-known providers |
//! | [Your own tokens](own_tokens) | login at the service itself: access tokens (`TokenIssuer`) and refresh tokens (`RefreshTokens`) |
//! | [Opaque tokens](opaque_tokens) | introspection (RFC 7662) |
//! | [Revocation](revocation) | tokens that end before they expire |
//! | [Basic and API keys](basic_and_api_keys) | passwords and keys, where they are stored, limits |
//! | [Sessions](sessions) | browsers: login form, time-outs, logout, stores |
//! | [Several kinds, several `Auth`s](several_kinds) | which credential decides |
//! | [Your own kind of credential](own_kind) | the trait `Authenticator` |
//! | [Clients in a browser](browser_clients) | new access tokens on 401, once for all requests and tabs: a module for `fetch` and axios |
//! | [Cross-site requests](csrf) | the protection of cookies and passwords, which browsers send by themselves |
//!
//! **In production**
//!
//! | page | contents |
//! |---|---|
//! | [What callers see](responses) | statuses, challenges, bodies, browsers, gRPC |
//! | [Errors and logs](errors_and_logs) | events and counters |
//! | [Deployment](deployment) | proxies, Unix sockets, TLS, several nodes, health |
//! | [Security](security) | the threat model, defaults, and what is left to you |
//! | [Performance](performance) | what a guard costs, measured |
//! | [Conformance](conformance) | the answer to every kind of request, with the RFC section |

#[doc = include_str!("first_steps.md")]
pub mod first_steps {}

#[doc = include_str!("rules.md")]
pub mod rules {}

#[doc = include_str!("router.md")]
pub mod router {}

#[doc = include_str!("providers.md")]
pub mod providers {}

#[doc = include_str!("own_tokens.md")]
pub mod own_tokens {}

#[doc = include_str!("opaque_tokens.md")]
pub mod opaque_tokens {}

#[doc = include_str!("revocation.md")]
pub mod revocation {}

#[doc = include_str!("basic_and_api_keys.md")]
pub mod basic_and_api_keys {}

#[doc = include_str!("sessions.md")]
pub mod sessions {}

#[doc = include_str!("own_kind.md")]
pub mod own_kind {}

#[doc = include_str!("browser_clients.md")]
pub mod browser_clients {}

#[doc = include_str!("csrf.md")]
pub mod csrf {}

#[doc = include_str!("several_kinds.md")]
pub mod several_kinds {}

#[doc = include_str!("access_map.md")]
pub mod access_map {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("responses.md")]
pub mod responses {}

#[doc = include_str!("errors_and_logs.md")]
pub mod errors_and_logs {}

#[doc = include_str!("deployment.md")]
pub mod deployment {}

pub mod migration;

#[doc = include_str!("performance.md")]
pub mod performance {}

#[doc = include_str!("security.md")]
pub mod security {}

#[doc = include_str!("conformance.md")]
pub mod conformance {}

pub mod recipes;
