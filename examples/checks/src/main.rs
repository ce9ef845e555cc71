//! Checks: rules that depend on the request and on the application's data.
//!
//! `cargo run -p checks` prints curl commands to paste into another terminal.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use auth_runtime::routing::{delete, get};
use auth_runtime::testing::Issuer;
use auth_runtime::{
    Allowed, Auth, BoxError, CheckError, Checked, Identity, IdentityId, Router, require_auth,
};
use axum::extract::{Path, State};
use tokio::net::TcpListener;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example";

/// A check is a closure that can use `.await`. Its parameters are extractors. If it returns `false`, the answer is 403.
#[require_auth(check("is this user") = |caller: Identity, Path(name): Path<String>| caller.subject() == name)]
async fn show_user(Path(name): Path<String>) -> String {
    format!("The account of {name}\n")
}

/// The check loads the document once, and the handler takes it as `Checked`. 404 if there is none.
#[require_auth(
    check("owns the document") = |caller: Identity, documents: State<Documents>, id: Path<u32>| {
        documents.owned_by(&caller, *id).await
    }
)]
async fn show_document(Checked(document): Checked<Document>) -> String {
    format!("{}\n", document.text)
}

/// A caller with the role needs no check, so it does not run for them, and `Checked` is optional.
#[require_auth(any(
    role = "auditor",
    check("owns the document") = |caller: Identity, documents: State<Documents>, id: Path<u32>| {
        documents.owned_by(&caller, *id).await
    }
))]
async fn show_length(
    checked: Option<Checked<Document>>,
    State(documents): State<Documents>,
    Path(id): Path<u32>,
) -> Result<String, axum::http::StatusCode> {
    let document = match checked {
        Some(Checked(document)) => Some(document),
        None => documents.find(id).await.ok().flatten(),
    };
    let document = document.ok_or(axum::http::StatusCode::NOT_FOUND)?;
    Ok(format!("{} bytes\n", document.text.len()))
}

/// `?` turns any error into a 500, as here if the database fails. For 403, 404 or 503, return a `CheckError`.
#[require_auth(
    check("owns the document, and it is not locked") = |
        caller: Identity,
        State(documents): State<Documents>,
        Path(id): Path<u32>,
    | {
        let document = documents.find(id).await?.ok_or_else(CheckError::not_found)?;
        if document.locked {
            return Err(CheckError::denied());
        }
        document.owner == caller.id()
    }
)]
async fn delete_document(Path(id): Path<u32>) -> String {
    format!("Document {id} is deleted.\n")
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    if std::env::args().len() > 1 {
        println!("Usage: cargo run -p checks\n\nPORT is the port to listen on, 3000 by default.");
        return Ok(());
    }
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let app = Router::new()
        .route("/users/{name}", get(show_user))
        .route(
            "/documents/{id}",
            delete(delete_document).get(show_document),
        )
        .route("/documents/{id}/length", get(show_length))
        .with_state(Documents::examples())
        .with_auth(Auth::builder().bearer(issuer.jwt()).build()?);

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_commands(&format!("http://{}", listener.local_addr()?), &issuer);
    axum::serve(listener, app).await?;
    Ok(())
}

fn print_commands(url: &str, issuer: &Issuer) {
    let one_day = Duration::from_secs(24 * 60 * 60);
    let alice = issuer.token("alice").expires_in(one_day);
    let auditor = issuer.token("carol").role("auditor").expires_in(one_day);
    println!(
        "Alice owns the documents 1 and 2, and 2 is locked. Bob owns document 3. Carol is an auditor."
    );
    println!("The database is unavailable for document 5.\n");
    println!("Paste these commands into another terminal.");
    println!("Each curl command prints the response, and then the status to expect.\n");
    println!("ALICE={}\nCAROL={}\n", alice.sign(), auditor.sign());
    for (expected, method, path, caller) in [
        (200, "GET", "/users/alice", "ALICE"),
        (403, "GET", "/users/bob", "ALICE"),
        (200, "GET", "/documents/1", "ALICE"),
        (403, "GET", "/documents/3", "ALICE"),
        (404, "GET", "/documents/4", "ALICE"),
        (503, "GET", "/documents/5", "ALICE"),
        (200, "GET", "/documents/1/length", "ALICE"),
        (403, "GET", "/documents/3/length", "ALICE"),
        (200, "GET", "/documents/3/length", "CAROL"),
        (200, "DELETE", "/documents/1", "ALICE"),
        (403, "DELETE", "/documents/2", "ALICE"),
        (500, "DELETE", "/documents/5", "ALICE"),
    ] {
        println!(
            "curl -iw '\\nExpected: {expected}\\n\\n' -X {method} {url}{path} -H \"Authorization: Bearer ${caller}\""
        );
    }
    println!("\nListening on {url} until Ctrl-C.");
}

/// In place of a database.
#[derive(Clone)]
struct Documents(Arc<[Document]>);

#[derive(Clone)]
struct Document {
    id: u32,
    text: &'static str,
    locked: bool,
    owner: IdentityId,
}

impl Documents {
    fn examples() -> Self {
        let document = |id, owner: &str, text, locked| Document {
            id,
            text,
            locked,
            owner: IdentityId::new(ISSUER, owner),
        };
        Self(Arc::new([
            document(1, "alice", "a letter", false),
            document(2, "alice", "a contract", true),
            document(3, "bob", "a diary", false),
        ]))
    }

    /// Fails for document 5.
    #[allow(clippy::unused_async, reason = "a query to a database is awaited")]
    async fn find(&self, id: u32) -> io::Result<Option<Document>> {
        if id == 5 {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        Ok(self.0.iter().find(|document| document.id == id).cloned())
    }

    /// The document, if the caller owns it. 503 while the database is unavailable.
    async fn owned_by(&self, caller: &Identity, id: u32) -> Result<Allowed<Document>, CheckError> {
        let document = self.find(id).await.map_err(CheckError::unavailable)?;
        let document = document.ok_or_else(CheckError::not_found)?;
        Ok(Allowed::when(document.owner == caller.id(), document))
    }
}
