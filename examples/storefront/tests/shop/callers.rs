//! The callers of the tests and their credentials.

use std::time::Duration;

use auth_runtime::testing::{Issuer, Token};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::browser::Browser;
use crate::shop::{SECRET, Shop};

const AUDIENCE: &str = "https://api.storefront.example";
const MINUTE: Duration = Duration::from_secs(60);

/// The credential that a caller sends with every request.
#[derive(Clone)]
pub(crate) enum Sends {
    Nothing,
    Bearer(String),
    /// The user name ends with the number of the request, because failures for one account are limited.
    WrongPassword,
    Till,
    Header(String),
    /// The key that the shop printed.
    MachineKey,
    /// The cookie of a session, which a login with this name and password has started.
    Session(&'static str, &'static str),
}

pub(crate) const ALICE: (&str, &str) = ("alice", "a pot of sencha at four");
pub(crate) const SAM: (&str, &str) = ("sam", "refunds are for mondays");

pub(crate) struct Caller {
    pub(crate) name: &'static str,
    pub(crate) sends: Sends,
}

pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) callers: Vec<Caller>,
}

/// A token for a customer or a member of the staff.
pub(crate) fn customer(name: &str) -> Token {
    Issuer::with_secret("https://accounts.storefront.example", AUDIENCE, SECRET).token(name)
}

pub(crate) fn partner(name: &str) -> Token {
    Issuer::with_secret("https://id.partners.example", AUDIENCE, SECRET).token(name)
}

/// All callers.
pub(crate) fn groups() -> [Group; 4] {
    let alice = || customer("alice");
    let tea = || partner("tea-garden");
    let two_factors = |token: Token| token.acr("urn:storefront:two-factors");
    let all_of_customers = "account:write orders:read orders:write payments:write reviews:write";
    let all_of_partners =
        "offers:read offers:write payouts:read shipments:write stock:read stock:write";
    [
        group(
            "strangers",
            vec![
                caller("nobody", Sends::Nothing),
                bearer(
                    "expired",
                    &alice().scope(all_of_customers).expired_for(60 * MINUTE),
                ),
                caller("wrong password", Sends::WrongPassword),
            ],
        ),
        group(
            "customers",
            vec![
                bearer("alice", &alice()),
                bearer("alice account:write", &alice().scope("account:write")),
                bearer("alice orders:read", &alice().scope("orders:read")),
                bearer("alice orders:write", &alice().scope("orders:write")),
                bearer("alice payments:write", &alice().scope("payments:write")),
                bearer(
                    "alice payments:write, two factors",
                    &two_factors(alice().scope("payments:write")).authenticated_ago(MINUTE),
                ),
                bearer(
                    "alice payments:write, two factors an hour ago",
                    &two_factors(alice().scope("payments:write")).authenticated_ago(60 * MINUTE),
                ),
                bearer("alice reviews:write", &alice().scope("reviews:write")),
                bearer(
                    "alice reviews:write, verified",
                    &alice().scope("reviews:write").claim("email_verified", true),
                ),
                bearer(
                    "bob everything",
                    &two_factors(customer("bob").scope(all_of_customers))
                        .authenticated_ago(MINUTE)
                        .claim("email_verified", true),
                ),
                caller("alice's browser", Sends::Session(ALICE.0, ALICE.1)),
                caller("till", Sends::Till),
            ],
        ),
        group(
            "staff",
            vec![
                bearer("moderator", &customer("mo").role("moderator")),
                bearer("support", &customer("sam").role("support")),
                caller("support's browser", Sends::Session(SAM.0, SAM.1)),
                bearer("admin", &customer("ada").role("admin")),
                bearer(
                    "admin just logged in",
                    &customer("ada").role("admin").authenticated_ago(MINUTE),
                ),
            ],
        ),
        group(
            "partners",
            vec![
                bearer("tea-garden", &tea()),
                bearer("tea-garden offers:read", &tea().scope("offers:read")),
                bearer("tea-garden offers:write", &tea().scope("offers:write")),
                bearer("tea-garden payouts:read", &tea().scope("payouts:read")),
                bearer(
                    "tea-garden shipments:write",
                    &tea().scope("shipments:write"),
                ),
                bearer("tea-garden stock:read", &tea().scope("stock:read")),
                bearer("tea-garden stock:write", &tea().scope("stock:write")),
                caller("tea-garden's machine", Sends::MachineKey),
                bearer(
                    "potter everything",
                    &partner("potter").scope(all_of_partners),
                ),
                // The issuer of the partners cannot grant these.
                bearer(
                    "a would-be admin",
                    &tea()
                        .scope(all_of_customers)
                        .role("admin")
                        .authenticated_ago(MINUTE),
                ),
            ],
        ),
    ]
}

fn group(name: &'static str, callers: Vec<Caller>) -> Group {
    Group { name, callers }
}

fn caller(name: &'static str, sends: Sends) -> Caller {
    Caller { name, sends }
}

fn bearer(name: &'static str, token: &Token) -> Caller {
    caller(name, Sends::Bearer(token.sign()))
}

impl Sends {
    /// The same, with the session started and the key looked up.
    pub(crate) fn at(&self, shop: &Shop) -> Self {
        match self {
            Self::Session(name, password) => {
                let browser = Browser::open(shop);
                browser.log_in((name, password));
                Self::Header(browser.cookie())
            }
            Self::MachineKey => Self::Header(shop.machine.clone()),
            other => other.clone(),
        }
    }

    /// The header field of the request with this number.
    pub(crate) fn header(&self, number: usize) -> Option<String> {
        let basic = |user: &str, password: &str| {
            let credentials = STANDARD.encode(format!("{user}:{password}"));
            Some(format!("Authorization: Basic {credentials}"))
        };
        match self {
            Self::Nothing | Self::MachineKey | Self::Session(..) => None,
            Self::Bearer(token) => Some(format!("Authorization: Bearer {token}")),
            Self::WrongPassword => basic(&format!("till-{number}"), "guessed"),
            Self::Till => basic("till-7", "a receipt for everybody"),
            Self::Header(line) => Some(line.clone()),
        }
    }
}
