//! The rules for the claims of one issuer, and the identity that is read from them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::registered::{self, Lifetime};
use super::source::{ClaimSource, ClaimSources, SingleString, Unread};
use super::{Grants, RequiredValues, text};
use crate::authenticator::FaultDetail;
use crate::bearer::IssuerFault;
use crate::bearer::parse::{Json, Members};
use crate::identity::{Held, IdentityData, IdentityId, Provides, Revocable};
use crate::keys::is_metadata_address;
use crate::scheme::Scheme;
use crate::scope::Scopes;
use crate::token_fault::TokenFault;

/// The rules as configured.
#[derive(Debug)]
pub(in crate::bearer) struct ClaimRules {
    pub(in crate::bearer) audiences: Vec<String>,
    pub(in crate::bearer) audience_claim: ClaimSource,
    pub(in crate::bearer) leeway: Duration,
    pub(in crate::bearer) subject_claim: ClaimSource,
    pub(in crate::bearer) required_claims: Vec<ClaimSource>,
    pub(in crate::bearer) required_values: RequiredValues,
    pub(in crate::bearer) scopes: Option<Vec<ClaimSource>>,
    pub(in crate::bearer) roles: Option<Vec<ClaimSource>>,
    pub(in crate::bearer) grants: Option<Grants>,
}

const AUDIENCE: &str = "aud";

/// Row B11 of the conformance table: clocks may differ by five minutes at most.
const MAX_LEEWAY: Duration = Duration::from_secs(300);

impl Default for ClaimRules {
    fn default() -> Self {
        Self {
            audiences: Vec::new(),
            audience_claim: ClaimSource::from(AUDIENCE),
            leeway: Duration::from_secs(60),
            subject_claim: ClaimSource::from("sub"),
            required_claims: Vec::new(),
            required_values: RequiredValues::default(),
            scopes: None,
            roles: None,
            grants: None,
        }
    }
}

impl ClaimRules {
    pub(in crate::bearer) fn check(&self, needs_audience: bool, faults: &mut Vec<IssuerFault>) {
        if needs_audience && self.audiences.is_empty() {
            faults.push(IssuerFault::NoAudience);
        }
        if self.audiences.iter().any(String::is_empty) {
            faults.push(IssuerFault::EmptyAudience);
        }
        if self.leeway > MAX_LEEWAY {
            faults.push(IssuerFault::LeewayTooLong);
        }
        let sources = self.scopes.iter().chain(&self.roles).flatten();
        let names = sources
            .chain(&self.required_claims)
            .chain(self.required_values.claims())
            .chain([&self.subject_claim, &self.audience_claim]);
        for _ in names.filter(|source| source.path().is_empty()) {
            faults.push(IssuerFault::EmptyClaimName);
        }
    }
}

/// Checks the name of an issuer.
pub(in crate::bearer) fn check_issuer(issuer: &str, faults: &mut Vec<IssuerFault>) {
    if issuer.is_empty() {
        faults.push(IssuerFault::EmptyIssuer);
    }
    if is_metadata_address(issuer) {
        faults.push(IssuerFault::MetadataAddress);
    }
}

/// Checked [`ClaimRules`].
pub(in crate::bearer) struct ClaimReader {
    audiences: Vec<String>,
    audience_claim: ClaimSource,
    leeway: u64,
    subject_claim: ClaimSource,
    required_claims: Vec<ClaimSource>,
    required_values: RequiredValues,
    scopes: ClaimSources,
    roles: ClaimSources,
    /// Whether a roles claim in an unsupported form was logged.
    logged_unread_roles: AtomicBool,
    grants: Option<Grants>,
}

impl ClaimReader {
    pub(in crate::bearer) fn new(rules: ClaimRules) -> Self {
        Self {
            audiences: rules.audiences,
            audience_claim: rules.audience_claim,
            leeway: rules.leeway.as_secs(),
            subject_claim: rules.subject_claim,
            required_claims: rules.required_claims,
            required_values: rules.required_values,
            scopes: rules.scopes.map_or_else(
                || ClaimSources::one_of(["scope", "scp"]),
                ClaimSources::configured,
            ),
            roles: rules
                .roles
                .map_or_else(|| ClaimSources::one_of(["roles"]), ClaimSources::configured),
            logged_unread_roles: AtomicBool::new(false),
            grants: rules.grants,
        }
    }

    /// Which data identities can have: scopes and roles are always read, but perhaps none may be granted.
    pub(in crate::bearer) fn provides(&self) -> Provides {
        self.grants.as_ref().map_or(Provides::ALL, Grants::provides)
    }

    /// Reads `exp`, `nbf` and `iat`, without comparing them with the time.
    pub(in crate::bearer) fn lifetime(&self, claims: &Members<'_>) -> Result<Lifetime, TokenFault> {
        Lifetime::read(claims, self.leeway)
    }

    /// Checks that `aud` names this API (RFC 7519 section 4.1.3), or the claim that was configured
    /// instead. If another claim was configured, an `aud` that is present must name this API as well.
    pub(in crate::bearer) fn check_audience(&self, claims: &Members<'_>) -> Result<(), TokenFault> {
        registered::check_audience(self.audience_claim.find(claims), &self.audiences)?;
        match claims.get(AUDIENCE) {
            None | Some(Json::Null) => Ok(()),
            audience => registered::check_audience(audience, &self.audiences),
        }
    }

