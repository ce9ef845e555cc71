//! How to accept the tokens of well-known providers: what to write here, and what has to be set up
//! there.
//!
//! | | issuer, as `iss` has it | what differs from RFC 9068 |
//! |---|---|---|
//! | [`keycloak`] | `https://<host>/realms/<realm>` | the type is a claim; roles are nested; the audience needs a mapper |
//! | [`auth0`] | `https://<tenant>.<region>.auth0.com/` | nothing, with the right profile |
//! | [`entra_id`] | `https://login.microsoftonline.com/<tenant id>/v2.0` | no type; machines have roles in place of scopes |
//! | [`okta`] | `https://<domain>/oauth2/<id>` | no type; one audience for a whole authorization server |
//! | [`google`] | `https://accounts.google.com` | no access tokens at all: ID tokens |
//! | [`cognito`] | `https://cognito-idp.<region>.amazonaws.com/<pool>` | no type, no audience |
//! | [`zitadel`] | `https://<domain>` | no type; any client can ask for the audience; roles are the keys of an object |
//! | [`authentik`] | `https://<host>/application/o/<slug>/` | no type; the audience is the client; groups for roles |
//! | [`supabase`] | `https://<project ref>.supabase.co/auth/v1` | no type; one audience for everything |
//! | [`firebase`] | `https://securetoken.google.com/<project id>` | no access tokens at all: ID tokens |
//! | [`clerk`] | `https://clerk.<domain>` | no access tokens: session tokens, without an audience |
//! | [`kubernetes`] | as the cluster is configured | no type; any pod can ask for the audience |
//! | [`github_actions`] | `https://token.actions.githubusercontent.com` | ID tokens; any repository in the world can ask for the audience |
//!
//! The functions below are complete: tokens of each provider's shape are accepted by them, and its ID
//! tokens, tokens for other audiences and of other tenants are refused, by tests of this crate. Names
//! and ids are the only thing to replace. [`Jwt::oidc`](crate::Jwt::oidc) needs the feature
//! `http-client`, or [`AuthBuilder::fetch`](crate::AuthBuilder::fetch).
//!
//! # When a token is refused
//!
//! The challenge of the answer says why, and so does the log at the level `info`:
//!
//! | `error_description` | look at |
//! |---|---|
//! | The access token issuer is not trusted | `iss`: it is compared byte for byte, slash at the end included |
//! | The access token audience does not match | `aud`: the provider has to be told for which API a token is |
//! | The token is not an access token | the header's `typ`: an ID token, or an issuer that writes `JWT` everywhere |
//! | The access token lacks a required claim | `sub`, and what `.required_claim(..)` and `.required_value(..)` name |
//! | The access token is malformed | it has no three parts: an opaque token needs [`AuthBuilder::introspection`](crate::AuthBuilder::introspection) |
//!
//! # Any other provider
//!
//! Begin with `Jwt::oidc(issuer).audience(name of this API)`, get a token as a client gets it, and look at its
//! header and claims. Loosen one rule at a time, and only what the token needs. Then try an ID token
//! of the same provider, and a token for another API: both have to be refused. Keep the three as tests:
//! [`testing::Issuer`](crate::testing::Issuer) makes tokens of any shape, and answers for the provider.

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

/// Microsoft Entra ID: two versions of tokens, which the API chooses, with two issuers.
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

/// Google: no access tokens for others, so ID tokens with care.
///
/// ```
#[doc = include_str!("google.rs")]
/// ```
#[doc = include_str!("google.md")]
pub mod google {}

/// Amazon Cognito: no audience in access tokens, unless the client asks for a resource.
///
/// ```
#[doc = include_str!("cognito.rs")]
/// ```
#[doc = include_str!("cognito.md")]
pub mod cognito {}

/// Zitadel: JWTs have to be turned on, any client can ask for the audience, roles are the keys of an object.
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

/// Supabase: one audience for everything, and anonymous users among the others.
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

/// Clerk: session tokens, which name the web page in place of an audience.
///
/// ```
#[doc = include_str!("clerk.rs")]
/// ```
#[doc = include_str!("clerk.md")]
pub mod clerk {}

/// Kubernetes service accounts: any pod can ask for the audience, and the keys may need a token to be read.
///
/// ```
#[doc = include_str!("kubernetes.rs")]
/// ```
#[doc = include_str!("kubernetes.md")]
pub mod kubernetes {}

/// GitHub Actions: any repository in the world can ask for the audience.
///
/// ```
#[doc = include_str!("github_actions.rs")]
/// ```
#[doc = include_str!("github_actions.md")]
pub mod github_actions {}
