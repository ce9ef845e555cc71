//! An expected response, and its differences from a received one.

use crate::client::Response;

/// An expected response.
#[derive(Debug)]
pub enum Expected {
    /// That of the handler: 200 with this text, and no header of the guard.
    Handler(String),
    /// That of the handler for a credential outside of `Authorization`, with `Cache-Control: private`.
    PrivateHandler(String),
    /// A refusal of the guard.
    Refused(Refused),
    /// Axum's response for a path without a route.
    NoSuchPath,
    /// A refusal of `HEAD`: this status and no body.
    Head(u16),
    /// A response of an extractor with this status and text, and `Cache-Control: no-store`.
    Extractor(u16, &'static str),
}

/// A refusal: status, challenges, body.
#[derive(Clone, Debug)]
#[must_use = "it is compared with a response"]
pub struct Refused {
    status: u16,
    challenges: Vec<String>,
    code: Option<&'static str>,
    required_scopes: &'static str,
    retry_after: Option<&'static str>,
}

/// The response of the handler: 200 with this text.
pub fn handler(text: impl Into<String>) -> Expected {
    Expected::Handler(text.into())
}

/// A refusal without a challenge and without a code.
pub fn refused(status: u16) -> Refused {
    Refused {
        status,
        challenges: Vec::new(),
        code: None,
        required_scopes: "",
        retry_after: None,
    }
}

/// An invalid token on a route that requires the scope `read`.
pub fn invalid_token(description: &str) -> Refused {
    refused(401).code("invalid_token").challenge(format!(
        r#"Bearer realm="api", error="invalid_token", error_description="{description}", scope="read""#
    ))
}

impl Refused {
    /// Adds a line of `WWW-Authenticate`.
    pub fn challenge(mut self, line: impl Into<String>) -> Self {
        self.challenges.push(line.into());
        self
    }

    /// The member `code` of the body.
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// The member `required_scopes` of the body, separated by spaces.
    pub fn required_scopes(mut self, scopes: &'static str) -> Self {
        self.required_scopes = scopes;
        self
    }

    /// The value of `Retry-After`.
    pub fn retry_after(mut self, seconds: &'static str) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    fn title(&self) -> &'static str {
        match self.status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            503 => "Service Unavailable",
            other => panic!("no refusal has the status {other}"),
        }
    }

    fn body(&self) -> String {
        let code = self
            .code
            .map(|code| format!(r#","code":"{code}""#))
            .unwrap_or_default();
        let scopes: Vec<_> = self
            .required_scopes
            .split_whitespace()
            .map(|scope| format!("\"{scope}\""))
            .collect();
        let scopes = if scopes.is_empty() {
            String::new()
        } else {
            format!(r#","required_scopes":[{}]"#, scopes.join(","))
        };
        format!(
            r#"{{"type":"about:blank","title":"{}","status":{}{code}{scopes}}}"#,
            self.title(),
            self.status
        )
    }
}

impl From<Refused> for Expected {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Expected {
    /// Compares the whole response: an additional header line is a difference.
    ///
    /// # Errors
    ///
    /// The first difference.
    pub fn compare(&self, response: &Response) -> Result<(), String> {
        match self {
            Self::Handler(text) => {
                equal("status", &response.status, &200)?;
                equal("body", &response.text(), text)?;
                equal(
                    "headers",
                    &response.header_names(),
                    &names(&["content-type"]),
                )
            }
            Self::PrivateHandler(text) => {
                equal("status", &response.status, &200)?;
                equal("body", &response.text(), text)?;
                let headers = names(&["content-type", "cache-control"]);
                equal("headers", &response.header_names(), &headers)?;
                let cache = Some("private".to_owned());
                equal("cache-control", &response.one("cache-control"), &cache)
            }
            Self::Refused(refused) => compare_refusal(refused, response),
            Self::NoSuchPath => {
                equal("status", &response.status, &404)?;
                equal("body", &response.text(), &String::new())?;
                equal("headers", &response.header_names(), &names(&[]))
            }
            Self::Head(status) => {
                equal("status", &response.status, status)?;
                equal("body", &response.text(), &String::new())
            }
            Self::Extractor(status, text) => {
                equal("status", &response.status, status)?;
                equal("body", &response.text(), &(*text).to_owned())?;
                let headers = names(&["content-type", "cache-control"]);
                equal("headers", &response.header_names(), &headers)
            }
        }
    }
}

fn compare_refusal(refused: &Refused, response: &Response) -> Result<(), String> {
    equal("status", &response.status, &refused.status)?;
    equal("challenges", &response.challenges(), &refused.challenges)?;
    equal(
        "cache-control",
        &response.all("cache-control"),
        &names(&["no-store"]),
    )?;
    equal(
        "content-type",
        &response.all("content-type"),
        &names(&["application/problem+json"]),
    )?;
    equal(
        "retry-after",
        &response.one("retry-after").as_deref(),
        &refused.retry_after,
    )?;
    equal("body", &response.text(), &refused.body())?;
    let length = response.body.len().to_string();
    equal(
        "content-length",
        &response.one("content-length"),
        &Some(length),
    )?;

    let mut expected = names(&["cache-control", "content-type"]);
    expected.extend(
        refused
            .challenges
            .iter()
            .map(|_| "www-authenticate".to_owned()),
    );
    expected.extend(refused.retry_after.map(|_| "retry-after".to_owned()));
    expected.sort();
    let mut found = response.header_names();
    found.sort();
    equal("headers", &found, &expected)
}

fn equal<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is\n    {found:?}, not\n    {expected:?}"))
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