    /// Reads the identity, and checks that the token is not bound to a key. Audience and times are checked
    /// before.
    pub(in crate::bearer) fn read(
        &self,
        issuer: &Arc<str>,
        claims: &Members<'_>,
        lifetime: &Lifetime,
    ) -> Result<IdentityData, TokenFault> {
        let subject = self.subject(claims)?.ok_or(TokenFault::MissingClaim)?;
        let is_missing = |claim: &ClaimSource| claim.find(claims).is_none();
        if self.required_claims.iter().any(is_missing) || !self.required_values.hold(claims) {
            return Err(TokenFault::MissingClaim);
        }
        let data = IdentityData {
            id: IdentityId::new(Arc::clone(issuer), subject),
            scheme: Scheme::BEARER,
            scopes: self.scopes(claims)?,
            roles: self.roles(issuer, claims)?,
            acr: text(claims.get("acr"))?.map(Into::into),
            authentication_time: registered::numeric_date(claims, "auth_time", f64::floor)?,
            leeway: self.leeway,
            expiry: lifetime.expiry(),
            revocable: Revocable::default(),
        };
        registered::check_unbound(claims)?;
        Ok(data)
    }

    /// The claim that caused `fault`, its value if it may be logged, and the expected values.
    pub(in crate::bearer) fn detail(
        &self,
        fault: TokenFault,
        claims: &Members<'_>,
    ) -> Option<FaultDetail> {
        if fault == TokenFault::WrongAudience {
            self.check_audience(claims).err()?;
            let configured = self.audience_claim.find(claims);
            let (claim, found) = if registered::check_audience(configured, &self.audiences).is_err()
            {
                (self.audience_claim.path(), configured)
            } else {
                (AUDIENCE, claims.get(AUDIENCE))
            };
            let detail = received(FaultDetail::new(claim), found);
            return Some(detail.expected(self.audiences()));
        }
        if fault != TokenFault::MissingClaim {
            return None;
        }
        if self.subject(claims) == Ok(None) {
            return Some(FaultDetail::new(self.subject_claim.path()));
        }
        let missing = self.required_claims.iter();
        let missing = missing.map(|claim| (claim, claim.find(claims)));
        let mut missing = missing.filter(|(_, found)| matches!(found, None | Some(Json::Null)));
        if let Some((claim, _)) = missing.next() {
            return Some(FaultDetail::new(claim.path()));
        }
        let (claim, values) = self.required_values.first_wrong(claims)?;
        let values = values.iter().map(String::as_str);
        Some(FaultDetail::new(claim.path()).expected(values))
    }

    /// The audiences that name this API.
    pub(in crate::bearer) fn audiences(&self) -> impl Iterator<Item = &str> {
        self.audiences.iter().map(String::as_str)
    }

    /// The subject. `None` if the claim is missing.
    pub(in crate::bearer) fn subject<'a>(
        &self,
        claims: &'a Members<'_>,
    ) -> Result<Option<&'a str>, TokenFault> {
        text(self.subject_claim.find(claims))
    }

    fn scopes(&self, claims: &Members<'_>) -> Result<Held<Scopes>, TokenFault> {
        let mut held = Held::<Scopes>::none();
        let read = self.scopes.read(claims, SingleString::IsList, |scope| {
            if !scope.is_empty() {
                let grants = self.grants.as_ref();
                held.add(scope, grants.is_none_or(|grants| grants.has_scope(scope)));
            }
        });
        if !read.unread.is_empty() {
            return Err(TokenFault::Malformed);
        }
        held.complete &= read.complete;
        Ok(held)
    }

    fn roles(&self, issuer: &str, claims: &Members<'_>) -> Result<Held<Vec<Box<str>>>, TokenFault> {
        let mut held = Held::<Vec<_>>::none();
        let read = self.roles.read(claims, SingleString::IsOne, |role| {
            let grants = self.grants.as_ref();
            held.add(role, grants.is_none_or(|grants| grants.has_role(role)));
        });
        for unread in read.unread {
            let is_required = |claim: &ClaimSource| claim.path() == unread.source.path();
            if self.required_claims.iter().any(is_required) {
                return Err(TokenFault::Malformed);
            }
            self.log_unread_roles(issuer, &unread);
        }
        held.complete &= read.complete;
        Ok(held)
    }

    /// Logs only the first one, because all tokens of an issuer have the same form.
    fn log_unread_roles(&self, issuer: &str, unread: &Unread<'_>) {
        if self.logged_unread_roles.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(
            target: "auth_runtime",
            issuer,
            claim = unread.source.path(),
            found = unread.json_type,
            expected = unread.source.expected(),
            "roles unknown: the `ClaimSource` does not support the form of this claim"
        );
    }
}

/// Adds the value of a claim: a string, or an array of strings.
fn received(detail: FaultDetail, value: Option<&Json<'_>>) -> FaultDetail {
    match value {
        Some(Json::String(text)) => detail.received(&**text),
        Some(Json::Array(elements)) => {
            detail.received_list(elements.iter().filter_map(|element| match element {
                Json::String(text) => Some(&**text),
                _ => None,
            }))
        }
        _ => detail,
    }
}
