//! Tokens and curl lines to paste.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::testing::Issuer;

const AN_HOUR: Duration = Duration::from_secs(3600);

enum Step<'a> {
    /// A request of a user.
    Orders { token: &'a str, expected: &'a str },
    /// What somebody wants to be revoked.
    Revoke {
        token: &'a str,
        body: String,
        expected: &'a str,
    },
}

use Step::{Orders, Revoke};

/// The tokens as shell variables, and the requests.
pub(crate) fn print(address: SocketAddr, issuer: &Issuer) {
    let now = SystemTime::now();
    let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
    // A list in Redis remembers those of earlier starts.
    let start = since(now).as_millis();
    let expires = since(now + AN_HOUR).as_secs();

    let user = |subject: &str, jti: &str, session: &str| {
        let token = issuer.token(subject).scope("orders:read");
        token
            .claim("jti", format!("{jti}-{start}"))
            .claim("sid", format!("{session}-{start}"))
            .claim("exp", expires)
            .sign()
    };
    let administrator = issuer
        .token("root")
        .role("admin")
        .expires_in(AN_HOUR)
        .sign();
    println!("Paste these first. ALICE and PHONE are of one user, from two log-ins.\n");
    println!("ALICE={}", user("alice", "desk", "desk"));
    println!("PHONE={}", user("alice", "phone", "phone"));
    println!("BOB={}", user("bob", "bob", "bob"));
    println!("ADMIN={administrator}");

    let revoked = "401 Bearer realm=\"api\", error=\"invalid_token\", \
                   error_description=\"The access token was revoked\", scope=\"orders:read\"";
    let orders = |token, expected| Orders { token, expected };
    let revoke = |body: String| Revoke {
        token: "ADMIN",
        body,
        expected: "204",
    };
    let steps = [
        orders("ALICE", "200"),
        Revoke {
            token: "ALICE",
            body: r#"{"subject": "bob"}"#.to_owned(),
            expected: "403 Bearer realm=\"api\"",
        },
        revoke(format!(
            r#"{{"token": {{"jti": "desk-{start}", "exp": {expires}}}}}"#
        )),
        orders("ALICE", revoked),
        orders("PHONE", "200"),
        revoke(format!(r#"{{"session": "phone-{start}"}}"#)),
        orders("PHONE", revoked),
        orders("BOB", "200"),
        revoke(r#"{"subject": "bob"}"#.to_owned()),
        orders("BOB", revoked),
    ];
    println!("\nThen these, in their order. Above each is the status to expect, and the");
    println!("`WWW-Authenticate` field.\n");
    for step in &steps {
        match step {
            Orders { token, expected } => println!(
                "# {expected}\ncurl -i http://{address}/orders -H \"Authorization: Bearer ${token}\"\n"
            ),
            Revoke {
                token,
                body,
                expected,
            } => println!(
                "# {expected}\ncurl -i --json '{body}' http://{address}/admin/revocations \
                 -H \"Authorization: Bearer ${token}\"\n"
            ),
        }
    }
    println!("Listening on http://{address} until ctrl-c.");
}
