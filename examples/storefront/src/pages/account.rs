//! Who is logged in, since when, and what they may do.

use auth_runtime::{Identity, Session, require_auth};
use axum::extract::Query;
use maud::{Markup, html};

use super::date::date;
use super::layout::{Page, Tab};
use super::notice::Notice;

#[require_auth(scheme = "session")]
pub(super) async fn show(caller: Identity, session: Session, Query(notice): Query<Notice>) -> Page {
    let record = session.record();
    let content = html! {
        (notice.show())
        h1 { "Your account" }
        dl {
            dt { "Name" }
            dd { (caller.subject()) }
            dt { "Logged in" }
            dd { (date(record.authenticated_at)) }
            dt { "Session ends" }
            dd { (date(record.timeout_at())) ", or later if you use it before then" }
            dt { "Roles" }
            dd { (names(caller.roles())) }
            dt { "Scopes" }
            dd { (names(caller.scopes().iter())) }
        }
    };
    Page::at(Tab::Account, "Your account", &content)
}

/// A list of roles or scopes.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> Markup {
    let mut names = names.peekable();
    html! {
        @if names.peek().is_none() { "none" }
        @else { ul.names { @for name in names { li { code { (name) } } } } }
    }
}
