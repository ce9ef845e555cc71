//! A client without a browser: what it has, it sends.

use example_runner::{Program, Response, curl};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_playground");

pub(crate) const REFRESH_COOKIE: &str = "__Secure-playground-refresh";

/// Each test has its own program.
pub(crate) struct Playground {
    _program: Program,
    pub(crate) url: String,
}

/// What a login with tokens gives.
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Playground {
    pub(crate) fn start() -> Self {
        // Tests on a busy machine take longer than 15 s.
        let environment = [("PORT", "0"), ("ACCESS_TOKEN_LIFETIME", "3600")];
        let program = Program::start(PROGRAM, &[], &environment);
        let url = program.printed().url;
        Self {
            _program: program,
            url,
        }
    }

    /// `request` is a method and a path.
    pub(crate) fn send(&self, request: &str, fields: &[&str]) -> Response {
        self.send_with(request, fields, &[])
    }

    pub(crate) fn send_json(&self, request: &str, fields: &[&str], body: &str) -> Response {
        self.send_with(request, fields, &["--json", body])
    }

    fn send_with(&self, request: &str, fields: &[&str], more: &[&str]) -> Response {
        let (method, path) = request.split_once(' ').unwrap();
        let url = format!("{}{path}", self.url);
        let mut arguments = vec!["-X", method, &url];
        for field in fields {
            arguments.extend(["-H", field]);
        }
        arguments.extend(more);
        curl(&arguments)
    }

    pub(crate) fn log_in(&self, name: &str) -> Tokens {
        let response = self.send_json("POST /login", &[], &account(name));
        assert_eq!(response.status, 200, "{response:?}");
        tokens(&response)
    }

    /// The cookie of a new session, as a header field.
    pub(crate) fn start_session(&self, name: &str) -> String {
        let response = self.send_json("POST /session/login", &[], &account(name));
        assert_eq!(response.status, 204, "{response:?}");
        let (name, value) = cookie(&response);
        format!("Cookie: {name}={value}")
    }

    pub(crate) fn create_api_key(&self, field: &str) -> String {
        let response = self.send("POST /api-keys", &[field]);
        assert_eq!(response.status, 201, "{response:?}");
        let key = member(&response, "key");
        format!("X-API-Key: {key}")
    }

    pub(crate) fn refresh(&self, refresh_token: &str) -> Response {
        self.send(
            "POST /refresh",
            &[&format!("Cookie: {REFRESH_COOKIE}={refresh_token}")],
        )
    }

    /// A refresh that is allowed.
    pub(crate) fn refreshed(&self, refresh_token: &str) -> Tokens {
        let response = self.refresh(refresh_token);
        assert_eq!(response.status, 200, "{response:?}");
        tokens(&response)
    }

    pub(crate) fn status(&self, request: &str, field: &str) -> u16 {
        self.send(request, &[field]).status
    }
}

impl Tokens {
    pub(crate) fn field(&self) -> String {
        format!("Authorization: Bearer {}", self.access)
    }
}

pub(crate) fn account(name: &str) -> String {
    let password = match name {
        "alice" => "correct horse",
        _ => "battery staple",
    };
    serde_json::json!({ "name": name, "password": password }).to_string()
}

fn tokens(response: &Response) -> Tokens {
    let (name, refresh) = cookie(response);
    assert_eq!(name, REFRESH_COOKIE);
    assert!(!response.body.contains(&refresh), "scripts can read it");
    Tokens {
        access: member(response, "access_token"),
        refresh,
    }
}

pub(crate) fn member(response: &Response, name: &str) -> String {
    let body: Value = serde_json::from_str(&response.body).unwrap();
    let member = body.get(name).and_then(Value::as_str);
    member
        .unwrap_or_else(|| panic!("no {name}: {response:?}"))
        .to_owned()
}

/// The only `Set-Cookie` of a response.
pub(crate) fn cookie(response: &Response) -> (String, String) {
    let fields = set_cookie(response);
    let [field] = fields.as_slice() else {
        panic!("one Set-Cookie: {response:?}");
    };
    let cookie = field.split(';').next().unwrap_or_default();
    let (name, value) = cookie.split_once('=').unwrap();
    (name.to_owned(), value.to_owned())
}

pub(crate) fn set_cookie(response: &Response) -> Vec<&str> {
    let lines = response.head.lines();
    lines
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("Set-Cookie"))
        .map(|(_, value)| value)
        .collect()
}
