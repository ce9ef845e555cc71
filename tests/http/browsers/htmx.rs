//! Requests of htmx, which follows `HX-Redirect` and not a redirect to a page.

use auth_tests::client::{Request, Response};

use super::{CHALLENGE, assert_refused, serve};

fn current(request: Request, url: &str) -> Request {
    request
        .header("HX-Request", "true")
        .header("HX-Current-URL", url)
}

fn location(response: &Response) -> Option<String> {
    response.one("hx-redirect")
}

#[tokio::test]
async fn h2_htmx_is_sent_to_the_log_in_page_by_a_401() {
    let server = serve().await;
    let of_page = Some("/login?next=%2Fbasket%3Fa%3Db".to_owned());
    for request in [
        Request::get("/orders"),
        Request::get("/orders").header("Accept", "text/html, */*"),
        Request::get("/orders").header("Sec-Fetch-Mode", "cors"),
        Request::post("/orders", "application/x-www-form-urlencoded", "a=b"),
        Request::get("/orders").method("DELETE"),
    ] {
        let request = current(request, "https://test/basket?a=b");
        let response = server.send(&request).await;
        assert_refused(&response, "");
        assert_eq!(location(&response), of_page, "{request:?}");
        let response = server.send(&request.header("Cookie", "pass=expired")).await;
        assert_refused(&response, "session_expired");
        assert_eq!(location(&response), of_page);
    }
}

#[tokio::test]
async fn the_page_of_another_host_is_not_the_next_page() {
    let server = serve().await;
    for (method, next) in [
        ("GET", "/login?next=%2Fshop%2Fa%2Forders"),
        ("POST", "/login"),
    ] {
        for url in [
            "https://evil.example/basket",
            "javascript:alert(1)",
            "test/basket",
        ] {
            let request = current(Request::new(method, "/shop/a/orders"), url);
            let request = request.header("Content-Length", "0");
            let response = server.send(&request).await;
            assert_refused(&response, "");
            assert_eq!(location(&response).as_deref(), Some(next), "{method} {url}");
        }
    }
}

#[tokio::test]
async fn a_boosted_link_is_the_next_page() {
    let server = serve().await;
    let request = Request::get("/orders?page=2").header("HX-Boosted", "true");
    let response = server.send(&current(request, "https://test/basket")).await;
    assert_eq!(
        location(&response).as_deref(),
        Some("/login?next=%2Forders%3Fpage%3D2")
    );
}

#[tokio::test]
async fn only_a_401_sends_htmx_to_the_log_in_page() {
    let server = serve().await;
    let request = |target| current(Request::get(target), "https://test/basket");
    let forbidden = server
        .send(&request("/admin").header("Cookie", "pass=alice"))
        .await;
    assert_eq!((forbidden.status, location(&forbidden)), (403, None));
    let hidden = server.send(&request("/hidden")).await;
    assert_eq!((hidden.status, location(&hidden)), (404, None));

    let not_htmx = Request::get("/orders").header("HX-Request", "false");
    let response = server.send(&not_htmx).await;
    assert_eq!(
        (response.challenges(), location(&response)),
        (vec![CHALLENGE.to_owned()], None)
    );
}
