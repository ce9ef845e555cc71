//! Row C7: a redirect would reveal a hidden route.

use auth_tests::client::Request;
use auth_tests::server::Server;

use super::{AnyCaller, WithToken, assert_redirect, auth, navigation, routes, serve};

#[tokio::test]
async fn c7_a_hidden_route_is_not_redirected() {
    let server = serve().await;
    let missing = server.send(&navigation("/missing")).await.comparable();
    assert_eq!(missing.status, 404);
    for request in [
        navigation("/hidden"),
        navigation("/hidden").header("Cookie", "pass=expired"),
        navigation("/hidden-with-token"),
        // The extractor of the check refuses the caller with a 401.
        navigation("/hidden-with-token").header("Cookie", "pass=alice"),
    ] {
        assert_eq!(
            server.send(&request).await.comparable(),
            missing,
            "{request:?}"
        );
    }
}

#[tokio::test]
async fn a_check_whose_extractor_refuses_with_a_401_redirects() {
    let server = serve().await;
    let alice = navigation("/with-token").header("Cookie", "pass=alice");
    assert_redirect(&server.send(&alice).await, "/login?next=%2Fwith-token");
}

#[tokio::test]
async fn c7_a_route_is_not_revealed_by_a_redirect_of_a_required_rule() {
    let alice = |target: &str| navigation(target).header("Cookie", "pass=alice");
    for (routes, request) in [
        (
            routes().require::<AnyCaller>(),
            navigation as fn(&str) -> Request,
        ),
        (routes().require::<WithToken>(), alice),
    ] {
        let server = Server::start(routes.with_auth(auth())).await;
        let missing = server.send(&request("/missing")).await.comparable();
        let hidden = server.send(&request("/hidden")).await.comparable();
        assert_eq!((hidden.status, hidden), (404, missing));
        let orders = server.send(&request("/orders")).await;
        assert_redirect(&orders, "/login?next=%2Forders");
    }
}
