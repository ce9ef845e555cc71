//! The list of the caller's sessions.

use auth_runtime::session::SessionRecord;
use auth_runtime::{Identity, Session, require_auth};
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use maud::{Markup, html};

use super::Pages;
use super::date::date;
use super::failure::Failure;
use super::layout::{Page, Tab};
use super::notice::{Notice, SESSION_ENDED};

const SESSIONS: &str = "/settings/sessions";

#[require_auth(scheme = "session")]
pub(super) async fn list(
    caller: Identity,
    session: Session,
    State(pages): State<Pages>,
    Query(notice): Query<Notice>,
) -> Result<Page, Failure> {
    let records = pages.sessions.list(caller.id()).await?;
    let content = html! {
        (notice.show())
        h1 { "Sessions" }
        p {
            "These devices are logged in to your account. If you do not know one of them, end its session and change "
            "your password."
        }
        ul.cards {
            @for record in &records { li { (card(record, record.id() == session.id())) } }
        }
        form method="post" action="/logout/everywhere" {
            button.danger { "Log out everywhere" }
            p.hint { "This ends all sessions, that of this device too." }
        }
    };
    Ok(Page::at(Tab::Sessions, "Sessions", &content))
}

fn card(record: &SessionRecord, is_this: bool) -> Markup {
    let device = record.label.as_deref().unwrap_or("Unknown device");
    html! {
        h2 { (device) @if is_this { " " span.badge { "This device" } } }
        dl {
            dt { "Started" }
            dd { (date(record.created_at)) }
            dt { "Last used" }
            dd { (date(record.last_seen_at)) }
        }
        @if !is_this {
            form method="post" action={ (SESSIONS) "/" (record.id()) "/end" } {
                button.quiet {
                    "End session"
                    span.unseen { " of " (device) ", started " (date(record.created_at)) }
                }
            }
        }
    }
}

/// A session that has ended meanwhile is not an error.
#[require_auth(scheme = "session")]
pub(super) async fn end_one(
    caller: Identity,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Redirect, Failure> {
    pages.sessions.end_one(caller.id(), &id).await?;
    Ok(SESSION_ENDED.redirect(SESSIONS))
}
