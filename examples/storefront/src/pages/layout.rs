//! What all pages have in common: the header fields, the head and the navigation.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

pub(super) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Scripts, frames, and whatever else is not listed, are not allowed. With `no-referrer`, forms would have
/// `Origin: null`, which old browsers could not be told from other sites by.
pub(super) const HEADERS: [(HeaderName, &str); 4] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

/// The pages of the navigation, in its order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Account,
    Sessions,
    Keys,
    Password,
}

impl Tab {
    const ALL: [(Self, &str, &str); 4] = [
        (Self::Account, "/settings", "Account"),
        (Self::Sessions, "/settings/sessions", "Sessions"),
        (Self::Keys, "/settings/keys", "API keys"),
        (Self::Password, "/settings/password", "Password"),
    ];
}

/// A response with a page.
pub(super) struct Page {
    status: StatusCode,
    html: Markup,
}

impl Page {
    /// A page for anybody.
    pub(super) fn new(title: &str, content: &Markup) -> Self {
        Self::with(title, content, None)
    }

    /// A page for a caller who is logged in.
    pub(super) fn at(tab: Tab, title: &str, content: &Markup) -> Self {
        Self::with(title, content, Some(tab))
    }

    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The page as the body of a refusal, with its status and its `Retry-After`.
    pub(super) fn in_place_of(self, refusal: &Response) -> Response {
        let mut response = self.status(refusal.status()).into_response();
        let retry_after = refusal.headers().get(RETRY_AFTER).cloned();
        let headers = response.headers_mut();
        headers.extend(retry_after.map(|seconds| (RETRY_AFTER, seconds)));
        response
    }

    pub(super) fn into_html(self) -> String {
        self.html.into_string()
    }

    fn with(title: &str, content: &Markup, tab: Option<Tab>) -> Self {
        Self {
            status: StatusCode::OK,
            html: html! {
                (DOCTYPE)
                html lang="en" {
                    head {
                        meta charset="utf-8";
                        meta name="viewport" content="width=device-width, initial-scale=1";
                        meta name="color-scheme" content="light dark";
                        title { (title) " – Storefront" }
                        link rel="stylesheet" href="/assets/pages.css";
                        link rel="icon" href="/assets/tea.svg" type="image/svg+xml";
                    }
                    body {
                        a.skip href="#content" { "Skip to the content" }
                        header {
                            p.shop { "Storefront" }
                            @if let Some(current) = tab { (navigation(current)) }
                        }
                        main #content { (content) }
                    }
                }
            },
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        (
            self.status,
            HEADERS,
            [(CONTENT_TYPE, HTML)],
            self.into_html(),
        )
            .into_response()
    }
}

fn navigation(current: Tab) -> Markup {
    html! {
        form method="post" action="/logout" { button.quiet { "Log out" } }
        nav aria-label="Account" {
            ul {
                @for (tab, path, name) in Tab::ALL {
                    li { a href=(path) aria-current=[(tab == current).then_some("page")] { (name) } }
                }
            }
        }
    }
}
