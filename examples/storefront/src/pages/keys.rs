//! The API keys of the caller.

use std::time::Duration;

use auth_runtime::api_key::{ApiKey, ApiKeyRecord, NewApiKey};
use auth_runtime::{Identity, require_auth};
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use maud::{Markup, html};

use super::Pages;
use super::account::names;
use super::date::date;
use super::failure::Failure;
use super::field::{Field, summary};
use super::layout::{Page, Tab};
use super::notice::{KEY_REVOKED, Notice};

const KEYS: &str = "/settings/keys";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The days that a key can be valid.
const LIFETIMES: [u32; 3] = [30, 90, 365];
const MAX_KEYS: usize = 20;
const MAX_DESCRIPTION: usize = 80;

#[require_auth(scheme = "session")]
pub(super) async fn list(
    caller: Identity,
    State(pages): State<Pages>,
    Query(notice): Query<Notice>,
) -> Result<Page, Failure> {
    let keys = pages.keys_of(&caller).await?;
    let content = html! {
        (notice.show())
        h1 { "API keys" }
        p {
            "A program that sends one of these keys as " code { "Authorization: Bearer shop_.." } " acts for you."
        }
        @if keys.is_empty() {
            p { "You have no key." }
        } @else {
            ul.cards { @for key in &keys { li { (card(key)) } } }
        }
        p { a.button href="/settings/keys/new" { "Create a key" } }
    };
    Ok(Page::at(Tab::Keys, "API keys", &content))
}

fn card(key: &ApiKeyRecord) -> Markup {
    html! {
        h2 { (key.description) }
        dl {
            dt { "Begins with" }
            dd { code { (key.prefix) } }
            dt { "Scopes" }
            dd { (names(key.scopes.iter().map(String::as_str))) }
            dt { "Created" }
            dd { (date(key.created_at)) }
            dt { "Expires" }
            dd { @if let Some(expiry) = key.expires_at { (date(expiry)) } @else { "never" } }
            dt { "Last used" }
            dd { @if let Some(time) = key.last_used_at { (date(time)) } @else { "never" } }
        }
        form method="post" action={ (KEYS) "/" (key.prefix) "/revoke" } {
            button.quiet { "Revoke" span.unseen { " the key " (key.description) } }
        }
    }
}

/// A key lasts longer than a session, so it needs a recent login with two factors.
#[require_auth(scheme = "session", acr = "urn:storefront:two-factors", max_age = "5m")]
pub(super) async fn ask(caller: Identity) -> Page {
    form(&caller, &Wanted::default(), None)
}

#[require_auth(scheme = "session", acr = "urn:storefront:two-factors", max_age = "5m")]
pub(super) async fn create(
    caller: Identity,
    State(pages): State<Pages>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Page, Failure> {
    let wanted = Wanted::of(fields);
    let fault = if pages.keys_of(&caller).await?.len() >= MAX_KEYS {
        Some((None, "You have 20 keys. Revoke one of them first."))
    } else {
        wanted.fault()
    };
    if fault.is_some() {
        return Ok(form(&caller, &wanted, fault).status(StatusCode::BAD_REQUEST));
    }
    // A key can do no more than its owner.
    let scopes = wanted.scopes.iter().filter(|scope| caller.has_scope(scope));
    let new = NewApiKey::new(caller.subject())
        .description(wanted.description.trim())
        .scopes(scopes)
        .expires_in(DAY * wanted.days);
    let (record, key) = pages.keys.create(new).await?;
    Ok(created(&record, &key))
}

fn created(record: &ApiKeyRecord, key: &ApiKey) -> Page {
    let content = html! {
        h1 { "Your new key" }
        p { "This is the key for “" (record.description) "”. Copy it now: it is not shown again." }
        p.secret { code #key { (key.reveal()) } }
        p { a href=(KEYS) { "Back to the API keys" } }
    };
    Page::at(Tab::Keys, "Your new key", &content)
}

#[require_auth(scheme = "session")]
pub(super) async fn revoke(
    caller: Identity,
    State(pages): State<Pages>,
    Path(prefix): Path<String>,
) -> Result<Redirect, Failure> {
    pages.keys.revoke_of(caller.subject(), &prefix).await?;
    Ok(KEY_REVOKED.redirect(KEYS))
}

impl Pages {
    /// Those that are not revoked.
    async fn keys_of(&self, caller: &Identity) -> Result<Vec<ApiKeyRecord>, Failure> {
        let mut keys = self.keys.list(Some(caller.subject())).await?;
        keys.retain(|key| key.revoked_at.is_none());
        Ok(keys)
    }
}

/// What the form asks for. Anything else is left out.
struct Wanted {
    description: String,
    scopes: Vec<String>,
    days: u32,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            description: String::new(),
            scopes: Vec::new(),
            days: 90,
        }
    }
}

impl Wanted {
    fn of(fields: Vec<(String, String)>) -> Self {
        let mut wanted = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "description" => wanted.description = value,
                "scope" => wanted.scopes.push(value),
                "days" => {
                    let days = value.parse().ok();
                    let days = days.filter(|days| LIFETIMES.contains(days));
                    wanted.days = days.unwrap_or(wanted.days);
                }
                _ => {}
            }
        }
        wanted
    }

    /// The field, and what is wrong with it.
    fn fault(&self) -> Option<(Option<&'static str>, &'static str)> {
        match self.description.trim() {
            "" => Some((Some("description"), "Say what the key is for.")),
            text if text.chars().count() > MAX_DESCRIPTION => {
                Some((Some("description"), "Use at most 80 characters."))
            }
            _ => None,
        }
    }
}

fn form(
    caller: &Identity,
    wanted: &Wanted,
    fault: Option<(Option<&'static str>, &'static str)>,
) -> Page {
    let content = html! {
        @if let Some((field, text)) = fault { (summary(text, field)) }
        h1 { "Create an API key" }
        form method="post" action=(KEYS) {
            (Field {
                name: "description",
                label: "What is it for?",
                kind: "text",
                autocomplete: "off",
                value: &wanted.description,
                hint: Some("Such as “nightly export”."),
                max_length: Some(MAX_DESCRIPTION),
                fault: fault.and_then(|(field, text)| field.map(|_| text)),
            }.input())
            fieldset {
                legend { "What may it do?" }
                @for scope in caller.scopes().iter() {
                    div.choice {
                        input id=(scope) name="scope" type="checkbox" value=(scope)
                            checked[wanted.scopes.iter().any(|wanted| wanted == scope)];
                        label for=(scope) { code { (scope) } }
                    }
                }
            }
            div.field {
                label for="days" { "How long is it valid?" }
                select #days name="days" {
                    @for days in LIFETIMES {
                        option value=(days) selected[days == wanted.days] { (days) " days" }
                    }
                }
            }
            button { "Create the key" }
        }
    };
    let title = if fault.is_some() {
        "Error: Create an API key"
    } else {
        "Create an API key"
    };
    Page::at(Tab::Keys, title, &content)
}
