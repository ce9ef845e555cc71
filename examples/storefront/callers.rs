//! Some callers, and what becomes of their requests: curl lines to paste.

use std::net::SocketAddr;
use std::time::Duration;

use crate::trust::{TILL, Trust};

const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// The status to expect and why, the path, and what curl is told besides.
const REQUESTS: [(&str, &str, &str); 16] = [
    ("200 anybody may look", "/products", ""),
    ("200 members pay less", "/products", r#"-H "$ALICE""#),
    ("401 nobody in particular has no orders", "/orders", ""),
    ("200", "/orders", r#"-H "$ALICE""#),
    ("200 a till logs in by password", "/orders", r#"-u "$TILL""#),
    ("200", "/orders/1", r#"-H "$ALICE""#),
    ("403 that one is Bob's", "/orders/2", r#"-H "$ALICE""#),
    (
        "401 she has to log in again, with two factors",
        "/orders/1/payment",
        r#"-X POST -H "$ALICE""#,
    ),
    (
        "200 as she has now, for five minutes",
        "/orders/1/payment",
        r#"-X POST -H "$ALICE_JUST_LOGGED_IN""#,
    ),
    (
        "403 she does not work here",
        "/backoffice/whoami",
        r#"-H "$ALICE""#,
    ),
    ("200 Sam does", "/backoffice/whoami", r#"-H "$SAM""#),
    ("200", "/backoffice/handbook/refunds.md", r#"-H "$SAM""#),
    ("200 a partner", "/partners/offers", r#"-H "$PARTNER""#),
    (
        "200 and their machine",
        "/partners/offers",
        r#"-H "$MACHINE""#,
    ),
    (
        "401 Alice is a customer",
        "/partners/offers",
        r#"-H "$ALICE""#,
    ),
    (
        "404 the machine is not told that there is such a thing",
        "/partners/payouts",
        r#"-H "$MACHINE""#,
    ),
];

/// The credentials as shell variables, and the requests.
pub(crate) fn print(address: SocketAddr, trust: &Trust) {
    println!("Paste these first.\n");
    for (name, credential) in credentials(trust) {
        println!("{name}='{credential}'");
    }
    println!("\nThen these. Above each is the status to expect.\n");
    for (expected, path, arguments) in REQUESTS {
        let line = format!("curl -i http://{address}{path} {arguments}");
        println!("# {expected}\n{}\n", line.trim_end());
    }
    println!("Listening on http://{address} until ctrl-c.");
}

fn credentials(trust: &Trust) -> [(&'static str, String); 6] {
    let issuers = &trust.issuers;
    let alice = issuers
        .accounts
        .token("alice")
        .expires_in(A_DAY)
        .scope("account:write orders:read orders:write payments:write reviews:write");
    let two_factors = alice
        .clone()
        .acr("urn:storefront:two-factors")
        .authenticated_ago(Duration::ZERO);
    let sam = issuers.accounts.token("sam").expires_in(A_DAY);
    let partner = issuers.partners.token("tea-garden").expires_in(A_DAY);
    let bearer = |token: String| format!("Authorization: Bearer {token}");
    let (till, password) = TILL;
    [
        ("ALICE", bearer(alice.sign())),
        ("ALICE_JUST_LOGGED_IN", bearer(two_factors.sign())),
        ("SAM", bearer(sam.role("support").sign())),
        ("TILL", format!("{till}:{password}")),
        (
            "PARTNER",
            bearer(partner.scope("offers:read payouts:read").sign()),
        ),
        (
            "MACHINE",
            format!("X-API-Key: {}", trust.partner_key.reveal()),
        ),
    ]
}
