//! What the running program does not show, because its stores never fail.

use auth_runtime::session::MemorySessions;
use auth_runtime::users::{User, UserStore};
use auth_runtime::{Auth, Basic, BoxError, Sessions};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt;

use super::{Pages, routes};
use crate::users::ShopUsers;

struct Down;

impl UserStore for Down {
    async fn find(&self, _: &str) -> Result<Option<User>, BoxError> {
        Err("the database is down".into())
    }
}

#[tokio::test]
async fn the_log_in_page_says_that_the_store_is_down() -> Result<(), BoxError> {
    let sessions = Sessions::new(MemorySessions::new());
    let origin = "https://shop.example";
    let basic = Basic::users(Down);
    let passwords = Auth::builder().basic(basic.clone());
    let pages = Pages {
        sessions: sessions.clone(),
        basic,
        passwords: passwords.build()?,
        users: ShopUsers::new(),
        keys: crate::trust::customer_keys(),
    };
    let auth = Auth::builder().sessions(sessions).public_origin(origin);
    let app = routes().with_state(pages).with_auth(auth.build()?);
    let request = Request::post("/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("name=alice&password=x"))?;
    let response = app.oneshot(request).await?;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "5");
    assert!(!response.headers().contains_key("set-cookie"));
    let body = to_bytes(response.into_body(), 10_000).await?;
    let page = std::str::from_utf8(&body)?;
    assert!(page.contains("You cannot log in at the moment."), "{page}");
    assert!(!page.contains("database"), "{page}");
    Ok(())
}
