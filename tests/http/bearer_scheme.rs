//! Bearer tokens by another word than `Bearer`: `Authorization: Token ..`.

use auth_runtime::testing::Issuer;
use auth_runtime::{
    ApiKeys, Auth, AuthBuilder, Identity, MemoryApiKeys, NewApiKey, Scheme, Source, optional_auth,
    require_auth,
};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;

use crate::app::{AUDIENCE, ISSUER, build};
use crate::conformance::{Expected, refused};
use crate::kinds::Badge;

const TOKEN: Scheme = Scheme::new("Token");
const LINE: &str = r#"Token realm="api""#;

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
    caller.map_or("nobody".to_owned(), |caller| caller.subject().to_owned())
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
async fn the_word_replaces_bearer_and_the_parameters_stay() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let server = serve(Auth::builder().bearer(issuer.jwt()).bearer_scheme(TOKEN)).await;
    let token = issuer.token("alice").sign();
    let by_token = format!("Token {token}");
    for good in [by_token.clone(), format!("tOKEN   {token}")] {
        // Rules and identities keep the name of the kind.
        let answer = send(&server, "/any", &good).await;
        assert_is(Expected::Handler("alice by Bearer".into()), &answer);
    }
    // A1, A4, C13b.
    let asked = || refused(401).challenge(LINE);
    assert_is(asked(), &server.send(&Request::get("/any")).await);
    for path in ["/any", "/optional"] {
        let by_bearer = format!("Bearer {token}");
        assert_is(asked(), &send(&server, path, &by_bearer).await);
    }
    // A5, A6, B1.
    for bad in ["Token", "Token a b", "Token x", "Token \"x\""] {
        let malformed = format!(
            r#"{LINE}, error="invalid_token", error_description="The access token is malformed", scope="read""#
        );
        let malformed = refused(401).code("invalid_token").challenge(malformed);
        assert_is(malformed, &send(&server, "/read", bad).await);
    }
    // A8.
    let two = Request::get("/any").header("Authorization", &by_token);
    let two = two.header("Authorization", &by_token);
    let invalid = format!(
        r#"{LINE}, error="invalid_request", error_description="Multiple methods used to include access token""#
    );
    let invalid = refused(400).code("invalid_request").challenge(invalid);
    assert_is(invalid, &server.send(&two).await);
    // C1, C8.
    let insufficient = refused(403)
        .code("insufficient_scope")
        .required_scopes("read")
        .challenge(format!(
            r#"{LINE}, error="insufficient_scope", error_description="The access token lacks a required scope", scope="read""#
        ));
    assert_is(insufficient, &send(&server, "/read", &by_token).await);
    let weak = send(&server, "/gold", &by_token).await;
    let [step_up] = &weak.challenges()[..] else {
        panic!("{weak:?}");
    };
    assert!(step_up.starts_with(&format!(
        "{LINE}, error=\"insufficient_user_authentication\""
    )));
}

#[tokio::test]
async fn keys_and_tokens_share_the_word_if_a_prefix_tells_them_apart() {
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
        assert_is(refused(401).challenge(LINE), &by_bearer);
    }
    assert_is(
        refused(401).challenge(LINE),
        &server.send(&Request::get("/any")).await,
    );
}

/// What can be registered elsewhere is listed last: many clients read only schemes that they know.
#[tokio::test]
async fn a2_a_word_of_ones_own_comes_after_the_registered_ones() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let keys = ApiKeys::new(MemoryApiKeys::new())
        .without_header()
        .label("shop")
        .authorization_prefix(Scheme::BEARER, "shop_");
    let builder = Auth::builder().bearer(issuer.jwt()).bearer_scheme(TOKEN);
    let server = serve(builder.api_keys(keys)).await;
    let asked = refused(401)
        .challenge(r#"Bearer realm="api""#)
        .challenge(LINE);
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
fn names_of_schemes_with_other_credentials_are_refused() {
    for name in ["Basic", "basic", "DPoP", "Negotiate", "NTLM", "Digest"] {
        let scheme = Scheme::new(name);
        let advice = "is the name of a scheme with credentials of another form: use a name of your \
                      own, such as `Scheme::new(\"Token\")`";
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
fn two_kinds_that_read_the_same_values_are_refused() {
    let shared = |scheme: &str, other: &str, word: &str, written: &str| {
        format!(
            "`{scheme}`: `{other}` also reads `Authorization: {word} ..`, so that one value could \
             belong to either: tell them apart by a prefix. For API keys write \
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
    // A key alone may have any word.
    assert!(Auth::builder().api_keys(by(Scheme::BEARER)).build().is_ok());
}

#[test]
fn two_prefixes_of_which_one_begins_with_the_other_are_refused() {
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
                "`ApiKey`: a value of `Authorization` could begin with its prefix \"shop_\" and with \
                 the prefix {prefix:?} of `Badge`: choose prefixes of which none begins with the other"
            ),
        );
    }
    for prefix in ["shop2_", "SHOP_", "pat_"] {
        assert!(with(prefix).build().is_ok(), "{prefix}");
    }
}

#[test]
fn prefixes_that_do_not_tell_keys_from_tokens_are_refused() {
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
            "`ApiKey`: the prefix \"sh op_\" has characters that can't stand in such credentials: \
             use letters, digits and any of `_-.~+/`",
        ),
        (
            "ewog",
            "ewog_",
            "`ApiKey`: the prefix \"ewog_\" could begin a JWT: use one that does not begin like \
             `eyJ`, such as \"shop_\"",
        ),
        (
            "sk",
            "sk_live_",
            "`ApiKey`: no API key begins with \"sk_live_\": keys begin with their label, which is 1 \
             to 16 lower-case letters and digits, and `_`, such as \"shop_\"",
        ),
        (
            "ak",
            "shop_",
            "`ApiKey`: new keys begin with \"ak_\", which no `.authorization_prefix(..)` accepts: say \
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
fn two_kinds_that_ask_with_one_challenge_and_read_different_fields_are_refused() {
    assert_fault(
        tokens().api_keys(keys().challenge_scheme(Scheme::BEARER)),
        "`ApiKey`: another kind has the scheme of its challenge, so that clients could not tell them \
         apart: choose another scheme, or read `Authorization` and tell the values apart by a prefix \
         (`ApiKeys::authorization_prefix`, `Source::authorization_prefix`)",
    );
}
