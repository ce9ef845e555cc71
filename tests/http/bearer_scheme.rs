//! Bearer tokens with a scheme other than `Bearer`: `Authorization: Token ..`.

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::authenticator::Source;
use auth_runtime::testing::Issuer;
use auth_runtime::{ApiKeys, Auth, AuthBuilder, Identity, Scheme, optional_auth, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::expected::{Expected, refused};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;

use crate::kinds::Badge;

const TOKEN: Scheme = Scheme::new("Token");
const CHALLENGE: &str = r#"Token realm="api""#;

#[require_auth]
async fn any(caller: Identity) -> String {
    format!("{} by {}", caller.subject(), caller.scheme())
}

#[require_auth(scope = "read", scheme = "bearer")]
async fn read() {}

#[require_auth(acr = "gold")]
async fn gold() {}

#[optional_auth]
async fn optional(caller: Option<Identity>) -> String {
    caller.map_or("anonymous".to_owned(), |caller| caller.subject().to_owned())
}

fn routes() -> Router {
    Router::new()
        .route("/any", get(any))
        .route("/read", get(read))
        .route("/gold", get(gold))
        .route("/optional", get(optional))
}

async fn serve(builder: AuthBuilder) -> Server {
    Server::start(routes().layer(build(builder).layer())).await
}

async fn send(server: &Server, path: &str, authorization: &str) -> Response {
    let request = Request::get(path).header("Authorization", authorization);
    server.send(&request).await
}

#[track_caller]
fn assert_is(expected: impl Into<Expected>, response: &Response) {
    if let Err(difference) = expected.into().compare(response) {
        panic!("{difference}\n{response:?}");
    }
}

#[tokio::test]
async fn the_configured_challenge_scheme_replaces_bearer_and_keeps_the_parameters() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let server = serve(Auth::builder().bearer(issuer.jwt()).bearer_scheme(TOKEN)).await;
    let token = issuer.token("alice").sign();
    let by_token = format!("Token {token}");
    for good in [by_token.clone(), format!("tOKEN   {token}")] {
        // In rules and identities the kind is still called `Bearer`.
        let answer = send(&server, "/any", &good).await;
        assert_is(Expected::Handler("alice by Bearer".into()), &answer);
    }
    // A1, A4, C13b.
    let asked = || refused(401).challenge(CHALLENGE);
    assert_is(asked(), &server.send(&Request::get("/any")).await);
    for path in ["/any", "/optional"] {
        let by_bearer = format!("Bearer {token}");
        assert_is(asked(), &send(&server, path, &by_bearer).await);
    }
    // A5, A6, B1.
    for bad in ["Token", "Token a b", "Token x", "Token \"x\""] {
        let malformed = format!(
            r#"{CHALLENGE}, error="invalid_token", error_description="The access token is malformed", scope="read""#
        );
        let malformed = refused(401).code("invalid_token").challenge(malformed);
        assert_is(malformed, &send(&server, "/read", bad).await);
    }
    // A8.
    let two = Request::get("/any").header("Authorization", &by_token);
    let two = two.header("Authorization", &by_token);
    let invalid = format!(
        r#"{CHALLENGE}, error="invalid_request", error_description="Multiple methods used to include access token""#
    );
    let invalid = refused(400).code("invalid_request").challenge(invalid);
    assert_is(invalid, &server.send(&two).await);
    // C1, C8.
    let insufficient = refused(403)
        .code("insufficient_scope")
        .required_scopes("read")
        .challenge(format!(
            r#"{CHALLENGE}, error="insufficient_scope", error_description="The access token lacks a required scope", scope="read""#
        ));
    assert_is(insufficient, &send(&server, "/read", &by_token).await);
    let weak = send(&server, "/gold", &by_token).await;
    let [step_up] = &weak.challenges()[..] else {
        panic!("{weak:?}");
    };
    assert!(step_up.starts_with(&format!(
        "{CHALLENGE}, error=\"insufficient_user_authentication\""
    )));
}

