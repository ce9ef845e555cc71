//! The `Auth`s of a map, each with a name that tells it from the others.

use serde::Serialize;

use super::AccessMap;
use super::route::AccessRoute;
use crate::auth::Auth;
use crate::scheme::Scheme;

/// What everybody has to see who looks at the map.
pub(super) const REPORT_ONLY: &str =
    "REPORT ONLY: what a rule denies is logged and counted, and the request passes";

/// In the order in which the routes name them.
pub(super) struct Auths<'a>(Vec<Named<'a>>);

pub(super) struct Named<'a> {
    /// The realm; with a number from the second one with that realm on.
    pub(super) name: String,
    auth: &'a Auth,
}

/// A scope of a vocabulary.
#[derive(Serialize)]
pub(super) struct Word {
    pub(super) name: &'static str,
    /// At whatever remove.
    pub(super) implies: Vec<&'static str>,
}

impl<'a> Auths<'a> {
    pub(super) fn of(map: &'a AccessMap) -> Self {
        let mut named: Vec<Named<'a>> = Vec::new();
        for auth in map.routes().iter().filter_map(|route| route.auth.as_ref()) {
            if !named.iter().any(|known| known.auth.is(auth)) {
                let mut name = auth.realm().to_owned();
                // Another realm may be called like a number of this one.
                let mut number = 1_usize;
                while named.iter().any(|known| known.name == name) {
                    number = number.saturating_add(1);
                    name = format!("{} {number}", auth.realm());
                }
                named.push(Named { name, auth });
            }
        }
        Self(named)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Named<'a>> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether rows differ in it.
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

impl Named<'_> {
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.auth.schemes().map(Scheme::as_str).collect()
    }

    pub(super) fn is_report_only(&self) -> bool {
        self.auth.is_report_only()
    }

    pub(super) fn scopes(&self) -> Vec<Word> {
        let scopes = self.auth.vocabulary().scopes();
        scopes
            .map(|(scope, implied)| Word {
                name: scope.as_str(),
                implies: implied.iter().map(|scope| scope.as_str()).collect(),
            })
            .collect()
    }
}
