//! The login page. It also asks for a new login of a caller who is logged in, where a rule requires one that is more
//! recent, or one with two factors.

use auth_runtime::authenticator::AuthenticationError;
use auth_runtime::render::NextPage;
use auth_runtime::session::NewSession;
use auth_runtime::{ClientAddress, allow_anonymous};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::failure::Failure;
use super::field::{Field, summary};
use super::layout::Page;
use super::notice::Notice;
use super::{ACCOUNT, LOG_IN, Pages, device};

/// The class of a login with a password and a one-time code.
const TWO_FACTORS: &str = "urn:storefront:two-factors";

/// The query of the page, which `render::for_browsers` writes. The form sends it back.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    next: NextPage,
    /// Every login here is recent enough.
    max_age: Option<String>,
    #[serde(default)]
    acr_values: String,
    #[serde(flatten)]
    notice: Notice,
}

impl Wanted {
    fn two_factors(&self) -> bool {
        self.acr_values.split(' ').any(|class| class == TWO_FACTORS)
    }
}

#[derive(Default, Deserialize)]
pub(super) struct LogIn {
    name: String,
    password: String,
    #[serde(default)]
    code: String,
    remember_me: Option<String>,
    #[serde(flatten)]
    wanted: Wanted,
}

#[allow_anonymous(reason = "login")]
pub(super) async fn ask(
    State(pages): State<Pages>,
    request: Parts,
    Query(wanted): Query<Wanted>,
) -> Result<Page, Failure> {
    let mut sent = LogIn {
        wanted,
        ..LogIn::default()
    };
    // A caller who logs in again does not type the name again.
    if let Some(session) = pages.sessions.find(&request).await? {
        sent.name = session.subject;
        sent.remember_me = session.is_persistent.then(String::new);
    }
    Ok(form(&sent, None))
}

#[allow_anonymous(reason = "login")]
pub(super) async fn log_in(
    State(pages): State<Pages>,
    ClientAddress(address): ClientAddress,
    request: Parts,
    Form(sent): Form<LogIn>,
) -> Result<Response, Failure> {
    // Another site must not use up the attempts of its visitor.
    pages.sessions.refuse_cross_site(&request)?;
    let passwords = pages
        .passwords
        .authenticate_password(&sent.name, &sent.password);
    let caller = match passwords.from(address).await {
        Ok(caller) => caller,
        Err(error) => return Ok(refused(error, &sent)),
    };
    let mut session = NewSession::of(&caller)
        .label(device::name(&request.headers))
        .remember_me(sent.remember_me.is_some());
    if sent.wanted.two_factors() {
        if !pages.users.use_code(caller.subject(), &sent.code) {
            let page = form(&sent, Some(Fault::Code));
            return Ok(page.status(StatusCode::BAD_REQUEST).into_response());
        }
        session = session.acr(TWO_FACTORS);
    }
    let cookie = pages.sessions.start(&request, session).await?;
    Ok((cookie, Redirect::to(sent.wanted.next.or(ACCOUNT))).into_response())
}

/// Why the caller is not logged in.
#[derive(Clone, Copy)]
enum Fault {
    Password,
    Code,
    TooManyAttempts,
    Unavailable,
}

impl Fault {
    /// The field to correct, and what is wrong.
    fn explain(self) -> (Option<&'static str>, &'static str) {
        match self {
            Self::Password => (Some("password"), "The name or the password is wrong."),
            Self::Code => (
                Some("code"),
                "This is not one of your codes, or it was used before.",
            ),
            Self::TooManyAttempts => (
                None,
                "There were too many attempts with a wrong password. Try again in a few minutes.",
            ),
            Self::Unavailable => (
                None,
                "You cannot log in at the moment. Try again in a few seconds.",
            ),
        }
    }
}

/// The form again, with the status and `Retry-After` that the error has as a response.
fn refused(error: AuthenticationError, sent: &LogIn) -> Response {
    tracing::info!(%error, "a login was refused");
    let fault = match error {
        AuthenticationError::Credentials => Fault::Password,
        AuthenticationError::TooManyAttempts { .. } => Fault::TooManyAttempts,
        _ => Fault::Unavailable,
    };
    form(sent, Some(fault)).in_place_of(&error.into_response())
}

fn form(sent: &LogIn, fault: Option<Fault>) -> Page {
    let wanted = &sent.wanted;
    let is_again = wanted.max_age.is_some() || wanted.two_factors();
    let heading = if is_again { "Log in again" } else { "Log in" };
    let (field, text) = fault.map(Fault::explain).unzip();
    let field = field.flatten();
    let fault_of = |name| text.filter(|_| field == Some(name));
    let content = html! {
        @if let Some(text) = text { (summary(text, field)) }
        @else { (wanted.notice.show()) }
        h1 { (heading) }
        @if wanted.two_factors() {
            p { "The next page needs a login with your password and a one-time code, a few minutes ago at most." }
        } @else if is_again {
            p { "The next page needs a login a few minutes ago at most." }
        }
        form method="post" action=(LOG_IN) {
            (hidden_fields(wanted))
            (Field {
                name: "name",
                label: "Name",
                kind: "text",
                autocomplete: "username",
                value: &sent.name,
                ..Field::default()
            }.input())
            (Field {
                name: "password",
                label: "Password",
                kind: "password",
                autocomplete: "current-password",
                fault: fault_of("password"),
                ..Field::default()
            }.input())
            @if wanted.two_factors() {
                (Field {
                    name: "code",
                    label: "One-time code",
                    kind: "text",
                    autocomplete: "one-time-code",
                    hint: Some("An unused one from your list. It has 12 digits."),
                    fault: fault_of("code"),
                    ..Field::default()
                }.input())
            }
            div.choice {
                input #remember_me name="remember_me" type="checkbox" checked[sent.remember_me.is_some()];
                label for="remember_me" { "Stay logged in on this device" }
            }
            button { "Log in" }
        }
    };
    let title = if fault.is_some() {
        format!("Error: {heading}")
    } else {
        heading.to_owned()
    };
    Page::new(&title, &content)
}

fn hidden_fields(wanted: &Wanted) -> Markup {
    let next = wanted.next.or("");
    let fields = [
        ("next", next),
        ("max_age", wanted.max_age.as_deref().unwrap_or_default()),
        ("acr_values", &wanted.acr_values),
    ];
    html! {
        @for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            input type="hidden" name=(name) value=(value);
        }
    }
}
