//! DENIAL -> the `WWW-Authenticate` field lines (RFC 9110 section 11.6.1, RFC 6750 section 3).

use std::fmt::{self, Write};

use http::HeaderValue;

use crate::policy::{Denial, RequiredScopes, Rule, anonymous_challenge_scopes};

/// What the whole service says the same way in every challenge.
#[derive(Debug)]
pub(crate) struct ChallengeSettings {
    pub(crate) realm: Realm,
    pub(crate) challenge_scope: bool,
    pub(crate) role_denied: RoleDenied,
}

/// What a caller is told who lacks something other than scopes: see
/// [`AuthBuilder::role_denied`](crate::AuthBuilder::role_denied).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoleDenied {
    /// `Bearer realm="api"`: no error, since no scope would help (RFC 6750 section 3.1 speaks of
    /// scopes only).
    #[default]
    Plain,
    /// `error="insufficient_scope"`, for clients that know no other reason for a 403.
    InsufficientScope,
}

/// The protection space, as the inside of a quoted-string (RFC 9110 sections 5.6.4 and 11.5).
#[derive(Debug)]
pub(crate) struct Realm(String);

impl Realm {
    /// `None` for what does not survive a header field: anything but printable ASCII.
    pub(crate) fn new(realm: &str) -> Option<Self> {
        if !realm.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return None;
        }
        Some(Self(realm.replace('\\', r"\\").replace('"', "\\\"")))
    }
}

/// The field lines for `denial` on a route, one for each credential kind it accepts.
///
/// `rule` is `None` where an extractor stands on a route without a guard.
pub(crate) fn challenges(
    denial: &Denial,
    rule: Option<&'static Rule>,
    settings: &ChallengeSettings,
) -> Vec<HeaderValue> {
    let line = match denial {
        Denial::MissingCredentials | Denial::UnsupportedScheme => {
            Bearer::new(settings).scope(&anonymous_scopes(rule))
        }
        Denial::MultipleCredentials => Bearer::new(settings).error(denial),
        Denial::InvalidToken(_) => Bearer::new(settings)
            .error(denial)
            .scope(&anonymous_scopes(rule)),
        Denial::InsufficientUserAuthentication(step_up) => {
            let mut line = Bearer::new(settings)
                .error(denial)
                .scope(step_up.required_scopes());
            if !step_up.acr_values().is_empty() {
                line = line.parameter("acr_values", step_up.acr_values().join(" "));
            }
            match step_up.max_age() {
                Some(max_age) => line.parameter("max_age", max_age.as_secs()),
                None => line,
            }
        }
        Denial::InsufficientScope(required) => Bearer::new(settings).error(denial).scope(required),
        Denial::Forbidden => match settings.role_denied {
            RoleDenied::Plain => Bearer::new(settings),
            RoleDenied::InsufficientScope => Bearer::new(settings)
                .parameter("error", "insufficient_scope")
                .parameter("error_description", denial.description()),
        },
        Denial::NotFound | Denial::Unavailable { .. } | Denial::Failed => return Vec::new(),
    };
    line.into_field().into_iter().collect()
}

fn anonymous_scopes(rule: Option<&'static Rule>) -> RequiredScopes {
    rule.map(|rule| RequiredScopes::new(anonymous_challenge_scopes(&rule.requirement)))
        .unwrap_or_default()
}

/// A challenge being written. Parameter order: `realm`, `error`, `error_description`, `scope`,
/// `acr_values`, `max_age`.
struct Bearer<'a> {
    settings: &'a ChallengeSettings,
    line: String,
}

impl<'a> Bearer<'a> {
    /// `realm` is always there: RFC 6750 section 3 asks for at least one parameter.
    fn new(settings: &'a ChallengeSettings) -> Self {
        Self {
            settings,
            line: format!("Bearer realm=\"{}\"", settings.realm.0),
        }
    }

    fn error(self, denial: &Denial) -> Self {
        match denial.code() {
            Some(code) => self
                .parameter("error", code)
                .parameter("error_description", denial.description()),
            None => self,
        }
    }

    fn scope(self, scopes: &RequiredScopes) -> Self {
        if self.settings.challenge_scope && !scopes.is_empty() {
            self.parameter("scope", scopes)
        } else {
            self
        }
    }

    /// The values are ours or were checked when the rule was compiled: none needs escaping.
    fn parameter(mut self, name: &str, value: impl fmt::Display) -> Self {
        // Writing to a `String` can't fail.
        let _ = write!(self.line, ", {name}=\"{value}\"");
        self
    }

    fn into_field(self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.line).ok()
    }
}
