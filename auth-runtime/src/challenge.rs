//! From a denial to its `WWW-Authenticate` field lines (RFC 9110 section 11.6.1, RFC 6750 section 3).

use std::fmt::{self, Write};

use http::{HeaderValue, StatusCode};

use crate::authenticator::{Challenge, ErrorParameters};
use crate::policy::{Denial, RequiredScopes, Rule, anonymous_challenge_scopes};
use crate::scheme::Scheme;

/// The settings that apply to every challenge of an `Auth`.
#[derive(Debug)]
pub(crate) struct ChallengeSettings {
    pub(crate) realm: Realm,
    pub(crate) challenge_scope: bool,
    pub(crate) role_denied: RoleDenied,
}

/// The challenge to a caller that lacks something other than a scope, such as a role. See
/// [`AuthBuilder::role_denied`](crate::AuthBuilder::role_denied).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoleDenied {
    /// `Bearer realm="api"` without an error, because no scope would help. RFC 6750 section 3.1 defines the error
    /// for scopes only.
    #[default]
    Plain,
    /// `error="insufficient_scope"`, for clients that expect this error with every 403.
    InsufficientScope,
}

/// The protection space (RFC 9110 section 11.5).
#[derive(Debug)]
pub(crate) struct Realm {
    pub(crate) name: String,
    /// The name as the content of a quoted-string (RFC 9110 section 5.6.4).
    quoted: String,
}

impl Realm {
    /// `None` if the name can't be sent in a header field.
    pub(crate) fn new(realm: &str) -> Option<Self> {
        quoted(realm).map(|quoted| Self {
            name: realm.to_owned(),
            quoted,
        })
    }
}

/// The text as the content of a quoted-string. `None` if it has other characters than printable ASCII.
fn quoted(text: &str) -> Option<String> {
    text.bytes()
        .all(|byte| matches!(byte, b' '..=b'~'))
        .then(|| text.replace('\\', r"\\").replace('"', "\\\""))
}

/// The parameters that this crate writes itself. All but the first are written only for OAuth schemes.
const RESERVED: [&str; 6] = [
    "realm",
    "error",
    "error_description",
    "scope",
    "acr_values",
    "max_age",
];

/// The name of the first parameter that is invalid or would appear twice (RFC 9110 section 11.2).
pub(crate) fn unwritable(challenge: &Challenge) -> Option<&'static str> {
    let mut seen = RESERVED
        .into_iter()
        .take(if challenge.errors == ErrorParameters::None {
            1
        } else {
            RESERVED.len()
        })
        .collect::<Vec<_>>();
    challenge.parameters.iter().find_map(|(name, value)| {
        let again = seen.iter().any(|seen| seen.eq_ignore_ascii_case(name));
        seen.push(name);
        (again || !Scheme::is_name(name) || quoted(value).is_none()).then_some(*name)
    })
}

/// A kind of credential that the route accepts.
#[derive(Clone, PartialEq)]
pub(crate) struct Accepted {
    pub(crate) kind: Scheme,
    pub(crate) challenge: Challenge,
}

/// The schemes that clients know, in the order in which they are listed.
const WELL_KNOWN: [Scheme; 2] = [Scheme::BEARER, Scheme::BASIC];

/// The field lines for `denial`: one for each scheme in `accepted`, if authentication would help. Well-known schemes
/// come first, because some clients fail if the first scheme is unknown to them (RFC 9110 section 11.3).
///
/// `attempted` is the kind of credential that the request presented. Only its line contains the error.
/// `rule` is `None` if an extractor denied the request on a route without a guard.
pub(crate) fn challenges(
    denial: &Denial,
    attempted: Option<Scheme>,
    mut accepted: Vec<Accepted>,
    rule: Option<&'static Rule>,
    settings: &ChallengeSettings,
) -> Vec<HeaderValue> {
    let was_attempted = |kind| attempted == Some(kind);
    // No other credential would help.
    if *denial == Denial::CrossSiteRequest {
        return Vec::new();
    }
    match denial.status() {
        StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST => {}
        // Schemes without errors have no way to ask for a better credential.
        StatusCode::FORBIDDEN => {
            accepted.retain(|Accepted { kind, challenge }| {
                was_attempted(*kind) && challenge.is_oauth()
            });
        }
        _ => return Vec::new(),
    }
    let is_step_up = matches!(denial, Denial::InsufficientUserAuthentication(_));
    let others = accepted
        .iter()
        .any(|accepted| !accepted.challenge.is_fallback);
    accepted.retain(|Accepted { kind, challenge }| {
        !challenge.is_fallback || !others || (is_step_up && was_attempted(*kind))
    });
    accepted.sort_by_key(|Accepted { challenge, .. }| {
        let scheme = challenge.scheme;
        let known = WELL_KNOWN.iter().position(|known| *known == scheme);
        known.unwrap_or(WELL_KNOWN.len())
    });
    one_per_scheme(accepted)
        .into_iter()
        .filter_map(|Accepted { kind, challenge }| {
            let mut line = Line::new(&challenge, settings);
            if challenge.errors == ErrorParameters::StepUp {
                if is_step_up && was_attempted(kind) {
                    line.explain(denial, rule, settings);
                }
            } else if challenge.is_oauth() {
                // Several `Authorization` fields are not of a single kind.
                let ambiguous = attempted.is_none() && *denial == Denial::MultipleCredentials;
                if was_attempted(kind) || ambiguous {
                    line.explain(denial, rule, settings);
                } else {
                    line.scope(&anonymous_scopes(rule), settings);
                }
            }
            line.parameters(&challenge);
            HeaderValue::try_from(line.0).ok()
        })
        .collect()
}

