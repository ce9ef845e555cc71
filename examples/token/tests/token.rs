//! An API that reads the created key set accepts the signed tokens.

#![allow(clippy::unwrap_used, reason = "whatever goes wrong fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use auth_runtime::{Auth, Claims, Jwt, Router, require_auth, routing::get};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use example_runner::run;
use serde_json::Value;
use tower::ServiceExt;

const TOKEN: &str = env!("CARGO_BIN_EXE_token");

/// A key in a new folder.
struct Key {
    public: PathBuf,
    private: PathBuf,
}

impl Key {
    fn create(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let key = Self {
            public: folder.join("keys.json"),
            private: folder.join("private.pem"),
        };
        let output = key.keys();
        assert!(output.status.success(), "{output:?}");
        assert!(output.stdout.is_empty());
        key
    }

    fn keys(&self) -> Output {
        let (public, private) = (self.public.to_str(), self.private.to_str());
        let arguments = [
            "keys",
            "--out",
            public.unwrap(),
            "--private",
            private.unwrap(),
        ];
        run(TOKEN, &arguments, &[])
    }

    fn sign(&self, arguments: &[&str]) -> Output {
        let sign = ["sign", "--private", self.private.to_str().unwrap()];
        run(TOKEN, &[&sign, arguments].concat(), &[])
    }

    /// The token on standard output, and nothing else.
    fn token(&self, arguments: &[&str]) -> String {
        let output = self.sign(arguments);
        assert!(output.status.success(), "{output:?}");
        let token = String::from_utf8(output.stdout).unwrap();
        token.strip_suffix('\n').unwrap().to_owned()
    }

    /// The status of a request with this token, and the claims that the handler sees.
    async fn request(&self, token: &str) -> (u16, Value) {
        let jwt = Jwt::issuer("https://issuer.example")
            .audience("https://api.example")
            .jwks_file(&self.public);
        let auth = Auth::builder().bearer(jwt).build().unwrap();
        let app = Router::new().route("/", get(show_claims)).with_auth(auth);
        let request = Request::get("/")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        let response = app.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 4096).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

#[require_auth(scope = "orders:read")]
async fn show_claims(Claims(claims): Claims<Value>) -> String {
    claims.to_string()
}

#[tokio::test]
async fn an_api_that_reads_the_key_set_accepts_the_token() {
    let key = Key::create("accepted");
    let token = key.token(&[
        "--subject",
        "alice",
        "--scope",
        "orders:read",
        "--scope",
        "orders:write",
        "--role",
        "support",
        "--claim",
        "email_verified=true",
        "--claim",
        "tenant=shop",
    ]);
    let (status, claims) = key.request(&token).await;
    assert_eq!(status, 200);
    assert_eq!(claims["sub"], "alice");
    assert_eq!(claims["scope"], "orders:read orders:write");
    assert_eq!(claims["roles"], serde_json::json!(["support"]));
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["tenant"], "shop");

    let without_scope = key.token(&["--subject", "alice"]);
    assert_eq!(key.request(&without_scope).await.0, 403);
    let expired = key.token(&["--subject", "alice", "--claim", "exp=1"]);
    assert_eq!(key.request(&expired).await.0, 401);
}

#[tokio::test]
async fn a_token_for_another_api_or_with_another_key_is_refused() {
    let (key, other) = (Key::create("one"), Key::create("other"));
    let reader = ["--subject", "alice", "--scope", "orders:read"];
    for other_api in [
        ["--audience", "https://other.example"],
        ["--issuer", "https://other.example"],
    ] {
        let token = key.token(&[&reader[..], &other_api].concat());
        assert_eq!(key.request(&token).await.0, 401);
    }
    assert_eq!(key.request(&other.token(&reader)).await.0, 401);
}

#[test]
fn no_file_is_overwritten() {
    let key = Key::create("twice");
    let before = fs::read(&key.private).unwrap();
    let again = key.keys();
    assert_eq!(again.status.code(), Some(1));
    let error = String::from_utf8(again.stderr).unwrap();
    assert!(error.contains("keys.json exists"), "{error}");
    assert_eq!(fs::read(&key.private).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn the_private_key_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let key = Key::create("mode");
    let mode = fs::metadata(&key.private).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let public = fs::read_to_string(&key.public).unwrap();
    assert!(!public.contains("\"d\""), "{public}");
}

#[test]
fn an_unusable_private_key_is_reported() {
    let key = Key::create("broken");
    for text in [
        "no key",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ] {
        fs::write(&key.private, text).unwrap();
        let output = key.sign(&["--subject", "alice"]);
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            error.starts_with("token: ") && error.contains("private.pem: "),
            "{error}"
        );
    }
    fs::remove_file(&key.private).unwrap();
    assert_eq!(key.sign(&["--subject", "alice"]).status.code(), Some(1));
}

#[test]
fn wrong_usage_has_exit_status_2_and_the_help_names_the_commands() {
    for arguments in [
        &[][..],
        &["sign"],
        &["sign", "--subject", "alice", "--claim", "tenant"],
        &["sign", "--subject", "alice", "--expires-in", "soon"],
    ] {
        let output = run(TOKEN, arguments, &[]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
    let output = run(TOKEN, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("keys") && help.contains("sign"), "{help}");
}
