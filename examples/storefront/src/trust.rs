//! The two `Auth`s. Customers and partners do not share credentials: each `Auth` verifies those of its routes.

use auth_runtime::api_key::{ApiKey, MemoryApiKeys, NewApiKey};
use auth_runtime::session::{MemorySessions, SessionStore};
use auth_runtime::testing::Issuer;
use auth_runtime::users::{PasswordHashing, User, Users};
use auth_runtime::{ApiKeys, Auth, AuthBuilder, Basic, BoxError, Scheme, Sessions};

use crate::answers::NOT_FOUND;
use crate::pages::{Pages, render_denial};
use crate::users::ShopUsers;
use crate::{policies, scopes};

const AUDIENCE: &str = "https://api.storefront.example";
/// The issuer of customers and staff.
pub(crate) const ACCOUNTS: &str = "https://accounts.storefront.example";
/// The issuer of partners.
pub(crate) const PARTNERS: &str = "https://id.partners.example";

/// The till in the shop has a password.
pub(crate) const TILL: (&str, &str) = ("till-7", "a receipt for everybody");

/// A customer and a member of the staff, who log in with a browser. In production nobody's password is in the code.
pub(crate) const ALICE: (&str, &str) = ("alice", "a pot of sencha at four");
pub(crate) const SAM: (&str, &str) = ("sam", "refunds are for mondays");
/// The one-time codes of Alice, each for one login.
pub(crate) const CODES_OF_ALICE: [&str; 3] = ["2846-9173-0562", "7315-0428-9961", "5509-3874-1206"];

pub(crate) struct Trust {
    pub(crate) customers: Auth,
    pub(crate) partners: Auth,
    /// For the pages, which start sessions and create API keys.
    pub(crate) pages: Pages,
    /// In production the issuers are other servers.
    pub(crate) issuers: Issuers,
    /// The key of the machines of the partner `tea-garden`.
    pub(crate) partner_key: ApiKey,
}

pub(crate) struct Issuers {
    pub(crate) accounts: Issuer,
    pub(crate) partners: Issuer,
}

impl Issuers {
    /// With new keys, or with a secret, so that the tests can sign tokens as well.
    pub(crate) fn new(secret: Option<&str>) -> Self {
        let issuer = |name| match secret {
            Some(secret) => Issuer::with_secret(name, AUDIENCE, secret),
            None => Issuer::new(name, AUDIENCE),
        };
        Self {
            accounts: issuer(ACCOUNTS),
            partners: issuer(PARTNERS),
        }
    }
}

impl Trust {
    /// `origin` is the address that browsers show.
    pub(crate) async fn new(issuers: Issuers, origin: &str) -> Result<Self, BoxError> {
        let (till, password) = TILL;
        let till_may = user(password)?.scopes([scopes::ORDERS_READ, scopes::ORDERS_WRITE]);
        let pages = pages()?;
        let customers = common("storefront")
            .scopes(&scopes::OF_CUSTOMERS)
            .bearer(issuers.accounts.jwt())
            .basic(Basic::users(Users::new().add(till, till_may)))
            .api_keys(pages.keys.clone())
            .sessions(pages.sessions.clone())
            .public_origin(origin)
            .renderer(render_denial())
            .build()?;

        // With the issuer of the partners a key belongs to the same caller as a token with the same subject.
        let keys = ApiKeys::new(MemoryApiKeys::new()).issuer(PARTNERS);
        let machines = NewApiKey::new("tea-garden").scopes([
            scopes::OFFERS_READ,
            scopes::SHIPMENTS_WRITE,
            scopes::STOCK_READ,
            scopes::STOCK_WRITE,
        ]);
        let (_, partner_key) = keys.create(machines).await?;
        let no_roles: [&str; 0] = [];
        let partners = common("partners")
            .scopes(&scopes::OF_PARTNERS)
            // Whoever may set the stock may read it.
            .scope_implies(scopes::STOCK_WRITE, &[scopes::STOCK_READ])
            .bearer(issuers.partners.jwt().grants(scopes::OF_PARTNERS, no_roles))
            .api_keys(keys)
            .build()?;

        Ok(Self {
            customers,
            partners,
            pages,
            issuers,
            partner_key,
        })
    }
}

/// With the issuer of the customers, a session, an API key and a token of Alice belong to one caller.
fn pages() -> Result<Pages, BoxError> {
    let (alice, password) = ALICE;
    let alice_may = user(password)?.scopes(scopes::OF_CUSTOMERS);
    let (sam, password) = SAM;
    let sam_may = user(password)?.roles([policies::SUPPORT]);
    let users = ShopUsers::new()
        .add(alice, alice_may, &CODES_OF_ALICE)
        .add(sam, sam_may, &[]);
    let basic = Basic::users(users.clone()).issuer(ACCOUNTS);
    let passwords = Auth::builder().basic(basic.clone());
    Ok(Pages {
        sessions: Sessions::new(session_store()),
        basic,
        passwords: passwords.build()?,
        users,
        keys: customer_keys(),
    })
}

/// A key is sent like a token, in `Authorization: Bearer`.
pub(crate) fn customer_keys() -> ApiKeys {
    ApiKeys::new(MemoryApiKeys::new())
        .issuer(ACCOUNTS)
        .label("shop")
        .without_header()
        .authorization_prefix(Scheme::BEARER, "shop_")
}

/// In memory, so all browsers are logged out when the shop is started again.
fn session_store() -> impl SessionStore {
    MemorySessions::new()
}

fn user(password: &str) -> Result<User, BoxError> {
    Ok(User::new(PasswordHashing::default().hash(password)?))
}

fn common(realm: &str) -> AuthBuilder {
    Auth::builder()
        .realm(realm)
        .not_found(|_| NOT_FOUND.rendering())
        // The proxy for TLS runs on the same machine.
        .trusted_proxies(["127.0.0.1", "::1"])
}
