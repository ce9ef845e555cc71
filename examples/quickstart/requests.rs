//! The requests of the quickstart, in one table: printed as curl lines, or made by `--check`.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::kinds::{Credential, Kind};

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
    caller: Caller,
    expected: Expected,
}

#[derive(Clone, Copy)]
enum Caller {
    Nobody,
    Alice,
    Bob,
    /// With a credential that is not good.
    Bad,
}

#[derive(Clone, Copy)]
enum Expected {
    /// 200
    Answer,
    /// 401, on a route that asks for this scope.
    Unauthorized { scope: &'static str },
    /// 403, and this scope would help.
    LacksScope(&'static str),
    /// 403
    Forbidden,
}

use Caller::{Alice, Bad, Bob, Nobody};
use Expected::{Answer, Forbidden, LacksScope, Unauthorized};

const REQUESTS: [Request; 10] = [
    request("GET", "/whoami", Nobody, Unauthorized { scope: "" }),
    request("GET", "/whoami", Alice, Answer),
    request("GET", "/whoami", Bad, Unauthorized { scope: "" }),
    request(
        "GET",
        "/orders",
        Nobody,
        Unauthorized {
            scope: "orders:read",
        },
    ),
    request("GET", "/orders", Alice, Answer),
    request("GET", "/orders", Bob, LacksScope("orders:read")),
    request("GET", "/orders/1", Alice, Answer),
    request("GET", "/orders/2", Alice, Forbidden),
    request("POST", "/orders/1/refund", Bob, Answer),
    request(
        "POST",
        "/orders/1/refund",
        Alice,
        LacksScope("orders:admin"),
    ),
];

const fn request(
    method: &'static str,
    path: &'static str,
    caller: Caller,
    expected: Expected,
) -> Request {
    Request {
        method,
        path,
        caller,
        expected,
    }
}

impl Kind {
    fn credential(&self, caller: Caller) -> Option<&Credential> {
        match caller {
            Nobody => None,
            Alice => Some(&self.alice),
            Bob => Some(&self.bob),
            Bad => Some(&self.bad.credential),
        }
    }

    /// The status, and the challenge if there is one.
    fn expected(
        &self,
        Request {
            caller, expected, ..
        }: &Request,
    ) -> String {
        let challenge = self.challenge;
        let scope = |scope: &str| match scope {
            "" => String::new(),
            _ if !self.explains => String::new(),
            scope => format!(", scope=\"{scope}\""),
        };
        match (expected, caller) {
            (Answer, _) => "200".to_owned(),
            (Unauthorized { scope: asked }, Bad) if self.explains => format!(
                "401 {challenge}, error=\"invalid_token\", error_description=\"{}\"{}",
                self.bad.description,
                scope(asked)
            ),
            (Unauthorized { scope: asked }, _) => format!("401 {challenge}{}", scope(asked)),
            (LacksScope(_) | Forbidden, _) if !self.explains => "403".to_owned(),
            (LacksScope(lacking), _) => format!(
                "403 {challenge}, error=\"insufficient_scope\", \
                 error_description=\"The access token lacks a required scope\"{}",
                scope(lacking)
            ),
            (Forbidden, _) => format!("403 {challenge}"),
        }
    }
}

/// What is guarded, the credentials as shell variables, and the requests as curl lines.
pub(crate) fn print(address: SocketAddr, kind: &Kind) {
    println!("Guarded:\n");
    for (route, rule) in GUARDED {
        println!("    {route:<28}  {rule}");
    }
    println!(
        "\nPaste these first. ALICE may read orders, BOB is the support and may write them.\n"
    );
    for Credential {
        variable, value, ..
    } in [&kind.alice, &kind.bob, &kind.bad.credential]
    {
        println!("{variable}={value}");
    }
    println!(
        "\nThen these. Above each is the status to expect, and the `WWW-Authenticate` field.\n"
    );
    for request in &REQUESTS {
        let Request { method, path, .. } = request;
        let method = match *method {
            "GET" => String::new(),
            other => format!("-X {other} "),
        };
        let credential = kind
            .credential(request.caller)
            .map(|Credential { curl, variable, .. }| {
                format!(" {}", curl.replace("{}", &format!("${variable}")))
            })
            .unwrap_or_default();
        let expected = kind.expected(request);
        println!("# {expected}\ncurl -i {method}http://{address}{path}{credential}\n");
    }
    println!("Listening on http://{address} until ctrl-c.");
}

/// Makes the requests and says whether each got what was expected.
pub(crate) async fn check(address: SocketAddr, kind: &Kind) -> io::Result<bool> {
    let mut differences = 0;
    for request in &REQUESTS {
        let Request { method, path, .. } = request;
        let credential = kind.credential(request.caller);
        let got = send(address, method, path, credential).await?;
        let expected = kind.expected(request);
        let verdict = if got == expected { "ok" } else { "DIFFERS" };
        let caller = credential.map_or("nobody", |credential| credential.variable);
        println!("{verdict:<9}{method} {path} {caller}");
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

/// One request over a connection of its own: the status and the challenges of the answer.
async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    credential: Option<&Credential>,
) -> io::Result<String> {
    let credential = credential
        .map(|Credential { header, .. }| format!("{header}\r\n"))
        .unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{credential}Connection: close\r\n\r\n"
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
