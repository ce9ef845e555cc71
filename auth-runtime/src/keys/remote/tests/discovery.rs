//! The URLs of an issuer's metadata, and the checks on its content.

use super::*;

const OPENID: &str = "https://issuer.example/.well-known/openid-configuration";
const OAUTH: &str = "https://issuer.example/.well-known/oauth-authorization-server";

fn metadata(issuer: &str, jwks_uri: &str) -> Page {
    Page::new(json!({ "issuer": issuer, "jwks_uri": jwks_uri }).to_string())
}

async fn error(page: Page) -> String {
    let provider = Provider::with(&[&TestKey::new("a")]);
    provider.put(OPENID, page);
    let keys = provider.discovered(ISSUER);
    let reason = reason(keys.refresh().await);
    assert!(!keys.is_ready());
    assert!(!provider.addresses().contains(&KEYS.to_owned()), "{reason}");
    reason
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_from_the_jwks_uri_of_the_metadata() {
    let key = TestKey::new("a");
    let provider = Provider::with(&[&key]);
    provider.put(OPENID, metadata(ISSUER, KEYS));
    let keys = provider.discovered(ISSUER);
    keys.refresh().await.unwrap();
    assert!(key.is_accepted(&keys));
    assert_eq!(provider.addresses(), [OPENID, KEYS]);
}

#[tokio::test(start_paused = true)]
async fn openid_and_rfc_8414_metadata_urls_place_the_issuer_path_differently() {
    for (issuer, openid, oauth) in [
        (
            "https://issuer.example/realms/one",
            "https://issuer.example/realms/one/.well-known/openid-configuration",
            "https://issuer.example/.well-known/oauth-authorization-server/realms/one",
        ),
        (
            "https://issuer.example/one/",
            "https://issuer.example/one/.well-known/openid-configuration",
            "https://issuer.example/.well-known/oauth-authorization-server/one",
        ),
        ("https://issuer.example/", OPENID, OAUTH),
        (ISSUER, OPENID, OAUTH),
    ] {
        let key = TestKey::new("a");
        let provider = Provider::with(&[&key]);
        provider.put(oauth, metadata(issuer, KEYS));
        let keys = provider.discovered(issuer);
        keys.refresh().await.unwrap();
        assert_eq!(provider.addresses(), [openid, oauth, KEYS], "{issuer}");
        assert!(key.is_accepted(&keys));
    }
}

#[tokio::test(start_paused = true)]
async fn the_second_metadata_url_is_tried_only_if_the_first_is_absent() {
    for (status, requests) in [
        (400, 2),
        (403, 2),
        (404, 2),
        (408, 1),
        (429, 1),
        (500, 1),
        (204, 1),
    ] {
        let provider = Provider::default();
        provider.put(OPENID, Page::status(status));
        let keys = provider.discovered(ISSUER);
        assert!(keys.refresh().await.is_err());
        assert_eq!(provider.request_count(), requests, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_error_names_both_metadata_urls_if_both_are_absent() {
    let keys = Provider::default().discovered(ISSUER);
    let reason = reason(keys.refresh().await);
    assert!(
        reason.contains(OPENID) && reason.contains(OAUTH),
        "{reason}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_issuer_in_the_metadata_is_compared_byte_for_byte() {
    for other in [
        "https://issuer.example/",
        "https://ISSUER.example",
        "https://issuer.example:443",
        "https://other.example",
        "",
    ] {
        let reason = error(metadata(other, KEYS)).await;
        let expected = format!("{OPENID}: the metadata is for the issuer {other:?}");
        assert!(reason.contains(&expected), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn malformed_metadata_is_a_failed_fetch() {
    for (page, expected) in [
        (
            Page::new("<html>"),
            "the metadata is not JSON (line 1, column 1)",
        ),
        (
            Page::new(json!([]).to_string()),
            "the metadata has no string member `issuer`",
        ),
        (
            Page::new(json!({ "issuer": 7 }).to_string()),
            "the metadata has no string member `issuer`",
        ),
        (
            Page::new(json!({ "issuer": ISSUER }).to_string()),
            "the metadata has no string member `jwks_uri`",
        ),
        (
            Page::new(&b"\x1f\x8b\x08\x00"[..]),
            "the metadata is not JSON: it is compressed with gzip",
        ),
    ] {
        let reason = error(page).await;
        assert!(reason.contains(expected), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_for_all_tenants_has_its_own_error() {
    let issuer = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let reason = error(metadata(issuer, KEYS)).await;
    assert!(reason.contains("is for several tenants"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_byte_order_mark_before_metadata_and_keys_is_ignored() {
    let key = TestKey::new("a");
    let marked = |text: String| Page::new(format!("\u{feff}{text}"));
    let provider = Provider::default();
    let document = json!({ "issuer": ISSUER, "jwks_uri": KEYS });
    provider.put(OPENID, marked(document.to_string()));
    provider.put(KEYS, marked(set([key.jwk()])));
    let keys = provider.discovered(ISSUER);
    keys.refresh().await.unwrap();
    assert!(key.is_accepted(&keys));
}

#[tokio::test(start_paused = true)]
async fn the_jwks_uri_may_name_another_host_but_must_use_https() {
    let key = TestKey::new("a");
    let elsewhere = "https://www.keys.example/v3/certs";
    let provider = Provider::default();
    provider.put(OPENID, metadata(ISSUER, elsewhere));
    provider.put(elsewhere, Page::new(set([key.jwk()])));
    let keys = provider.discovered(ISSUER);
    keys.refresh().await.unwrap();
    assert!(key.is_accepted(&keys));

    for refused in [
        "http://issuer.example/keys",
        "http://127.0.0.1:8080/keys",
        "/keys",
        "file:///keys",
        "https://u:p@x/",
    ] {
        let reason = error(metadata(ISSUER, refused)).await;
        assert!(
            reason.contains("the `jwks_uri` of the metadata is not allowed"),
            "{reason}"
        );
        assert!(!reason.contains("u:p"), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_loopback_issuer_may_have_a_loopback_jwks_uri() {
    let key = TestKey::new("a");
    let (issuer, at) = ("http://localhost:8080/one", "http://127.0.0.1:8081/keys");
    let provider = Provider::default();
    provider.put(
        "http://localhost:8080/one/.well-known/openid-configuration",
        metadata(issuer, at),
    );
    provider.put(at, Page::new(set([key.jwk()])));
    let keys = provider.discovered(issuer);
    keys.refresh().await.unwrap();
    assert!(key.is_accepted(&keys));
}

#[tokio::test(start_paused = true)]
async fn metadata_behind_a_redirect_to_another_origin_is_not_used() {
    let reason = error(Page::status(302).header("location", "https://evil.example/")).await;
    assert!(reason.contains("a redirect to another origin"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn metadata_is_fetched_again_after_an_hour() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    provider.put(OPENID, metadata(ISSUER, KEYS));
    let keys = provider.discovered(ISSUER);
    keys.ready().await;
    let count = |provider: &Provider| {
        let addresses = provider.addresses();
        addresses
            .iter()
            .filter(|address| *address == OPENID)
            .count()
    };
    pass(55 * 60).await;
    assert_eq!(count(&provider), 1);
    assert!(provider.request_count() > 10);
    pass(10 * 60).await;
    assert_eq!(count(&provider), 2);
}

#[tokio::test(start_paused = true)]
async fn keys_at_a_new_jwks_uri_are_found_by_the_fetch_after_a_failed_one() {
    let (old, new) = (TestKey::new("old"), TestKey::new("new"));
    let provider = Provider::with(&[&old]);
    provider.put(OPENID, metadata(ISSUER, KEYS));
    let keys = provider.discovered(ISSUER);
    keys.ready().await;
    let moved = "https://issuer.example/moved";
    provider.put(KEYS, Page::status(404));
    provider.put(OPENID, metadata(ISSUER, moved));
    provider.put(moved, Page::new(set([old.jwk(), new.jwk()])));
    pass(10).await;
    assert!(keys.refresh().await.is_err());
    assert!(old.is_accepted(&keys));
    pass(10).await;
    keys.refresh().await.unwrap();
    assert!(old.is_accepted(&keys) && new.is_accepted(&keys));
}

#[test]
fn an_issuer_that_is_not_a_plain_url_has_no_metadata() {
    let fault = |issuer: &str| {
        JwksLocation::metadata(issuer, PlainHttp::Loopback)
            .err()
            .map(JwksLocationFault::text)
    };
    assert!(
        fault("https://issuer.example?a")
            .unwrap()
            .contains("must have no query")
    );
    assert!(
        fault("https://issuer.example/#a")
            .unwrap()
            .contains("fragment")
    );
    assert!(
        fault("http://issuer.example")
            .unwrap()
            .contains("not `https`")
    );
    assert!(fault("issuer").unwrap().contains("not an absolute URL"));
    assert_eq!(fault("http://localhost:8080/realms/one"), None);
}
