//! The access map of a typical API, and a small one.

use super::*;
use crate::access_map::AccessMap;
use crate::auth::AuthBuilder;
use crate::authenticator::{AuthenticationOutcome, Authenticator, CredentialRequest};
use crate::credential::Source;
use crate::identity::Provides;
use crate::policy::{ClaimValue, Hide};
use crate::scheme::Scheme;

const GATEWAY: Scheme = Scheme::new("Gateway");

/// A kind of credential that is never presented.
struct Kind(Scheme);

impl Authenticator for Kind {
    fn scheme(&self) -> Scheme {
        self.0
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::header("x-kind")]
    }

    fn provides(&self) -> Provides {
        Provides::ALL
    }

    fn authenticate<'a>(&'a self, _: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        AuthenticationOutcome::Absent
    }
}

const ADMIN: Scope = Scope::new("orders:admin");
const READ: Scope = Scope::new("orders:read");
const WRITE: Scope = Scope::new("orders:write");

pub(super) const TWO_ROUTES: &str = r#"auth api: Bearer
  scope orders:admin implies orders:read
  scope orders:read

METHOD   PATH                            HANDLER                         RULE
GET      /health                         shop::health                    anonymous: health probe
GET      /orders/{id}                    shop::orders::show              any(scope = "orders:read", check("is the owner"))
"#;

fn two_scopes() -> AuthBuilder {
    Auth::builder()
        .bearer(jwt())
        .scopes(&[ADMIN, READ])
        .scope_implies(ADMIN, &[READ])
}

pub(super) fn two_routes() -> AccessMap {
    two_routes_at(two_scopes())
}

/// The same in report-only mode.
pub(super) fn reporting() -> AccessMap {
    two_routes_at(two_scopes().report_only(([127, 0, 0, 1], 3000)))
}

fn two_routes_at(auth: AuthBuilder) -> AccessMap {
    let auth = auth.build().unwrap();
    let show = any(vec![scope("orders:read"), check(0, Some("is the owner"))]);
    AccessMap::new(vec![
        route(
            Method::Get,
            "/orders/{id}",
            required("shop::orders::show", show),
        )
        .at(&auth),
        route(
            Method::Get,
            "/health",
            Rule::anonymous("shop::health", "health probe"),
        )
        .at(&auth),
    ])
}

pub(super) fn api() -> AccessMap {
    let auth = Auth::builder()
        .bearer(jwt())
        .authenticator(Kind(Scheme::API_KEY))
        .scopes(&[ADMIN, WRITE, READ])
        .scopes(&["refunds", "pay", "reports:read", "profile"].map(Scope::new))
        .scope_implies(ADMIN, &[WRITE])
        .scope_implies(WRITE, &[READ])
        .build()
        .unwrap();
    let partner = Auth::builder()
        .authenticator(Kind(Scheme::BASIC))
        .authenticator(Kind(GATEWAY))
        .realm("partner")
        .build()
        .unwrap();
    let shop = [public(), orders(), money(), account(), administration()].concat();
    let shop = shop.into_iter().map(|row| row.at(&auth));
    let partners = partners().into_iter().map(|row| row.at(&partner));
    AccessMap::new(shop.chain(partners).collect())
}

fn public() -> Vec<AccessRoute> {
    let open = |path, name, reason| route(Method::Get, path, Rule::anonymous(name, reason));
    vec![
        open("/health", "shop::health", "health probe"),
        open("/openapi.json", "shop::openapi", "the API's description"),
        open(
            "/catalogue/{*path}",
            "shop::catalogue::show",
            "the catalogue is public",
        ),
        route(Method::Get, "/", Rule::optional("shop::home")),
        unguarded(
            RouteKind::OtherMethods,
            "/assets/{*file}",
            "tower_http::services::fs::ServeDir",
            Some("images and styles of the shop"),
        ),
        unguarded(
            RouteKind::Fallback,
            "/",
            "shop::not_found",
            Some("there is nothing to see"),
        ),
    ]
}

