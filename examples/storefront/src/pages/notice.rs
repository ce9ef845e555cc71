//! What has just been done, on the page that a form leads to.

use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;

/// Fixed texts, because anyone can make a link with the name of one.
#[derive(Clone, Copy)]
pub(super) struct Done {
    name: &'static str,
    text: &'static str,
}

pub(super) const KEY_REVOKED: Done = Done {
    name: "key-revoked",
    text: "The key was revoked.",
};
pub(super) const LOGGED_OUT: Done = Done {
    name: "logged-out",
    text: "You are logged out.",
};
pub(super) const PASSWORD_CHANGED: Done = Done {
    name: "password-changed",
    text: "Your password was changed. All other devices are logged out.",
};
pub(super) const SESSION_ENDED: Done = Done {
    name: "session-ended",
    text: "The session was ended.",
};
const ALL: [Done; 4] = [KEY_REVOKED, LOGGED_OUT, PASSWORD_CHANGED, SESSION_ENDED];

impl Done {
    /// Leads to a page that shows the text.
    pub(super) fn redirect(self, page: &str) -> Redirect {
        Redirect::to(&format!("{page}?done={}", self.name))
    }
}

/// The query of a page that a form leads to.
#[derive(Default, Deserialize)]
pub(super) struct Notice {
    done: Option<String>,
}

impl Notice {
    pub(super) fn show(&self) -> Markup {
        let done = ALL
            .iter()
            .find(|done| self.done.as_deref() == Some(done.name));
        html! { @if let Some(done) = done { p.notice role="status" { (done.text) } } }
    }
}
