//! A new password. It ends the sessions on all other devices, because somebody else may have one.

use auth_runtime::{Identity, require_auth};
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::html;
use serde::Deserialize;

use super::failure::Failure;
use super::field::{Field, summary};
use super::layout::{Page, Tab};
use super::notice::PASSWORD_CHANGED;
use super::{ACCOUNT, Pages};

#[derive(Deserialize)]
pub(super) struct NewPassword {
    password: String,
}

#[require_auth(scheme = "session", max_age = "5m")]
pub(super) async fn ask(caller: Identity) -> Page {
    form(&caller, None)
}

#[require_auth(scheme = "session", max_age = "5m")]
pub(super) async fn change(
    caller: Identity,
    State(pages): State<Pages>,
    request: Parts,
    Form(NewPassword { password }): Form<NewPassword>,
) -> Result<Response, Failure> {
    if let Some(fault) = fault(&password) {
        let page = form(&caller, Some(fault));
        return Ok(page.status(StatusCode::BAD_REQUEST).into_response());
    }
    let hash = pages.basic.hash_password(&password).await?;
    pages.users.set_password_hash(caller.subject(), hash)?;
    let cookie = pages.sessions.end_others(&request).await?;
    Ok((cookie, PASSWORD_CHANGED.redirect(ACCOUNT)).into_response())
}

/// What `Auth::authenticate_password` would not accept is not stored.
fn fault(password: &str) -> Option<&'static str> {
    match password.chars().count() {
        ..15 => Some("Use at least 15 characters, for example four words."),
        1001.. => Some("Use at most 1,000 characters."),
        _ if password.contains(char::is_control) => Some("Use no control characters."),
        _ => None,
    }
}

fn form(caller: &Identity, fault: Option<&str>) -> Page {
    let content = html! {
        @if let Some(fault) = fault { (summary(fault, Some("password"))) }
        h1 { "Change your password" }
        p { "This logs you out on all other devices. Your API keys stay valid." }
        form method="post" action="/settings/password" {
            // For password managers.
            input type="text" name="name" autocomplete="username" value=(caller.subject()) hidden;
            (Field {
                name: "password",
                label: "New password",
                kind: "password",
                autocomplete: "new-password",
                hint: Some("At least 15 characters."),
                fault,
                ..Field::default()
            }.input())
            button { "Change the password" }
        }
    };
    let title = if fault.is_some() {
        "Error: Change your password"
    } else {
        "Change your password"
    };
    Page::at(Tab::Password, title, &content)
}
