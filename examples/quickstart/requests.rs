//! The requests of the quickstart, in one table: printed as curl lines, or made by `--check`.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use auth_runtime::testing::Issuer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const GUARDED: [(&str, &str); 4] = [
    ("GET  /whoami", "#[require_auth]"),
    ("GET  /orders", r#"#[require_auth(scope = "orders:read")]"#),
    (
        "GET  /orders/{number}",
        r#"#[require_auth(scope = "orders:read", check("owns the order") = ..)]"#,
    ),
    (
        "POST /orders/{number}/refund",
        r#"#[require_auth(any(scope = "orders:admin", all(scope = "orders:write", role = "support")))]"#,
    ),
];

struct Request {
    method: &'static str,
    path: &'static str,
    /// The name of a token.
    caller: Option<&'static str>,
    /// The status, and the challenge if there is one.
    expected: &'static str,
}

const REQUESTS: [Request; 10] = [
    request("GET", "/whoami", None, r#"401 Bearer realm="api""#),
    request("GET", "/whoami", Some("ALICE"), "200"),
    request(
        "GET",
        "/whoami",
        Some("EXPIRED"),
        r#"401 Bearer realm="api", error="invalid_token", error_description="The access token expired""#,
    ),
    request(
        "GET",
        "/orders",
        None,
        r#"401 Bearer realm="api", scope="orders:read""#,
    ),
    request("GET", "/orders", Some("ALICE"), "200"),
    request(
        "GET",
        "/orders",
        Some("BOB"),
        r#"403 Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="orders:read""#,
    ),
    request("GET", "/orders/1", Some("ALICE"), "200"),
    request(
        "GET",
        "/orders/2",
        Some("ALICE"),
        r#"403 Bearer realm="api""#,
    ),
    request("POST", "/orders/1/refund", Some("BOB"), "200"),
    request(
        "POST",
        "/orders/1/refund",
        Some("ALICE"),
        r#"403 Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="orders:admin""#,
    ),
];

const fn request(
    method: &'static str,
    path: &'static str,
    caller: Option<&'static str>,
    expected: &'static str,
) -> Request {
    Request {
        method,
        path,
        caller,
        expected,
    }
}

fn tokens(issuer: &Issuer) -> [(&'static str, String); 3] {
    let alice = issuer.token("alice").scope("orders:read");
    let bob = issuer.token("bob").scope("orders:write").role("support");
    let expired = alice.clone().expired_for(Duration::from_secs(3600));
    let a_day = Duration::from_secs(24 * 3600);
    [
        ("ALICE", alice.expires_in(a_day).sign()),
        ("BOB", bob.expires_in(a_day).sign()),
        ("EXPIRED", expired.sign()),
    ]
}

/// What is guarded, the tokens as shell variables, and the requests as curl lines.
pub(crate) fn print(address: SocketAddr, issuer: &Issuer) {
    println!("Guarded:\n");
    for (route, rule) in GUARDED {
        println!("    {route:<28}  {rule}");
    }
    println!(
        "\nPaste these first. ALICE may read orders, BOB is the support and may write them.\n"
    );
    for (name, token) in tokens(issuer) {
        println!("{name}={token}");
    }
    println!(
        "\nThen these. Above each is the status to expect, and the `WWW-Authenticate` field.\n"
    );
    for Request {
        method,
        path,
        caller,
        expected,
    } in REQUESTS
    {
        let method = if method == "GET" {
            String::new()
        } else {
            format!("-X {method} ")
        };
        let authorization = match caller {
            Some(name) => format!(" -H \"Authorization: Bearer ${name}\""),
            None => String::new(),
        };
        println!("# {expected}\ncurl -i {method}http://{address}{path}{authorization}\n");
    }
    println!("Listening on http://{address} until ctrl-c.");
}

/// Makes the requests and says whether each got what was expected.
pub(crate) async fn check(address: SocketAddr, issuer: &Issuer) -> io::Result<bool> {
    let tokens = tokens(issuer);
    let mut differences = 0;
    for Request {
        method,
        path,
        caller,
        expected,
    } in REQUESTS
    {
        let token = tokens
            .iter()
            .find(|(name, _)| caller == Some(name))
            .map(|(_, token)| token);
        let got = send(address, method, path, token).await?;
        let verdict = if got == expected { "ok" } else { "DIFFERS" };
        println!(
            "{verdict:<9}{method} {path} {}",
            caller.unwrap_or("without a token")
        );
        println!("         expected  {expected}");
        println!("         got       {got}\n");
        differences += usize::from(got != expected);
    }
    println!(
        "{} requests, {differences} different from what was expected",
        REQUESTS.len()
    );
    Ok(differences == 0)
}

/// One request over a connection of its own: the status and the challenge of the answer.
async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&String>,
) -> io::Result<String> {
    let authorization = match token {
        Some(token) => format!("Authorization: Bearer {token}\r\n"),
        None => String::new(),
    };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{authorization}Connection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;

    let mut head = answer.lines().take_while(|line| !line.is_empty());
    let status = head
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or("no answer");
    let challenges = head.filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("WWW-Authenticate")
            .then_some(value)
    });
    Ok(std::iter::once(status)
        .chain(challenges)
        .collect::<Vec<_>>()
        .join(" "))
}
