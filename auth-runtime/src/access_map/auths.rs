//! The `Auth`s of a map, each with a unique name.

use serde::Serialize;

use super::AccessMap;
use super::route::AccessRoute;
use crate::auth::Auth;
use crate::scheme::Scheme;

/// Every rendering of the map shows this prominently.
pub(super) const REPORT_ONLY: &str =
    "REPORT ONLY: denials are logged and counted, and the requests pass";

/// In the order in which the routes mention them.
pub(super) struct Auths<'a>(Vec<NamedAuth<'a>>);

pub(super) struct NamedAuth<'a> {
    /// The realm; the second and later `Auth`s of a realm have a number added.
    pub(super) name: String,
    auth: &'a Auth,
}

/// A scope of a vocabulary.
#[derive(Serialize)]
pub(super) struct ScopeEntry {
    pub(super) name: &'static str,
    /// Directly or through other scopes.
    pub(super) implies: Vec<&'static str>,
}

impl<'a> Auths<'a> {
    pub(super) fn of(map: &'a AccessMap) -> Self {
        let mut named: Vec<NamedAuth<'a>> = Vec::new();
        for auth in map.routes().iter().filter_map(|route| route.auth.as_ref()) {
            if !named.iter().any(|known| known.auth.is(auth)) {
                let mut name = auth.realm().to_owned();
                // The name with a number may be taken by another realm.
                let mut number = 1_usize;
                while named.iter().any(|known| known.name == name) {
                    number = number.saturating_add(1);
                    name = format!("{} {number}", auth.realm());
                }
                named.push(NamedAuth { name, auth });
            }
        }
        Self(named)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &NamedAuth<'a>> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether not all routes have the same `Auth`, so that the map needs a column for it.
    pub(super) fn tell_routes_apart(&self, map: &AccessMap) -> bool {
        self.0.len() > 1
            || !self.0.is_empty() && map.routes().iter().any(|route| route.auth.is_none())
    }

    pub(super) fn name_of(&self, route: &AccessRoute) -> Option<&str> {
        let auth = route.auth.as_ref()?;
        let named = self.0.iter().find(|known| known.auth.is(auth))?;
        Some(&named.name)
    }
}

impl NamedAuth<'_> {
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.auth.schemes().map(Scheme::as_str).collect()
    }

    pub(super) fn is_report_only(&self) -> bool {
        self.auth.is_report_only()
    }

    pub(super) fn scopes(&self) -> Vec<ScopeEntry> {
        let scopes = self.auth.vocabulary().scopes();
        scopes
            .map(|(scope, implied)| ScopeEntry {
                name: scope.as_str(),
                implies: implied.iter().map(|scope| scope.as_str()).collect(),
            })
            .collect()
    }
}
