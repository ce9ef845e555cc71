//! The responses to tokens that were not accepted.

use axum::body::to_bytes;
use axum::response::IntoResponse;

use super::*;

#[tokio::test]
async fn refusals_have_one_response_and_an_outage_asks_for_a_retry() {
    for error in [
        RefreshError::Invalid,
        RefreshError::Expired,
        RefreshError::Reused {
            subject: "alice".to_owned(),
            session_id: "session".to_owned(),
        },
    ] {
        let response = error.into_response();
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["content-type"], "application/json");
        let body = to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(body, r#"{"error":"invalid_grant"}"#);
    }
    let outage = RefreshError::Unavailable("db.internal:5432 is down".into());
    let response = outage.into_response();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["retry-after"], "5");
    let body = to_bytes(response.into_body(), 100).await.unwrap();
    assert!(body.is_empty());
}
