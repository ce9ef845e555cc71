//! How the logout tokens of an issuer are recognized and checked (OpenID Connect Back-Channel Logout 1.0).

use crate::bearer::IssuerFault;
use crate::bearer::parse::{Json, Members};

/// The member of `events` that makes a token a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4).
pub(super) const BACKCHANNEL_LOGOUT_EVENT: &str =
    "http://schemas.openid.net/event/backchannel-logout";

/// The audiences of an issuer's logout tokens, and what such a token ends. Without an audience, logout tokens
/// are refused.
#[derive(Debug, Default)]
pub(super) struct LogoutRules {
    /// The audiences of logout tokens, not of access tokens.
    pub(super) audiences: Vec<String>,
    pub(super) ends_all_sessions: bool,
}

impl LogoutRules {
    pub(super) fn check(&self, faults: &mut Vec<IssuerFault>) {
        if self.audiences.iter().any(String::is_empty) {
            faults.push(IssuerFault::EmptyAudience);
        }
    }
}

pub(super) fn logout_event<'a>(claims: &'a Members<'_>) -> Option<&'a Json<'a>> {
    match claims.get("events") {
        Some(Json::Object(events)) => events.get(BACKCHANNEL_LOGOUT_EVENT),
        _ => None,
    }
}

/// Whether the claims are those of a logout token, whatever its `typ`.
pub(super) fn has_logout_event(claims: &Members<'_>) -> bool {
    logout_event(claims).is_some()
}
