//! The running server.

use std::fs;
use std::path::PathBuf;

use auth_runtime::testing::Token;
use example_runner::{Program, Response, curl};

pub(crate) const RESOURCE_SERVER: &str = env!("CARGO_BIN_EXE_resource-server");
pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";
pub(crate) const SECRET: &str = "a secret of at least thirty-two bytes";

pub(crate) fn file(name: &str, content: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

/// A running server on a free port.
pub(crate) struct Api {
    pub(crate) program: Program,
    pub(crate) url: String,
}

impl Api {
    /// With tokens of [`ISSUER`].
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let tokens = [("ISSUER", ISSUER), ("AUDIENCE", AUDIENCE)];
        Self::start_with(&[&tokens, variables].concat())
    }

    pub(crate) fn start_with(variables: &[(&str, &str)]) -> Self {
        let bind = [("BIND", "127.0.0.1:0")];
        let program = Program::start(RESOURCE_SERVER, &[], &[&bind, variables].concat());
        let line = program.line("listening on ");
        let url = line.strip_prefix("listening on ").unwrap().to_owned();
        Self { program, url }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(crate) fn get(&self, path: &str, token: Option<&Token>) -> Response {
        match token {
            Some(token) => curl(&[&self.url(path), "-H", &authorization(token)]),
            None => curl(&[&self.url(path)]),
        }
    }

    pub(crate) fn post(&self, path: &str, token: Option<&Token>, body: &str) -> Response {
        let url = self.url(path);
        let json = ["-H", "Content-Type: application/json", "-d", body, &url];
        match token {
            Some(token) => curl(&[&json[..], &["-H", &authorization(token)]].concat()),
            None => curl(&json),
        }
    }
}

pub(crate) fn authorization(token: &Token) -> String {
    format!("Authorization: Bearer {}", token.sign())
}
