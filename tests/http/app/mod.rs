//! The application that most tests talk to.

mod outcomes;
mod routes;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::bearer::TypeRule;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, AuthBuilder, Jwt};
use auth_tests::client::{Request, Response};
use auth_tests::keys;
use auth_tests::server::Server;
use serde_json::{Value, json};

pub(crate) use outcomes::{checks, declared_checks};
pub(crate) use routes::{declared_routes, routes};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";

/// A server with every kind of route below each kind of trust, and the issuers it trusts, twice: in a
/// router of axum's and in one of ours. Its clock stands still at [`now`](Self::now).
pub(crate) struct World {
    pub(crate) server: Server,
    /// The same application in a router of ours.
    pub(crate) ours: Server,
    /// Trusted everywhere but below `/sets`; ES256.
    pub(crate) issuer: Issuer,
    pub(crate) sets: Sets,
    pub(crate) now: u64,
    /// How many checks have run, in either.
    checks_run: [Arc<AtomicUsize>; 2],
}

/// The issuers of [`ISSUER`]'s JWK Set below `/sets`, one for each key of the set.
pub(crate) struct Sets {
    /// `kid` `p256`: ES256.
    pub(crate) p256: Issuer,
    /// `kid` `p256-next`: ES256.
    pub(crate) p256_next: Issuer,
    /// `kid` `p384`: ES384.
    pub(crate) p384: Issuer,
    /// `kid` `rsa`, with `"alg": "RS256"`.
    pub(crate) rsa: Issuer,
    /// `kid` `ed25519`, with `"alg": "Ed25519"`.
    pub(crate) ed25519: Issuer,
    /// `kid` `encryption`, with `"use": "enc"`; ES256.
    pub(crate) encryption: Issuer,
    /// `kid` `signing-only`, with `"key_ops": ["sign"]`; ES256.
    pub(crate) signing_only: Issuer,
}

impl World {
    pub(crate) async fn start() -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let sets = Sets::new();
        let now = seconds(SystemTime::now());
        let clock = move || UNIX_EPOCH + Duration::from_secs(now);
        let auth = |jwt: Jwt| build(Auth::builder().bearer(jwt).clock(clock));
        let checks_run = [Arc::default(), Arc::default()];
        let [count, count_in_ours] = checks_run.clone();
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
        let mut ours = declared_checks(count_in_ours).merge(declared_routes());
        for (path, auth) in others {
            app = app.nest(path, routes().layer(auth.layer()));
            ours = ours.nest(path, declared_routes().bind(auth));
        }
        Self {
            server: Server::start(app).await,
            ours: Server::start(ours.with_auth(main)).await,
            issuer,
            sets,
            now,
            checks_run,
        }
    }

    pub(crate) fn alice(&self) -> Token {
        self.issuer.token("alice")
    }

    /// A token that opens `/read`.
    pub(crate) fn reader(&self) -> Token {
        self.alice().scope("read")
    }

    /// The response of axum's router with a layer, which equals that of `auth_runtime::Router`.
    pub(crate) async fn send(&self, request: &Request) -> Response {
        let response = self.server.send(request).await;
        let ours = self.ours.send(request).await;
        assert_eq!(ours.comparable(), response.comparable(), "{request:?}");
        response
    }

    pub(crate) fn checks_run(&self) -> usize {
        let [run, run_in_ours] = [0, 1].map(|of| self.checks_run[of].load(Ordering::SeqCst));
        assert_eq!(run, run_in_ours);
        run
    }

    /// Whatever requests came before, the server still allows and denies correctly.
    pub(crate) async fn assert_in_order(&self) {
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
            // Of a type that nobody here knows.
            { "kty": "AKP", "kid": "post-quantum", "alg": "ML-DSA-44", "pub": "AAAA" },
        ]});
        Jwt::issuer(ISSUER).audience(AUDIENCE).jwks(set.to_string())
    }
}

/// The issuer's public key as a JWK with these members set.
pub(crate) fn jwk(issuer: &Issuer, members: Value) -> Value {
    let set: Value = serde_json::from_str(&issuer.jwks()).unwrap();
    let mut key = set["keys"][0].clone();
    let (Value::Object(key_members), Value::Object(members)) = (&mut key, members) else {
        panic!("a JWK is an object")
    };
    key_members.extend(members);
    key
}

pub(crate) fn build(builder: AuthBuilder) -> Auth {
    match builder.build() {
        Ok(auth) => auth,
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}