fn orders() -> Vec<AccessRoute> {
    let owner = || check(0, Some("owns the order"));
    let rule = |name, requirement| required(name, requirement);
    vec![
        route(
            Method::Get,
            "/orders",
            rule("shop::orders::list", scope("orders:read")),
        ),
        route(
            Method::Post,
            "/orders",
            rule("shop::orders::create", scope("orders:write")),
        ),
        route(
            Method::Get,
            "/orders/{id}",
            rule(
                "shop::orders::show",
                any(vec![
                    scope("orders:admin"),
                    all(vec![scope("orders:read"), owner()]),
                ]),
            ),
        ),
        route(
            Method::Patch,
            "/orders/{id}",
            rule(
                "shop::orders::change",
                all(vec![
                    scope("orders:write"),
                    any(vec![owner(), role("support")]),
                    not(role("trial")),
                ]),
            ),
        ),
        route(
            Method::Delete,
            "/orders/{id}",
            Rule {
                hide: Hide::Forbidden,
                ..rule("shop::orders::remove", scope("orders:admin"))
            },
        ),
        route(
            Method::Get,
            "/orders/{id}/events",
            rule(
                "shop::orders::follow",
                all(vec![scope("orders:read"), owner()]),
            ),
        ),
        route(
            Method::Post,
            "/orders/{id}/notes",
            rule(
                "shop::orders::notes::add",
                any(vec![role("support"), role("warehouse")]),
            ),
        ),
    ]
}

fn money() -> Vec<AccessRoute> {
    let can_refund = || {
        required(
            "shop::money::CanRefund",
            any(vec![scope("refunds"), role("support")]),
        )
    };
    vec![
        route(
            Method::Post,
            "/payments",
            Rule {
                schemes: &[Scheme::BEARER],
                acr: &["urn:example:gold"],
                max_age: Some(300),
                ..required("shop::money::pay", scope("pay"))
            },
        ),
        route(Method::Post, "/refunds", can_refund()).served_by("shop::money::Refunds::create"),
        route(
            Method::Post,
            "/refunds/all",
            required(
                "shop::money::refund_all",
                all(vec![policy(can_refund()), not(role("trial"))]),
            ),
        ),
        route(
            Method::Get,
            "/invoices/{id}",
            required(
                "shop::money::invoice",
                any(vec![role("accounting"), check(0, None)]),
            ),
        ),
        route(
            Method::Get,
            "/reports",
            required(
                "shop::money::reports",
                all(vec![
                    scope("reports:read"),
                    Requirement::Claim {
                        name: "/tenant/plan",
                        value: ClaimValue::Text { value: "business" },
                    },
                ]),
            ),
        ),
    ]
}

fn account() -> Vec<AccessRoute> {
    let verified = Requirement::Claim {
        name: "email_verified",
        value: ClaimValue::Boolean { value: true },
    };
    vec![
        route(Method::Get, "/me", Rule::required("shop::account::me")),
        route(
            Method::Put,
            "/me",
            required(
                "shop::account::change",
                all(vec![scope("profile"), verified]),
            ),
        ),
        route(
            Method::Delete,
            "/me",
            Rule {
                max_age: Some(600),
                ..required("shop::account::close", scope("profile"))
            },
        ),
        route(
            Method::Get,
            "/me/keys",
            Rule {
                schemes: &[Scheme::BEARER],
                ..Rule::required("shop::account::keys")
            },
        ),
    ]
}

fn administration() -> Vec<AccessRoute> {
    let staff = || Rule {
        schemes: &[Scheme::BEARER],
        ..required("shop::admin::Staff", role("staff"))
    };
    vec![
        route(
            Method::Get,
            "/admin/users",
            required("shop::admin::users", role("admin")),
        )
        .and(staff()),
        route(
            Method::Post,
            "/admin/users/{id}/block",
            required(
                "shop::admin::block",
                all(vec![role("admin"), not(on_probation())]),
            ),
        )
        .and(staff()),
        route(
            Method::Get,
            "/admin/metrics",
            Rule::required("shop::admin::metrics"),
        )
        .and(staff()),
        route(
            Method::Connect,
            "/admin/console",
            Rule {
                hide: Hide::Always,
                ..required("shop::admin::console", role("operator"))
            },
        )
        .and(staff()),
    ]
}

/// The roles of callers on probation.
fn on_probation() -> Requirement {
    any(vec![role("trial"), role("probation")])
}

fn partners() -> Vec<AccessRoute> {
    let gateway = |method, path, name| {
        let rule = Rule {
            schemes: &[GATEWAY],
            ..Rule::required(name)
        };
        route(method, path, rule)
    };
    vec![
        gateway(Method::Post, "/partner/stock", "shop::partner::stock"),
        gateway(Method::Get, "/partner/orders", "shop::partner::orders"),
        route(
            Method::Get,
            "/partner/prices",
            required("shop::partner::prices", role("reseller")),
        ),
        route(
            Method::Get,
            "/partner/status",
            Rule::anonymous(
                "shop::partner::status",
                "their monitoring asks every minute",
            ),
        ),
    ]
}