/// Keeps one challenge for each scheme. Kinds that share a scheme are distinguished by a prefix. The challenge
/// of tokens is preferred, because it says more.
fn one_per_scheme(accepted: Vec<Accepted>) -> Vec<Accepted> {
    let mut lines: Vec<Accepted> = Vec::with_capacity(accepted.len());
    for kind in accepted {
        let same = |line: &&mut Accepted| line.challenge.scheme == kind.challenge.scheme;
        match lines.iter_mut().find(same) {
            Some(line) if kind.challenge.is_oauth() && !line.challenge.is_oauth() => *line = kind,
            Some(_) => {}
            None => lines.push(kind),
        }
    }
    lines
}

fn anonymous_scopes(rule: Option<&'static Rule>) -> RequiredScopes {
    rule.map(|rule| RequiredScopes::new(anonymous_challenge_scopes(&rule.requirement)))
        .unwrap_or_default()
}

/// A challenge that is being written. The order of its parameters is `realm`, `error`, `error_description`, `scope`,
/// `acr_values`, `max_age`, and then those of the scheme itself.
struct Line(String);

impl Line {
    /// Always has a `realm`, because RFC 6750 section 3 requires at least one parameter.
    fn new(challenge: &Challenge, settings: &ChallengeSettings) -> Self {
        Self(format!(
            "{} realm=\"{}\"",
            challenge.scheme, settings.realm.quoted
        ))
    }

    /// Adds what was wrong with the credential.
    fn explain(
        &mut self,
        denial: &Denial,
        rule: Option<&'static Rule>,
        settings: &ChallengeSettings,
    ) {
        match denial {
            Denial::MultipleCredentials => self.error(denial),
            Denial::InvalidToken(_) => {
                self.error(denial);
                self.scope(&anonymous_scopes(rule), settings);
            }
            Denial::InsufficientUserAuthentication(step_up) => {
                self.error(denial);
                self.scope(step_up.required_scopes(), settings);
                if !step_up.acr_values().is_empty() {
                    self.parameter("acr_values", step_up.acr_values().join(" "));
                }
                if let Some(max_age) = step_up.max_age() {
                    self.parameter("max_age", max_age.as_secs());
                }
            }
            Denial::InsufficientScope(required) => {
                self.error(denial);
                self.scope(required, settings);
            }
            Denial::Forbidden => match settings.role_denied {
                RoleDenied::Plain => {}
                RoleDenied::InsufficientScope => {
                    self.parameter("error", "insufficient_scope");
                    self.parameter("error_description", denial.description());
                }
            },
            _ => self.scope(&anonymous_scopes(rule), settings),
        }
    }

    fn error(&mut self, denial: &Denial) {
        if let Some(code) = denial.code() {
            self.parameter("error", code);
            self.parameter("error_description", denial.description());
        }
    }

    fn scope(&mut self, scopes: &RequiredScopes, settings: &ChallengeSettings) {
        if settings.challenge_scope && !scopes.is_empty() {
            self.parameter("scope", scopes);
        }
    }

    /// Adds the parameters of the scheme itself. `build` rejects invalid parameters. If an authenticator returns an
    /// invalid one later, only that parameter is left out.
    fn parameters(&mut self, challenge: &Challenge) {
        for (name, value) in &challenge.parameters {
            if let (true, Some(value)) = (Scheme::is_name(name), quoted(value)) {
                self.parameter(name, value);
            }
        }
    }

    /// `value` needs no escaping.
    fn parameter(&mut self, name: &str, value: impl fmt::Display) {
        // Writing to a `String` can't fail.
        let _ = write!(self.0, ", {name}=\"{value}\"");
    }
}