#[tokio::test]
async fn api_keys_with_a_prefix_and_tokens_share_the_configured_scheme() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let keys = ApiKeys::new(MemoryApiKeys::new())
        .label("shop")
        .authorization_prefix(TOKEN, "shop_");
    let builder = Auth::builder().bearer(issuer.jwt()).bearer_scheme(TOKEN);
    let server = serve(builder.api_keys(keys.clone())).await;
    let (_, key) = keys.create(NewApiKey::new("kim")).await.unwrap();
    for (credentials, owner) in [
        (key.reveal(), "kim by ApiKey"),
        (&issuer.token("alice").sign(), "alice by Bearer"),
    ] {
        let answer = send(&server, "/any", &format!("Token {credentials}")).await;
        assert_is(Expected::Handler(owner.into()), &answer);
        let by_bearer = send(&server, "/any", &format!("Bearer {credentials}")).await;
        assert_is(refused(401).challenge(CHALLENGE), &by_bearer);
    }
    assert_is(
        refused(401).challenge(CHALLENGE),
        &server.send(&Request::get("/any")).await,
    );
}

/// Many clients read only schemes that they know, so other schemes are listed last.
#[tokio::test]
async fn a2_the_challenge_of_a_custom_scheme_is_listed_after_the_well_known_ones() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let keys = ApiKeys::new(MemoryApiKeys::new())
        .without_header()
        .label("shop")
        .authorization_prefix(Scheme::BEARER, "shop_");
    let builder = Auth::builder().bearer(issuer.jwt()).bearer_scheme(TOKEN);
    let server = serve(builder.api_keys(keys)).await;
    let asked = refused(401)
        .challenge(r#"Bearer realm="api""#)
        .challenge(CHALLENGE);
    assert_is(asked, &server.send(&Request::get("/any")).await);
}

fn faults(builder: AuthBuilder) -> Vec<String> {
    let error = builder.build().expect_err("a misconfiguration");
    let faults = error.misconfigurations().iter();
    faults.map(ToString::to_string).collect()
}

#[track_caller]
fn assert_fault(builder: AuthBuilder, expected: &str) {
    assert_eq!(faults(builder), [expected]);
}

fn tokens() -> AuthBuilder {
    Auth::builder().bearer(Issuer::new(ISSUER, AUDIENCE).jwt())
}

fn keys() -> ApiKeys {
    ApiKeys::new(MemoryApiKeys::new())
}

#[test]
fn a_bearer_scheme_named_like_another_scheme_is_refused() {
    for name in ["Basic", "basic", "DPoP", "Negotiate", "NTLM", "Digest"] {
        let scheme = Scheme::new(name);
        let advice = "is the name of another authentication scheme: use a different name, such as \
                      `Scheme::new(\"Token\")`";
        assert_fault(
            tokens().bearer_scheme(scheme),
            &format!("`.bearer_scheme(..)`: `{name}` {advice}"),
        );
        let fault = format!("`ApiKey`: `{name}` {advice}");
        assert_fault(tokens().api_keys(keys().challenge_scheme(scheme)), &fault);
        let prefixed = keys().label("shop").authorization_prefix(scheme, "shop_");
        assert_fault(tokens().api_keys(prefixed), &fault);
    }
    assert!(tokens().bearer_scheme(Scheme::new("OAuth")).build().is_ok());
}

