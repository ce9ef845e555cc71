//! What to write for the access tokens of well-known providers, and what to configure there.
//!
//! | | issuer, as in `iss` | what differs from RFC 9068 |
//! |---|---|---|
//! | [`keycloak`] | `https://<host>/realms/<realm>` | the type is a claim; roles are nested; the audience needs a mapper |
//! | [`auth0`] | `https://<tenant>.<region>.auth0.com/` | nothing, with the access token profile *RFC 9068* |
//! | [`entra_id`] | `https://login.microsoftonline.com/<tenant id>/v2.0` | `typ` is `JWT`; machines have roles instead of scopes |
//! | [`okta`] | `https://<domain>/oauth2/<id>` | no type; one audience for a whole authorization server |
//! | [`google`] | `https://accounts.google.com` | no access tokens for your API: ID tokens |
//! | [`cognito`] | `https://cognito-idp.<region>.amazonaws.com/<pool>` | no type, no audience |
//! | [`zitadel`] | `https://<domain>` | `typ` is `JWT`; any client can request the audience; roles are the keys of an object |
//! | [`authentik`] | `https://<host>/application/o/<slug>/` | `typ` is `JWT`; the audience is the client; groups are used as roles |
//! | [`supabase`] | `https://<project ref>.supabase.co/auth/v1` | `typ` is `JWT`; one audience for all projects |
//! | [`firebase`] | `https://securetoken.google.com/<project id>` | no access tokens: ID tokens |
//! | [`clerk`] | `https://clerk.<domain>` | no access tokens: session tokens, without an audience |
//! | [`kubernetes`] | as the cluster is configured | no type; any pod can request the audience |
//! | [`github_actions`] | `https://token.actions.githubusercontent.com` | ID tokens; any repository on GitHub can request the audience |
//!
//! Copy the function of your provider, replace names and ids, and give the result to the builder:
//! `Auth::builder().bearer(keycloak()).build()?`. [Tokens of an identity provider](super::providers) explains the settings.
//! [`Jwt::oidc`](crate::Jwt::oidc) and `jwks_url` need the feature `http-client`, or
//! [`AuthBuilder::fetch`](crate::AuthBuilder::fetch).
//!
//! The functions are tested with tokens of each provider's format: its access tokens are accepted, and its ID
//! tokens, tokens for other audiences and tokens of other tenants are refused.
//!
//! If a token is refused, see [When a token is refused](super::providers#when-a-token-is-refused).
//!
//! # Any other provider
//!
//! 1. Start with `Jwt::oidc(issuer).audience(name of this API)`.
//! 2. Get a token in the way that a client does, and look at its header and claims.
//! 3. Relax one rule at a time, and only the rules that the token breaks.
//! 4. Try an ID token of the same provider, and a token for another API: both must be refused.
//! 5. Keep all three as tests: [`testing::Issuer`](crate::testing::Issuer) signs tokens with any header and claims, and
//!    answers requests for metadata and keys.

/// Keycloak: the type of a token is a claim, roles are nested, the audience needs a mapper.
///
/// ```
#[doc = include_str!("keycloak.rs")]
/// ```
#[doc = include_str!("keycloak.md")]
pub mod keycloak {}

/// Auth0: the API's identifier is the audience, and the issuer ends with a slash.
///
/// ```
#[doc = include_str!("auth0.rs")]
/// ```
#[doc = include_str!("auth0.md")]
pub mod auth0 {}

/// Microsoft Entra ID: two versions of tokens with two issuers; the API chooses the version.
///
/// ```
#[doc = include_str!("entra_id.rs")]
/// ```
#[doc = include_str!("entra_id.md")]
pub mod entra_id {}

/// Okta: custom authorization servers, scopes in an array.
///
/// ```
#[doc = include_str!("okta.rs")]
/// ```
#[doc = include_str!("okta.md")]
pub mod okta {}

/// Google: no access tokens for your API, only ID tokens.
///
/// ```
#[doc = include_str!("google.rs")]
/// ```
#[doc = include_str!("google.md")]
pub mod google {}

/// Amazon Cognito: no audience in access tokens, unless the client requests a resource.
///
/// ```
#[doc = include_str!("cognito.rs")]
/// ```
#[doc = include_str!("cognito.md")]
pub mod cognito {}

/// Zitadel: JWTs must be turned on, any client can request the audience, roles are the keys of an object.
///
/// ```
#[doc = include_str!("zitadel.rs")]
/// ```
#[doc = include_str!("zitadel.md")]
pub mod zitadel {}

/// authentik: one issuer for each application, whose client id is the audience.
///
/// ```
#[doc = include_str!("authentik.rs")]
/// ```
#[doc = include_str!("authentik.md")]
pub mod authentik {}

/// Supabase: one audience for all projects, and anonymous users.
///
/// ```
#[doc = include_str!("supabase.rs")]
/// ```
#[doc = include_str!("supabase.md")]
pub mod supabase {}

/// Firebase Authentication: ID tokens of one project, signed with keys that all projects share.
///
/// ```
#[doc = include_str!("firebase.rs")]
/// ```
#[doc = include_str!("firebase.md")]
pub mod firebase {}

/// Clerk: session tokens, which have the origin of the web page instead of an audience.
///
/// ```
#[doc = include_str!("clerk.rs")]
/// ```
#[doc = include_str!("clerk.md")]
pub mod clerk {}

/// Kubernetes service accounts: any pod can request the audience, and reading the keys may need a token.
///
/// ```
#[doc = include_str!("kubernetes.rs")]
/// ```
#[doc = include_str!("kubernetes.md")]
pub mod kubernetes {}

/// GitHub Actions: any repository on GitHub can request the audience.
///
/// ```
#[doc = include_str!("github_actions.rs")]
/// ```
#[doc = include_str!("github_actions.md")]
pub mod github_actions {}
