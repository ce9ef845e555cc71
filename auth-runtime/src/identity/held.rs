//! The scopes or roles of a caller, and whether all of them are known.

use crate::scope::{Scopes, parts_of_list};

/// Scopes or roles, and whether all of them are known.
#[derive(Clone)]
pub(crate) struct Held<T> {
    /// Those that the caller has, after the issuer's grants are applied.
    pub(crate) granted: T,
    /// Those that the credential names in addition. Rules treat them as unknown: the caller neither has nor
    /// lacks them.
    pub(crate) withheld: T,
    /// Whether these are all. If not, it is not proven that the caller lacks any other, and a rule's `not(..)`
    /// denies.
    pub(crate) complete: bool,
}

impl Held<Scopes> {
    /// Nothing is known.
    pub(crate) fn unknown() -> Self {
        Self {
            granted: Scopes::none(),
            withheld: Scopes::none(),
            complete: false,
        }
    }

    /// The caller has no scopes beyond those that are added.
    pub(crate) fn none() -> Self {
        Self {
            granted: Scopes::none(),
            withheld: Scopes::none(),
            complete: true,
        }
    }

    /// Adds a scope that the credential names, `granted` or withheld. If the string may be a list, its
    /// parts are withheld: `read,trial` grants neither `read` nor `trial`, and does not prove that the
    /// caller lacks one of them.
    pub(crate) fn add(&mut self, scope: &str, granted: bool) {
        let side = if granted {
            &mut self.granted
        } else {
            &mut self.withheld
        };
        self.complete &= side.push(scope);
        for part in parts_of_list(scope) {
            self.withheld.push(part);
        }
    }

    /// An upper estimate of the memory of the withheld scopes and of the indexes, in bytes. The parts of lists
    /// may take many times the memory of the text that was read.
    pub(super) fn additional_size(&self) -> usize {
        // A growing string has up to twice the capacity.
        let bytes = |scope: &str| 2 * (scope.len() + 1);
        let withheld: usize = self.withheld.iter().map(bytes).sum();
        withheld + self.withheld.index_size() + self.granted.index_size()
    }
}

impl Held<Vec<Box<str>>> {
    /// Nothing is known.
    pub(crate) fn unknown() -> Self {
        Self {
            granted: Vec::new(),
            withheld: Vec::new(),
            complete: false,
        }
    }

    /// The caller has no roles beyond those that are added.
    pub(crate) fn none() -> Self {
        Self {
            granted: Vec::new(),
            withheld: Vec::new(),
            complete: true,
        }
    }

    /// Adds a role, as [`Held::<Scopes>::add`] adds a scope.
    pub(crate) fn add(&mut self, role: &str, granted: bool) {
        let side = if granted {
            &mut self.granted
        } else {
            &mut self.withheld
        };
        if side.is_empty() {
            // `push` would reserve memory for four. Many callers have one role.
            side.reserve_exact(1);
        }
        side.push(role.into());
        self.withheld.extend(parts_of_list(role).map(Into::into));
    }

    /// See [`Held::<Scopes>::additional_size`].
    pub(super) fn additional_size(&self) -> usize {
        // An element of a growing list, and the minimum size of an allocation.
        const FIXED: usize = 2 * size_of::<Box<str>>() + 32;
        self.withheld.iter().map(|role| FIXED + role.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_one_scope_is_granted_whole_and_its_parts_are_withheld() {
        let mut held = Held::<Scopes>::none();
        held.add("read,trial", true);
        assert_eq!(held.granted.to_string(), "read,trial");
        assert_eq!(held.withheld.to_string(), "read trial");
        assert!(held.complete);
    }

    #[test]
    fn an_invalid_scope_makes_the_set_of_scopes_incomplete() {
        let mut held = Held::<Scopes>::none();
        held.add("read\ttrial", true);
        assert_eq!(held.granted.to_string(), "");
        assert!(!held.complete);
    }

    #[test]
    fn a_role_that_may_be_a_list_is_granted_whole_and_its_parts_are_withheld() {
        let mut held = Held::<Vec<Box<str>>>::none();
        held.add("clerk suspended", true);
        assert_eq!(held.granted, ["clerk suspended"].map(Box::from));
        assert_eq!(held.withheld, ["clerk", "suspended"].map(Box::from));
    }

    #[test]
    fn withheld_parts_of_a_list_count_towards_the_size_of_an_identity() {
        let list = "a+b;c|d&".repeat(1_000);
        let mut scopes = Held::<Scopes>::none();
        scopes.add(&list, true);
        assert!(scopes.additional_size() > scopes.withheld.to_string().len());
        let mut roles = Held::<Vec<Box<str>>>::none();
        roles.add(&list, true);
        assert!(roles.additional_size() > roles.withheld.iter().map(|role| role.len()).sum());
        assert!(roles.withheld.len() > 4_000 && roles.additional_size() > 32 * 4_000);
    }
}
