//! The two `Auth`s. Customers and partners do not share credentials: each `Auth` verifies those of its routes.

use auth_runtime::api_key::{ApiKey, MemoryApiKeys, NewApiKey};
use auth_runtime::testing::Issuer;
use auth_runtime::users::{PasswordHashing, User, Users};
use auth_runtime::{ApiKeys, Auth, AuthBuilder, Basic, BoxError};

use crate::answers::NOT_FOUND;
use crate::scopes;

const AUDIENCE: &str = "https://api.storefront.example";
/// The issuer of customers and staff.
pub(crate) const ACCOUNTS: &str = "https://accounts.storefront.example";
/// The issuer of partners.
pub(crate) const PARTNERS: &str = "https://id.partners.example";

/// The till in the shop has a password.
pub(crate) const TILL: (&str, &str) = ("till-7", "a receipt for everybody");

pub(crate) struct Trust {
    pub(crate) customers: Auth,
    pub(crate) partners: Auth,
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
    pub(crate) async fn new(issuers: Issuers) -> Result<Self, BoxError> {
        let hashing = PasswordHashing::default();
        let (till, password) = TILL;
        let till_may =
            User::new(hashing.hash(password)?).scopes([scopes::ORDERS_READ, scopes::ORDERS_WRITE]);
        let customers = common("storefront")
            .scopes(&scopes::OF_CUSTOMERS)
            .bearer(issuers.accounts.jwt())
            .basic(Basic::users(Users::new().add(till, till_may)))
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
            issuers,
            partner_key,
        })
    }
}

fn common(realm: &str) -> AuthBuilder {
    Auth::builder()
        .realm(realm)
        .not_found(|_| NOT_FOUND.rendering())
        // The proxy for TLS runs on the same machine.
        .trusted_proxies(["127.0.0.1", "::1"])
}