#[test]
fn two_credential_kinds_that_read_the_same_values_are_refused() {
    let shared = |scheme: &str, other: &str, word: &str, written: &str| {
        format!(
            "`{scheme}`: `{other}` also reads `Authorization: {word} ..`, so a value could belong to \
             either: distinguish them by a prefix. For API keys write \
             `.label(\"shop\").authorization_prefix({written}, \"shop_\")` instead of \
             `.authorization()`; for a kind of your own return \
             `Source::authorization_prefix({written}, \"shop_\")` from `sources` instead of \
             `Source::authorization()`"
        )
    };
    let by = |scheme| keys().challenge_scheme(scheme).authorization();
    assert_fault(
        tokens().api_keys(by(Scheme::BEARER)),
        &shared("ApiKey", "Bearer", "Bearer", "Scheme::BEARER"),
    );
    assert_fault(
        Auth::builder()
            .api_keys(by(Scheme::new("tOKEN")))
            .bearer(Issuer::new(ISSUER, AUDIENCE).jwt())
            .bearer_scheme(TOKEN),
        &shared("Bearer", "ApiKey", "Token", "Scheme::new(\"Token\")"),
    );
    let badge = Badge::from(Source::authorization()).scheme(TOKEN);
    assert_fault(
        tokens().bearer_scheme(TOKEN).authenticator(badge),
        &shared("Token", "Bearer", "Token", "Scheme::new(\"Token\")"),
    );
    // API keys alone may use any scheme.
    assert!(Auth::builder().api_keys(by(Scheme::BEARER)).build().is_ok());
}

#[test]
fn overlapping_authorization_prefixes_are_refused() {
    let with = |prefix: &str| {
        let badge = Badge::from(Source::authorization_prefix(Scheme::BEARER, prefix));
        let keys = keys()
            .label("shop")
            .authorization_prefix(Scheme::BEARER, "shop_");
        tokens().authenticator(badge).api_keys(keys)
    };
    for prefix in ["shop_", "shop_live_"] {
        assert_fault(
            with(prefix),
            &format!(
                "`ApiKey`: its prefix \"shop_\" and the prefix {prefix:?} of `Badge` could begin the \
                 same value of `Authorization`: choose two prefixes so that neither begins with the other"
            ),
        );
    }
    for prefix in ["shop2_", "SHOP_", "pat_"] {
        assert!(with(prefix).build().is_ok(), "{prefix}");
    }
}

#[test]
fn prefixes_that_do_not_distinguish_api_keys_from_tokens_are_refused() {
    for (label, prefix, expected) in [
        (
            "ak",
            "ak_",
            "`ApiKey`: the prefix \"ak_\" is too short: use at least four characters, such as \
             \"shop_\"",
        ),
        (
            "shop",
            "shop",
            "`ApiKey`: the prefix \"shop\" has no `_`: end it with one, such as \"shop_\"",
        ),
        (
            "shop",
            "sh op_",
            "`ApiKey`: the prefix \"sh op_\" contains characters that are not allowed in such \
             credentials: use letters, digits and any of `_-.~+/`",
        ),
        (
            "ewog",
            "ewog_",
            "`ApiKey`: the prefix \"ewog_\" could be the beginning of a JWT: use one that does not \
             resemble `eyJ`, such as \"shop_\"",
        ),
        (
            "sk",
            "sk_live_",
            "`ApiKey`: no API key can begin with \"sk_live_\": a key begins with its label (1 to 16 \
             lower-case letters and digits) and `_`, such as \"shop_\"",
        ),
        (
            "ak",
            "shop_",
            "`ApiKey`: new keys begin with \"ak_\", which no `.authorization_prefix(..)` accepts: write \
             `.label(\"shop\")`, so that they begin with \"shop_\"",
        ),
    ] {
        let keys = keys()
            .label(label)
            .authorization_prefix(Scheme::BEARER, prefix);
        assert_fault(tokens().api_keys(keys), expected);
    }
    let several = keys()
        .label("store")
        .authorization_prefix(Scheme::BEARER, "shop_")
        .authorization_prefix(Scheme::BEARER, "store_");
    assert!(tokens().api_keys(several).build().is_ok());
}

#[test]
fn two_kinds_with_the_same_challenge_and_different_fields_are_refused() {
    assert_fault(
        tokens().api_keys(keys().challenge_scheme(Scheme::BEARER)),
        "`ApiKey`: another kind has the same scheme in its challenge, so clients cannot tell them \
         apart: choose another scheme, or read `Authorization` and distinguish the values by a prefix \
         (`ApiKeys::authorization_prefix`, `Source::authorization_prefix`)",
    );
}
