//! What a token contains, and who accepts it.

use serde_json::json;

use super::*;
use crate::bearer::TypeRule;
use crate::token_issuer::TokenError;

#[test]
fn a_token_has_the_claims_of_rfc_9068() {
    let issuer = shop(SigningKey::generate().with_id("2026-11"))
        .clock(|| at(1_000))
        .build()
        .unwrap();
    let token = issuer
        .token("alice")
        .scopes(["orders:read", "orders:write"])
        .roles(["clerk"])
        .claim("tenant", 7)
        .session("phone")
        .sign()
        .unwrap();
    let (header, mut claims) = decoded(&token);
    assert_eq!(
        header,
        json!({ "alg": "ES256", "typ": "at+jwt", "kid": "2026-11" })
    );
    let id = claims["jti"].take();
    assert_eq!(id.as_str().unwrap().len(), 22);
    let expected = json!({
        "iss": SHOP, "aud": SHOP, "sub": "alice", "iat": 1_000, "exp": 1_300, "jti": null,
        "scope": "orders:read orders:write", "roles": ["clerk"], "tenant": 7, "sid": "phone",
    });
    assert_eq!(claims, expected);
    let other = issuer.token("alice").sign().unwrap();
    assert_ne!(decoded(&other).1["jti"], id);
}

#[test]
fn claims_that_are_not_set_are_absent_from_the_token() {
    let (_, claims) = decoded(&issuer().token("alice").sign().unwrap());
    let names: Vec<_> = claims.as_object().unwrap().keys().collect();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "jti", "sub"]);
    // Known to be none, unlike unknown ones.
    let none = issuer()
        .token("alice")
        .roles([] as [&str; 0])
        .sign()
        .unwrap();
    assert_eq!(decoded(&none).1["roles"], json!([]));
}

#[tokio::test]
async fn a_caller_has_the_session_of_the_token() {
    let issuer = issuer();
    let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap();
    let phone = issuer.token("alice").session("phone").sign().unwrap();
    let none = issuer.token("alice").sign().unwrap();
    for (token, session) in [(phone, Some("phone")), (none, None)] {
        let alice = auth.authenticate_token(&token).await.unwrap();
        assert_eq!(alice.session_id(), session);
    }
}

#[test]
fn several_audiences_are_a_list() {
    let issuer = shop(SigningKey::generate()).audience("https://api.example");
    let issuer = issuer.build().unwrap();
    let (_, claims) = decoded(&issuer.token("alice").sign().unwrap());
    assert_eq!(claims["aud"], json!([SHOP, "https://api.example"]));
}

#[test]
fn a_lifetime_is_that_of_the_token_or_of_the_issuer() {
    let issuer = shop(SigningKey::generate())
        .lifetime(Duration::from_secs(60))
        .clock(|| at(1_000));
    let issuer = issuer.build().unwrap();
    assert_eq!(issuer.lifetime(), Duration::from_secs(60));
    let expiry = |token: UnsignedToken<'_>| decoded(&token.sign().unwrap()).1["exp"].clone();
    assert_eq!(expiry(issuer.token("alice")), 1_060);
    let longer = issuer
        .token("alice")
        .lifetime(Duration::from_millis(90_900));
    assert_eq!(expiry(longer), 1_090);
}

#[tokio::test]
async fn the_longest_lifetime_does_not_overflow() {
    let issuer = shop(SigningKey::generate()).lifetime(Duration::MAX);
    let issuer = issuer.build().unwrap();
    let app = app(issuer.jwt());
    let token = reader(issuer.token("alice"));
    assert_eq!(decoded(&token).1["exp"], i64::MAX);
    assert_eq!(status(&app, &token).await, 200);
}

