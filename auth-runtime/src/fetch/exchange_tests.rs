//! Limits of time, length and redirects, and panics of the client.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::box_error::BoxError;
use crate::fetch::{Fetch, PlainHttp};

/// Pages by their URL. A request for another URL hangs.
#[derive(Default)]
struct Site {
    pages: HashMap<&'static str, (u16, &'static str, &'static str)>,
    requests: Mutex<Vec<String>>,
}

impl Fetch for std::sync::Arc<Site> {
    async fn fetch(
        &self,
        request: Request<Vec<u8>>,
        _: usize,
    ) -> Result<Response<Vec<u8>>, BoxError> {
        let address = request.uri().to_string();
        self.requests.lock().unwrap().push(address.clone());
        let Some((status, location, body)) = self.pages.get(address.as_str()) else {
            return std::future::pending().await;
        };
        assert_ne!(*body, "panic", "as requested by the page");
        if *body == "error" {
            return Err("connection\nrefused".into());
        }
        Ok(Response::builder()
            .status(*status)
            .header(LOCATION, *location)
            .body(body.as_bytes().to_vec())?)
    }
}

const START: &str = "https://issuer.example/keys";

async fn fetch(
    pages: &[(&'static str, (u16, &'static str, &'static str))],
) -> (Result<String, String>, Vec<String>) {
    let site = std::sync::Arc::new(Site {
        pages: pages.iter().copied().collect(),
        requests: Mutex::default(),
    });
    let client = Client::new(std::sync::Arc::clone(&site));
    let limits = ExchangeLimits {
        until: Instant::now() + Duration::from_secs(5),
        length: 10,
    };
    let endpoint = Endpoint::parse(START, PlainHttp::Loopback).unwrap();
    let answer = get(&client, &endpoint, "application/json", limits).await;
    let answer = answer
        .map(|answer| String::from_utf8(answer.body).unwrap())
        .map_err(|error| error.to_string());
    let requests = site.requests.lock().unwrap().clone();
    (answer, requests)
}

async fn error(page: (u16, &'static str, &'static str)) -> String {
    fetch(&[(START, page)]).await.0.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn only_a_200_response_within_the_limits_is_accepted() {
    assert_eq!(
        fetch(&[(START, (200, "", "0123456789"))]).await.0.unwrap(),
        "0123456789"
    );
    assert_eq!(
        error((200, "", "0123456789a")).await,
        "https://issuer.example/keys: the response has more than 10 bytes"
    );
    assert_eq!(
        error((404, "", "")).await,
        "https://issuer.example/keys: the response has status 404 Not Found"
    );
    assert_eq!(
        error((204, "", "")).await,
        "https://issuer.example/keys: the response has status 204 No Content"
    );
    assert_eq!(
        error((200, "", "error")).await,
        "https://issuer.example/keys: connection refused"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_times_out() {
    let start = Instant::now();
    let (answer, _) = fetch(&[]).await;
    assert_eq!(
        answer.unwrap_err(),
        "https://issuer.example/keys: no response in time"
    );
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn redirects_share_one_time_limit() {
    let start = Instant::now();
    let (answer, _) = fetch(&[(START, (302, "/hangs", ""))]).await;
    assert_eq!(
        answer.unwrap_err(),
        "https://issuer.example/hangs: no response in time"
    );
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_http_client_is_a_fetch_error() {
    assert_eq!(
        error((200, "", "panic")).await,
        "https://issuer.example/keys: the client panicked"
    );
}

#[tokio::test(start_paused = true)]
async fn three_redirects_to_the_same_origin_are_followed_and_no_fourth() {
    let chain = [
        (START, (301, "/1", "")),
        (
            "https://issuer.example/1",
            (302, "//ISSUER.example:443/2", ""),
        ),
        (
            "https://ISSUER.example:443/2",
            (308, "https://issuer.example/3", ""),
        ),
    ];
    let mut good = chain.to_vec();
    good.push(("https://issuer.example/3", (200, "", "keys")));
    let (answer, requests) = fetch(&good).await;
    assert_eq!(answer.unwrap(), "keys");
    assert_eq!(requests.len(), 4);

    let mut endless = chain.to_vec();
    endless.push(("https://issuer.example/3", (307, "/1", "")));
    let (answer, requests) = fetch(&endless).await;
    assert!(
        answer
            .unwrap_err()
            .ends_with("a redirect after three others")
    );
    assert_eq!(requests.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_to_another_origin_is_not_followed() {
    for (location, reason) in [
        (
            "https://evil.example/keys",
            "to another origin, https://evil.example,",
        ),
        ("https://issuer.example:444/keys", "to another origin"),
        ("http://issuer.example/keys", "to a URL that is not allowed"),
        ("http://localhost/keys", "to another origin"),
        (
            "https://u:p@issuer.example/keys",
            "to a URL that is not allowed",
        ),
        ("data:application/json,{}", "to a URL that is not allowed"),
    ] {
        let (answer, requests) = fetch(&[(START, (302, location, ""))]).await;
        let error = answer.unwrap_err();
        assert!(error.contains(reason), "{location}: {error}");
        assert!(!error.contains("u:p"), "{error}");
        assert_eq!(requests, [START]);
    }
}

#[test]
fn text_from_a_remote_server_is_shortened_to_one_line() {
    assert_eq!(shortened("a\nb\u{1b}c"), "a b c");
    let long = shortened(&"é".repeat(LONGEST_TEXT + 1));
    assert_eq!(long.chars().count(), LONGEST_TEXT + 2);
    assert!(long.ends_with(".."));
}
