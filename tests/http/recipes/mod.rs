//! The recipes for well-known providers, as they stand in the docs, with tokens of each provider's
//! shape: its documents at its addresses, header and claims as its own documentation shows them.

mod auth0;
mod authentik;
mod clerk;
mod cognito;
mod entra_id;
mod firebase;
mod github_actions;
mod google;
mod keycloak;
mod kubernetes;
mod okta;
mod supabase;
mod zitadel;

use std::time::SystemTime;

use auth_runtime::fetch::Fetch;
use auth_runtime::keys::Algorithm;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, BoxError, Identity, Jwt, Router, require_auth};
use auth_tests::client::Request;
use auth_tests::keys::RSA_PRIVATE;
use auth_tests::server::Server;
use axum::Json;
use axum::http::{self, Response, StatusCode};
use serde_json::{Value, json};

const ALGORITHM: &str = "The access token uses an unsupported algorithm";
const TYPE: &str = "The token is not an access token";
const ISSUER: &str = "The access token issuer is not trusted";
const AUDIENCE: &str = "The access token audience does not match";
const MISSING: &str = "The access token lacks a required claim";
const MALFORMED: &str = "The access token is malformed";
/// What `map_identity` of a recipe refuses.
const INVALID: &str = "The access token is invalid";

#[require_auth]
async fn who(caller: Identity) -> Json<Value> {
    let roles: Vec<&str> = caller.roles().collect();
    let scopes: Vec<&str> = caller.scopes().iter().collect();
    Json(json!({ "subject": caller.subject(), "scopes": scopes, "roles": roles }))
}

/// Needs to know that a caller has no such role.
#[require_auth(not(role = "suspended"))]
async fn not_suspended() {}

/// An API that trusts a provider by its recipe, and the provider.
struct Api {
    server: Server,
    keys: Issuer,
    algorithm: Algorithm,
}

/// The provider's documents by URL. Any other URL is 404.
struct Published(Vec<(&'static str, Value)>);

impl Fetch for Published {
    async fn fetch(
        &self,
        request: http::Request<Vec<u8>>,
        _limit: usize,
    ) -> Result<Response<Vec<u8>>, BoxError> {
        let address = request.uri().to_string();
        let document = self.0.iter().find(|(published, _)| *published == address);
        let (status, body) = match document {
            Some((_, document)) => (StatusCode::OK, document.to_string().into_bytes()),
            None => (StatusCode::NOT_FOUND, Vec::new()),
        };
        Ok(Response::builder().status(status).body(body)?)
    }
}

impl Api {
    /// By discovery: where the provider publishes its metadata, and the keys that it names there.
    async fn discovering(
        jwt: Jwt,
        metadata: &'static str,
        issuer: &str,
        keys: &'static str,
    ) -> Self {
        let document = json!({ "issuer": issuer, "jwks_uri": keys });
        Self::start(jwt, keys, vec![(metadata, document)]).await
    }

    async fn start(
        jwt: Jwt,
        address: &'static str,
        mut documents: Vec<(&'static str, Value)>,
    ) -> Self {
        let keys = rsa_keys();
        documents.push((address, key_set(&keys)));
        Self::fetching(jwt, keys, Algorithm::RS256, Published(documents)).await
    }

    /// The keys of the provider, which `fetch` returns.
    async fn fetching(jwt: Jwt, keys: Issuer, algorithm: Algorithm, fetch: impl Fetch) -> Self {
        let auth = Auth::builder().bearer(jwt).fetch(fetch).build().unwrap();
        let app = Router::new()
            .route("/", auth_runtime::routing::get(who))
            .route("/not-suspended", auth_runtime::routing::get(not_suspended))
            .with_auth(auth);
        Self {
            server: Server::start(app).await,
            keys,
            algorithm,
        }
    }

    /// Signed now, valid for an hour unless the claims say otherwise.
    fn token(&self, header: &Value, claims: &Value) -> String {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let mut header = header.clone();
        header["alg"] = json!(self.algorithm.name());
        header["kid"] = json!("testing");
        let mut timed = json!({ "iat": now, "exp": now + 3600 });
        timed
            .as_object_mut()
            .unwrap()
            .extend(claims.as_object().unwrap().clone());
        self.keys.sign(&header.to_string(), &timed.to_string())
    }

    async fn accepts(&self, header: &Value, claims: &Value, caller: Value) {
        // Whether a role is lacking is known of every caller.
        self.accepts_and_answers(header, claims, caller, 200).await;
    }

    /// The token does not say which roles the caller has, so that none is known to be lacking.
    async fn accepts_with_unknown_roles(&self, header: &Value, claims: &Value, caller: Value) {
        self.accepts_and_answers(header, claims, caller, 403).await;
    }

    async fn accepts_and_answers(
        &self,
        header: &Value,
        claims: &Value,
        caller: Value,
        not_suspended: u16,
    ) {
        let token = self.token(header, claims);
        let response = self.server.send(&Request::get("/").bearer(&token)).await;
        assert_eq!(response.status, 200, "{claims}: {response:?}");
        let seen: Value = serde_json::from_str(&response.text()).unwrap();
        assert_eq!(seen, caller, "{claims}");
        let response = self
            .server
            .send(&Request::get("/not-suspended").bearer(&token))
            .await;
        assert_eq!(response.status, not_suspended, "{claims}: {response:?}");
    }

    async fn refuses(&self, header: &Value, claims: &Value, description: &str) {
        self.refuses_text(&self.token(header, claims), description)
            .await;
    }

    async fn refuses_text(&self, token: &str, description: &str) {
        let response = self.server.send(&Request::get("/").bearer(token)).await;
        assert_eq!(response.status, 401, "{token}: {response:?}");
        assert_eq!(
            response.challenges(),
            [format!(
                r#"Bearer realm="api", error="invalid_token", error_description="{description}""#
            )],
            "{token}"
        );
    }
}

fn rsa_keys() -> Issuer {
    Issuer::with_pem("of no matter", "of no matter", RSA_PRIVATE).algorithm(Algorithm::RS256)
}

/// The published keys of the provider.
fn key_set(keys: &Issuer) -> Value {
    serde_json::from_str(&keys.jwks()).unwrap()
}

/// The claims with replacements; `null` removes a claim.
fn with(claims: &Value, changes: &Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in changes.as_object().unwrap() {
        let members = claims.as_object_mut().unwrap();
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    claims
}
