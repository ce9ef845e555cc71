//! Some callers, and curl commands with their credentials to paste.

use std::net::SocketAddr;
use std::time::Duration;

use crate::trust::{ALICE, CODES_OF_ALICE, SAM, TILL, Trust};

const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// The status to expect and why, the path, and the other arguments of curl.
const REQUESTS: [(&str, &str, &str); 23] = [
    ("200, the products are public", "/products", ""),
    ("200, members pay less", "/products", r#"-H "$ALICE""#),
    ("401, orders need a caller", "/orders", ""),
    ("200", "/orders", r#"-H "$ALICE""#),
    (
        "200, a till logs in with a password",
        "/orders",
        r#"-u "$TILL""#,
    ),
    ("200", "/orders/1", r#"-H "$ALICE""#),
    (
        "403, the order belongs to Bob",
        "/orders/2",
        r#"-H "$ALICE""#,
    ),
    (
        "401, a payment needs a new login with two factors",
        "/orders/1/payment",
        r#"-X POST -H "$ALICE""#,
    ),
    (
        "200, for five minutes after that login",
        "/orders/1/payment",
        r#"-X POST -H "$ALICE_JUST_LOGGED_IN""#,
    ),
    (
        "403, Alice is not on the staff",
        "/backoffice/whoami",
        r#"-H "$ALICE""#,
    ),
    ("200, Sam is", "/backoffice/whoami", r#"-H "$SAM""#),
    ("200", "/backoffice/handbook/refunds.md", r#"-H "$SAM""#),
    ("200, a partner", "/partners/offers", r#"-H "$PARTNER""#),
    (
        "200, a machine of the partner",
        "/partners/offers",
        r#"-H "$MACHINE""#,
    ),
    (
        "401, Alice is not a partner",
        "/partners/offers",
        r#"-H "$ALICE""#,
    ),
    (
        "404, the route is hidden from the machine",
        "/partners/payouts",
        r#"-H "$MACHINE""#,
    ),
    (
        "303, a browser is sent to the login page",
        "/settings",
        "-H 'Accept: text/html'",
    ),
    (
        "303, Alice logs in and gets a cookie",
        "/login",
        r#"-c "$COOKIES" -d "$LOG_IN""#,
    ),
    ("200, her account", "/settings", r#"-b "$COOKIES""#),
    (
        "200, the API accepts the session too",
        "/orders",
        r#"-b "$COOKIES""#,
    ),
    (
        "403, a page of another site cannot use her session",
        "/logout/everywhere",
        r#"-b "$COOKIES" -H 'Origin: https://evil.example' -X POST"#,
    ),
    (
        "303, she logs out everywhere",
        "/logout/everywhere",
        r#"-b "$COOKIES" -X POST"#,
    ),
    (
        "401, the session of the cookie has ended",
        "/orders",
        r#"-b "$COOKIES""#,
    ),
];

/// The credentials as shell variables, and the requests.
pub(crate) fn print(address: SocketAddr, trust: &Trust) {
    println!("Open http://{address}/settings in a browser, and log in as one of these:");
    for (name, password) in [ALICE, SAM] {
        println!("  {name}, with the password: {password}");
    }
    println!(
        "  {} has one-time codes: {}\n",
        ALICE.0,
        CODES_OF_ALICE.join(", ")
    );
    println!("Or paste these commands into another terminal, all at once or one by one.");
    println!("Each curl command prints the response, and then the status to expect.\n");
    for (name, credential) in credentials(trust) {
        println!("{name}='{credential}'");
    }
    println!("COOKIES=$(mktemp)");
    println!();
    for (expected, path, arguments) in REQUESTS {
        let line =
            format!("curl -iw '\\nExpected: {expected}\\n\\n' http://{address}{path} {arguments}");
        println!("{}", line.trim_end());
    }
    println!("\nListening on http://{address} until Ctrl-C.");
}

fn credentials(trust: &Trust) -> [(&'static str, String); 7] {
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
        (
            "LOG_IN",
            format!("name={}&password={}", ALICE.0, ALICE.1.replace(' ', "+")),
        ),
    ]
}
