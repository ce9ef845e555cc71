//! A login that is too old or too weak for a page.

use auth_tests::client::Request;

use super::{assert_redirect, navigation, serve};

const LATE: (&str, &str) = ("Cookie", "pass=alice, an hour ago");

#[tokio::test]
async fn h2_c9_a_page_that_needs_another_log_in_redirects_with_what_it_needs() {
    let server = serve().await;
    let redirected = async |target: &str| {
        server
            .send(&navigation(target).header(LATE.0, LATE.1))
            .await
    };
    assert_redirect(
        &redirected("/recent").await,
        "/login?max_age=300&next=%2Frecent",
    );
    assert_redirect(
        &redirected("/pay?order=7").await,
        "/login?max_age=300&acr_values=gold+silver&next=%2Fpay%3Forder%3D7",
    );
    let alice = navigation("/recent").header("Cookie", "pass=alice");
    assert_eq!(server.send(&alice).await.status, 200);
}

#[tokio::test]
async fn other_clients_read_what_the_rule_needs_in_the_challenge() {
    let server = serve().await;
    let script = Request::get("/recent").header("Sec-Fetch-Mode", "cors");
    let response = server.send(&script.header(LATE.0, LATE.1)).await;
    assert_eq!((response.status, response.one("location")), (401, None));
    assert!(
        response.challenges()[0].ends_with(r#", max_age="300""#),
        "{response:?}"
    );

    let htmx = Request::get("/recent").header("HX-Request", "true");
    let response = server.send(&htmx.header(LATE.0, LATE.1)).await;
    let location = response.one("hx-redirect");
    assert_eq!(
        location.as_deref(),
        Some("/login?max_age=300&next=%2Frecent")
    );
}
