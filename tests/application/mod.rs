//! The application that many tests send requests to, and its issuers.

mod outcomes;
mod routes;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::client::{Request, Response};
use crate::keys;
use crate::server::Server;
use auth_runtime::bearer::TypeRule;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, AuthBuilder, Jwt};
use serde_json::{Value, json};

pub use outcomes::{checks, declared_checks};
pub use routes::{declared_routes, routes};

/// The issuer of most tests.
pub const ISSUER: &str = "https://issuer.example";
/// The audience that most tests configure.
pub const AUDIENCE: &str = "https://api.example";

/// Two servers of one application, which has a route for each kind of rule, below a path for each
/// configuration of trust. One server uses axum's `Router`, the other `auth_runtime::Router`. Their clock is
/// stopped at [`now`](Self::now).
pub struct World {
    /// The application in axum's `Router`.
    pub server: Server,
    /// The same application in `auth_runtime::Router`.
    pub auth_router: Server,
    /// Trusted everywhere except below `/sets`; ES256.
    pub issuer: Issuer,
    /// Trusted below `/sets`.
    pub sets: Sets,
    /// The time of both servers, in seconds since 1970.
    pub now: u64,
    /// How many checks each server has run.
    checks_run: [Arc<AtomicUsize>; 2],
}

/// The issuers of [`ISSUER`]'s JWK Set below `/sets`, one for each key of the set.
pub struct Sets {
    /// `kid` `p256`: ES256.
    pub p256: Issuer,
    /// `kid` `p256-next`: ES256.
    pub p256_next: Issuer,
    /// `kid` `p384`: ES384.
    pub p384: Issuer,
    /// `kid` `rsa`, with `"alg": "RS256"`.
    pub rsa: Issuer,
    /// `kid` `ed25519`, with `"alg": "Ed25519"`.
    pub ed25519: Issuer,
    /// `kid` `encryption`, with `"use": "enc"`; ES256.
    pub encryption: Issuer,
    /// `kid` `signing-only`, with `"key_ops": ["sign"]`; ES256.
    pub signing_only: Issuer,
}

impl World {
    /// Starts both servers.
    pub async fn start() -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let sets = Sets::new();
        let now = seconds(SystemTime::now());
        let clock = move || UNIX_EPOCH + Duration::from_secs(now);
        let auth = |jwt: Jwt| build(Auth::builder().bearer(jwt).clock(clock));
        let checks_run = [Arc::default(), Arc::default()];
        let [count, count_in_auth_router] = checks_run.clone();
        let main = auth(issuer.jwt());
        let others = [
            ("/sets", auth(sets.jwt())),
            (
                "/typ-if-present",
                auth(issuer.jwt().typ(TypeRule::IfPresent)),
            ),
            ("/typ-off", auth(issuer.jwt().typ(TypeRule::Off))),
            ("/tenants", auth(issuer.jwt().required_claim("tenant"))),
            ("/machines", auth(issuer.jwt().subject_claim("client_id"))),
        ];
        let mut app = checks(count).merge(routes()).layer(main.layer());
        let mut auth_router = declared_checks(count_in_auth_router).merge(declared_routes());
        for (path, auth) in others {
            app = app.nest(path, routes().layer(auth.layer()));
            auth_router = auth_router.nest(path, declared_routes().bind(auth));
        }
        Self {
            server: Server::start(app).await,
            auth_router: Server::start(auth_router.with_auth(main)).await,
            issuer,
            sets,
            now,
            checks_run,
        }
    }

    /// A token of `alice` without scopes and roles.
    pub fn alice(&self) -> Token {
        self.issuer.token("alice")
    }

    /// A token with the scope that `/read` requires.
    pub fn reader(&self) -> Token {
        self.alice().scope("read")
    }

    /// The response of both servers. They are compared.
    pub async fn send(&self, request: &Request) -> Response {
        let response = self.server.send(request).await;
        let by_auth_router = self.auth_router.send(request).await;
        assert_eq!(
            by_auth_router.comparable(),
            response.comparable(),
            "{request:?}"
        );
        response
    }

    /// How many checks have run in each of the servers.
    pub fn checks_run(&self) -> usize {
        let [run, run_in_auth_router] = [0, 1].map(|of| self.checks_run[of].load(Ordering::SeqCst));
        assert_eq!(run, run_in_auth_router);
        run
    }

    /// Asserts that the servers still allow and deny correctly, whatever requests came before.
    pub async fn assert_in_order(&self) {
        let good = self
            .send(&Request::get("/read").bearer(self.reader().sign()))
            .await;
        assert_eq!((good.status, good.text().as_str()), (200, "read: alice"));
        let anonymous = self.send(&Request::get("/read")).await;
        assert_eq!(anonymous.status, 401);
    }
}

impl Sets {
    fn new() -> Self {
        let new = || Issuer::new(ISSUER, AUDIENCE);
        let with_pem = |pem| Issuer::with_pem(ISSUER, AUDIENCE, pem);
        Self {
            p256: new(),
            p256_next: new(),
            p384: with_pem(keys::P384_PRIVATE),
            rsa: with_pem(keys::RSA_PRIVATE),
            ed25519: with_pem(keys::ED25519_PRIVATE),
            encryption: new(),
            signing_only: new(),
        }
    }

    fn jwt(&self) -> Jwt {
        let set = json!({ "keys": [
            jwk(&self.p256, json!({ "kid": "p256" })),
            jwk(&self.p256_next, json!({ "kid": "p256-next" })),
            jwk(&self.p384, json!({ "kid": "p384" })),
            jwk(&self.rsa, json!({ "kid": "rsa", "alg": "RS256" })),
            jwk(&self.ed25519, json!({ "kid": "ed25519", "alg": "Ed25519" })),
            jwk(&self.encryption, json!({ "kid": "encryption", "use": "enc" })),
            jwk(&self.signing_only, json!({ "kid": "signing-only", "key_ops": ["sign"] })),
            // Of an unknown key type.
            { "kty": "AKP", "kid": "post-quantum", "alg": "ML-DSA-44", "pub": "AAAA" },
        ]});
        Jwt::issuer(ISSUER).audience(AUDIENCE).jwks(set.to_string())
    }
}

/// The issuer's public key as a JWK with these members set.
pub fn jwk(issuer: &Issuer, members: Value) -> Value {
    let set: Value = serde_json::from_str(&issuer.jwks()).unwrap();
    let mut key = set["keys"][0].clone();
    let (Value::Object(key_members), Value::Object(members)) = (&mut key, members) else {
        panic!("a JWK is an object")
    };
    key_members.extend(members);
    key
}

/// Builds the `Auth`, or panics with what is wrong in its configuration.
pub fn build(builder: AuthBuilder) -> Auth {
    match builder.build() {
        Ok(auth) => auth,
        Err(error) => panic!("{error}"),
    }
}

/// Seconds since 1970.
pub fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}
