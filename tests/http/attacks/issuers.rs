//! Two issuers: neither can issue tokens of the other.

use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, Jwt};
use auth_tests::application::{AUDIENCE, build, jwk, routes};
use auth_tests::client::Request;
use auth_tests::server::Server;

use super::{SIGNATURE, UNKNOWN_KEY};

const HOUSE: &str = "https://house.example";
const PARTNER: &str = "https://partner.example";

struct World {
    server: Server,
    house: Issuer,
    partner: Issuer,
}

impl World {
    /// Keys with other `kid`s, and a partner that can give one scope and no role.
    async fn start() -> Self {
        let house = Issuer::new(HOUSE, AUDIENCE);
        let partner = Issuer::new(PARTNER, "https://partners.api.example");
        let jwt = |issuer: &Issuer, name: &str, audience: &str| {
            let key = jwk(issuer, serde_json::json!({ "kid": name }));
            Jwt::issuer(name).audience(audience).jwk(key.to_string())
        };
        let auth = build(Auth::builder().bearer(jwt(&house, HOUSE, AUDIENCE)).bearer(
            jwt(&partner, PARTNER, "https://partners.api.example").grants(["read"], [""; 0]),
        ));
        Self {
            server: Server::start(routes().layer(auth.layer())).await,
            house,
            partner,
        }
    }

    async fn answer(&self, path: &str, token: &Token) -> (u16, Option<String>) {
        let response = self
            .server
            .send(&Request::get(path).bearer(token.sign()))
            .await;
        (response.status, response.challenges().pop())
    }

    async fn assert_refused(&self, what: &str, token: &Token, description: &str) {
        let (status, challenge) = self.answer("/read", token).await;
        assert_eq!(status, 401, "{what}");
        assert!(
            challenge.is_some_and(|line| line.contains(description)),
            "{what}"
        );
    }

    fn of_house(&self) -> Token {
        self.house
            .token("alice")
            .header("kid", HOUSE)
            .scope("read admin")
            .role("admin")
    }

    fn of_partner(&self) -> Token {
        self.partner
            .token("alice")
            .header("kid", PARTNER)
            .scope("read write")
            .role("admin")
    }
}

#[tokio::test]
async fn a_token_is_verified_with_the_keys_of_the_issuer_it_names() {
    let world = World::start().await;
    assert_eq!(world.answer("/read", &world.of_house()).await.0, 200);
    assert_eq!(world.answer("/read", &world.of_partner()).await.0, 200);

    let posing = || {
        world
            .of_partner()
            .claim("iss", HOUSE)
            .claim("aud", AUDIENCE)
    };
    world
        .assert_refused("with its own kid", &posing(), UNKNOWN_KEY)
        .await;
    world
        .assert_refused(
            "with the other's kid",
            &posing().header("kid", HOUSE),
            SIGNATURE,
        )
        .await;
    world
        .assert_refused("without a kid", &posing().without_header("kid"), SIGNATURE)
        .await;
    let other_way = world.of_house().claim("iss", PARTNER);
    world
        .assert_refused("the other way round", &other_way, UNKNOWN_KEY)
        .await;
    let kid_of_the_other = world.of_partner().header("kid", HOUSE);
    world
        .assert_refused("own iss, the other's kid", &kid_of_the_other, UNKNOWN_KEY)
        .await;
}

#[tokio::test]
async fn b15_each_issuer_has_its_own_audience() {
    let world = World::start().await;
    let audience = "The access token audience does not match";
    let crossed = world.of_partner().claim("aud", AUDIENCE);
    world.assert_refused("partner", &crossed, audience).await;
    let crossed = world
        .of_house()
        .claim("aud", "https://partners.api.example");
    world.assert_refused("house", &crossed, audience).await;
}

#[tokio::test]
async fn scopes_outside_the_grants_of_an_issuer_are_not_granted() {
    let world = World::start().await;
    assert_eq!(world.answer("/admin", &world.of_house()).await.0, 200);
    assert_eq!(world.answer("/admin", &world.of_partner()).await.0, 403);
    assert_eq!(world.answer("/both", &world.of_partner()).await.0, 403);
}