#[test]
fn a_token_with_an_error_is_not_signed() {
    struct Unserializable;
    impl serde::Serialize for Unserializable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    let issuer = issuer();
    let alice = || issuer.token("alice");
    let claim_error = TokenError::Claim {
        name: "tenant".to_owned(),
        reason: "no".to_owned(),
    };
    let short = Duration::from_millis(999);
    for (token, error) in [
        (issuer.token(""), TokenError::EmptySubject),
        (alice().typ(""), TokenError::EmptyType),
        (
            alice().scopes(["read write"]),
            TokenError::InvalidScope("read write".to_owned()),
        ),
        (alice().claim("tenant", Unserializable), claim_error),
        (alice().lifetime(short), TokenError::LifetimeTooShort(short)),
    ] {
        assert_eq!(token.sign(), Err(error));
    }
    for name in [
        "iss", "aud", "sub", "iat", "exp", "jti", "sid", "scope", "roles",
    ] {
        let refused = alice().claim(name, 1).sign();
        assert_eq!(refused, Err(TokenError::ReservedClaim(name.to_owned())));
    }
}

#[tokio::test]
async fn the_matching_jwt_accepts_the_tokens_of_every_kind_of_key() {
    let pem = |text: &str| SigningKey::pem(text);
    for key in [
        SigningKey::generate(),
        SigningKey::generate().algorithm(Algorithm::EdDSA),
        pem(include_str!("../../keys/tests/keys/rsa_private.pem")),
        pem(include_str!("../../keys/tests/keys/p384_private.pem")),
    ] {
        let issuer = shop(key).build().unwrap();
        let app = app(issuer.jwt());
        assert_eq!(status(&app, &reader(issuer.token("alice"))).await, 200);
        assert_eq!(
            status(&app, &issuer.token("alice").sign().unwrap()).await,
            403
        );
        let foreign = self::issuer();
        assert_eq!(status(&app, &reader(foreign.token("alice"))).await, 401);
    }
    let issuer = shop(HmacSecret::new(SECRET)).build().unwrap();
    let app = app(issuer.jwt());
    assert_eq!(status(&app, &reader(issuer.token("alice"))).await, 200);
    let foreign = shop(HmacSecret::new([8; 32])).build().unwrap();
    assert_eq!(status(&app, &reader(foreign.token("alice"))).await, 401);
}

#[tokio::test]
async fn an_rsa_key_verifies_only_the_algorithm_that_it_signs_with() {
    let pem = include_str!("../../keys/tests/keys/rsa_private.pem");
    let key = |algorithm| SigningKey::pem(pem).algorithm(algorithm);
    let issuer = shop(key(Algorithm::RS256)).build().unwrap();
    let other = shop(key(Algorithm::PS512)).build().unwrap();
    let app = app(issuer.jwt());
    assert_eq!(status(&app, &reader(issuer.token("alice"))).await, 200);
    assert_eq!(status(&app, &reader(other.token("alice"))).await, 401);
}

#[tokio::test]
async fn each_type_of_token_is_accepted_only_where_it_is_expected() {
    let issuer = issuer();
    let access = app(issuer.jwt());
    let refresh = app(issuer.jwt().typ(TypeRule::exactly("rt+jwt")));
    for (typ, accepted_as_access, accepted_as_refresh) in [
        ("at+jwt", 200, 401),
        ("rt+jwt", 401, 200),
        ("RT+JWT", 401, 200),
        ("application/rt+jwt", 401, 200),
        ("Application/RT+jwt", 401, 200),
        ("application/at+jwt", 200, 401),
        ("text/rt+jwt", 401, 401),
        ("rt+jwt ", 401, 401),
        ("JWT", 401, 401),
    ] {
        let token = reader(issuer.token("alice").typ(typ));
        assert_eq!(status(&access, &token).await, accepted_as_access, "{typ}");
        assert_eq!(status(&refresh, &token).await, accepted_as_refresh, "{typ}");
    }
}

#[tokio::test]
async fn a_logout_token_is_refused_whatever_type_is_expected() {
    let issuer = issuer();
    let app = app(issuer.jwt().typ(TypeRule::exactly("logout+jwt")));
    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let token = issuer.token("alice").typ("logout+jwt");
    assert_eq!(status(&app, &reader(token)).await, 200);
    let logout = issuer
        .token("alice")
        .typ("logout+jwt")
        .claim("events", event);
    assert_eq!(status(&app, &reader(logout)).await, 401);
}
