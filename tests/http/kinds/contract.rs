//! Custom kinds that `build` refuses, and data that a kind cannot provide.

use auth_runtime::authenticator::{
    AuthenticationOutcome, Authenticator, Challenge, CredentialRequest, Source,
};
use auth_runtime::identity::Provides;
use auth_runtime::{Auth, AuthBuilder, BoxError, Claims, Scheme, require_auth};
use auth_tests::client::Request;
use axum::Router;
use axum::http::request::Parts;
use axum::routing::get;

use super::{Badge, bearer_and, serve};

struct Odd {
    scheme: Scheme,
    sources: Vec<Source>,
    parameter: (&'static str, &'static str),
    faults: Vec<&'static str>,
}

impl Default for Odd {
    fn default() -> Self {
        Self {
            scheme: Scheme::new("Odd"),
            sources: vec![Source::header("x-odd")],
            parameter: ("name", "value"),
            faults: Vec::new(),
        }
    }
}

impl Authenticator for Odd {
    fn scheme(&self) -> Scheme {
        self.scheme
    }

    fn sources(&self) -> Vec<Source> {
        self.sources.clone()
    }

    fn provides(&self) -> Provides {
        Provides::NONE
    }

    fn authenticate<'a>(&'a self, _: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        AuthenticationOutcome::Absent
    }

    fn challenge(&self, _: &Parts) -> Challenge {
        Challenge::new(self.scheme).parameter(self.parameter.0, self.parameter.1)
    }

    fn faults(&self) -> Vec<BoxError> {
        self.faults.iter().copied().map(Into::into).collect()
    }
}

fn faults(builder: AuthBuilder) -> Vec<String> {
    let error = builder.build().expect_err("a misconfiguration");
    error
        .misconfigurations()
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn every_fault_of_a_custom_kind_is_a_misconfiguration() {
    assert!(
        Auth::builder()
            .authenticator(Odd::default())
            .build()
            .is_ok()
    );
    let builder = Auth::builder()
        .authenticator(Odd {
            sources: Vec::new(),
            faults: vec!["one", "two"],
            ..Odd::default()
        })
        .authenticator(Odd {
            scheme: Scheme::new("Nowhere"),
            sources: Vec::new(),
            ..Odd::default()
        })
        .authenticator(Odd {
            scheme: Scheme::new("oDD"),
            parameter: ("na me", "value"),
            ..Odd::default()
        })
        .authenticator(Odd {
            scheme: Scheme::new("Other"),
            parameter: ("name", "two\nlines"),
            ..Odd::default()
        })
        .authenticator(Odd {
            scheme: Scheme::new("Again"),
            parameter: ("Realm", "another"),
            ..Odd::default()
        });
    let expected = [
        "`Odd`: one",
        "`Odd`: two",
        "`Nowhere`: `Authenticator::sources` returned nothing",
        "the kind `oDD` is declared twice",
        "`oDD`: the challenge parameter \"na me\"",
        "`Other`: the challenge parameter \"name\"",
        "`Again`: the challenge parameter \"Realm\"",
    ];
    let faults = faults(builder);
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with(expected), "{fault:?} is not {expected:?}");
    }
}

#[require_auth(scope = "read")]
async fn read() {}

#[require_auth(role = "admin")]
async fn admin() {}

#[require_auth(not(role = "trial"))]
async fn not_trial() {}

#[require_auth(claim("tenant" = "acme"))]
async fn acme_only() {}

#[require_auth(not(claim("tenant" = "acme")))]
async fn not_acme() {}

#[derive(serde::Deserialize)]
struct Tenant {
    #[serde(rename = "tenant")]
    _tenant: String,
}

#[require_auth]
async fn tenant(_: Claims<Tenant>) {}

#[tokio::test]
async fn a_kind_cannot_grant_data_that_it_does_not_provide() {
    let routes = || {
        Router::new()
            .route("/read", get(read))
            .route("/admin", get(admin))
            .route("/not-trial", get(not_trial))
            .route("/acme", get(acme_only))
            .route("/not-acme", get(not_acme))
            .route("/tenant", get(tenant))
    };
    for (provides, read, admin, acme) in [
        (Provides::ALL, 200, 200, 200),
        (Provides::NONE.scopes(), 200, 403, 403),
        (Provides::NONE.roles(), 403, 200, 403),
        (Provides::NONE.claims(), 403, 403, 200),
        (Provides::NONE, 403, 403, 403),
    ] {
        let builder = bearer_and(Badge::header().provides(provides)).1;
        let server = serve(builder, routes()).await;
        let status = async |path: &str, badge: &str| {
            let request = Request::get(path).header("x-badge", badge);
            server.send(&request).await.status
        };
        let badge = "bob scopes=read roles=admin";
        assert_eq!(status("/read", badge).await, read, "{provides:?}");
        assert_eq!(status("/admin", badge).await, admin, "{provides:?}");
        let badge = "bob tenant=acme";
        assert_eq!(status("/acme", badge).await, acme, "{provides:?}");
        assert_eq!(status("/not-acme", badge).await, 403, "{provides:?}");
        // A rule and a handler see the same claims.
        let claims = if acme == 200 { 200 } else { 401 };
        assert_eq!(status("/tenant", badge).await, claims, "{provides:?}");
        // A kind that does not provide roles has not shown that a role is missing.
        assert_eq!(status("/not-trial", "bob").await, 403, "{provides:?}");
        assert_eq!(
            status("/not-trial", "bob roles=").await,
            200,
            "{provides:?}"
        );
        let trial = status("/not-trial", "bob roles=trial").await;
        assert_eq!(trial, 403, "{provides:?}");
    }
}
