//! The rule that an attribute declares, and its name.

use super::requirement::Requirement;
use crate::scheme::Scheme;

/// A type with an access rule. [`#[policy]`](macro@crate::policy) and the attributes of handlers implement it.
///
/// Do not implement it yourself. Code that is generic over policies uses the bound [`PolicyWithoutChecks`]. `Policy` alone
/// is only enough for [`testing::granted`](crate::testing::granted).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    label = "not a policy",
    note = "declare it with `#[policy(..)] struct {Self};`, or write `check = {Self}` if it is a function with `#[check]`"
)]
pub trait Policy {
    /// The rule that the macro generates.
    #[doc(hidden)]
    const RULE: &'static Rule;

    /// The checks of the rule: [`ChecksOf`](super::ChecksOf), or `()` for a rule without checks. It is `()` and
    /// not a named type because the impl for each handler is then faster to compile.
    #[doc(hidden)]
    type Checks;
}

/// A policy whose rule has no check, not even in its policies. [`guard`](crate::guard()) and
/// [`Auth::authorize`](crate::Auth::authorize) need one, because they have no state for the extractors of a check. A policy
/// with a check works on handlers, in a [`Guard`](crate::Guard) and in [`Router::require`](crate::Router::require).
///
/// Every policy without a check implements it. It is also the bound for code that is generic over policies: see the
/// [example](crate::Guard). Such code can't take policies with checks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be used here: it has a check, or it is not a policy",
    label = "expected a policy without checks",
    note = "a policy with a check works in `#[require_auth(policy = ..)]`, `Guard<..>` and `Router::require`, where its extractors have a state",
    note = "a policy is declared with `#[policy(..)] struct {Self};`"
)]
pub trait PolicyWithoutChecks: Policy<Checks = ()> {}

#[diagnostic::do_not_recommend]
impl<P: Policy<Checks = ()> + ?Sized> PolicyWithoutChecks for P {}

/// The policy of an item whose attribute has an error. It denies every caller. With it the item can still be
/// routed, so that the compiler reports only the error in the attribute.
#[derive(Debug)]
pub enum InvalidPolicy {}

impl Policy for InvalidPolicy {
    const RULE: &'static Rule = &Rule {
        requirement: Requirement::Any { of: &[] },
        ..Rule::required("invalid")
    };

    type Checks = ();
}

/// The rule that an attribute declares.
// Compared by value, because one const may have a different address in each codegen unit.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The handler's or policy's path, for logs.
    pub name: &'static str,
    /// Whether a caller must, may or need not authenticate.
    pub access: Access,
    /// What the caller must have.
    pub requirement: Requirement,
    /// The kinds of credentials that this route accepts; empty for all kinds.
    pub schemes: &'static [Scheme],
    /// The authentication context classes, one of which is required (RFC 9470); empty for any.
    pub acr: &'static [&'static str],
    /// The maximum age of the login in seconds (RFC 9470).
    pub max_age: Option<u64>,
    /// Whether a refusal looks like a missing route.
    pub hide: Hide,
}

impl Rule {
    /// `#[require_auth]`: any authenticated caller.
    #[must_use]
    pub const fn required(name: &'static str) -> Self {
        Self::requires(name, Requirement::Authenticated)
    }

    /// `#[require_auth(..)]` with a requirement and no settings. A call is faster to compile than a struct with the fields of
    /// another one.
    #[must_use]
    pub const fn requires(name: &'static str, requirement: Requirement) -> Self {
        Self::new(name, Access::Required, requirement)
    }

    /// `#[optional_auth]`: an anonymous or an authenticated caller.
    #[must_use]
    pub const fn optional(name: &'static str) -> Self {
        Self::new(name, Access::Optional, Requirement::Authenticated)
    }

    /// `#[allow_anonymous]`: every caller, without authentication.
    #[must_use]
    pub const fn anonymous(name: &'static str, reason: &'static str) -> Self {
        Self::new(
            name,
            Access::Anonymous { reason },
            Requirement::Authenticated,
        )
    }

    pub(crate) const fn is_anonymous(&self) -> bool {
        matches!(self.access, Access::Anonymous { .. })
    }

    /// Why the route is public, if it is.
    pub(crate) const fn reason(&self) -> Option<&'static str> {
        match self.access {
            Access::Anonymous { reason } => Some(reason),
            Access::Required | Access::Optional => None,
        }
    }

    const fn new(name: &'static str, access: Access, requirement: Requirement) -> Self {
        Self {
            name,
            access,
            requirement,
            schemes: &[],
            acr: &[],
            max_age: None,
            hide: Hide::Never,
        }
    }
}

/// Whether a caller must, may or need not authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A valid credential is required.
    Required,
    /// A credential is optional, but an invalid one is refused.
    Optional,
    /// Credentials are ignored.
    Anonymous {
        /// Why the route is public.
        reason: &'static str,
    },
}

/// Whether a refusal looks like a missing route (RFC 9110 section 15.5.4). Ordered by how much is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hide {
    /// 401 and 403 stay.
    Never,
    /// 404 instead of 403; anonymous callers still get 401.
    Forbidden,
    /// 404 instead of 401 and 403.
    Always,
}

/// The kind of credential that a rule names with a string.
///
/// # Panics
///
/// At compile time, if there is no such kind: the rule could never be satisfied.
#[must_use]
#[track_caller]
pub const fn scheme(name: &'static str) -> Scheme {
    Scheme::named(name)
}

/// The rule of a policy that is part of another rule.
///
/// # Panics
///
/// At compile time, if the rule of `P` has a part that is allowed only at the top level of a rule: inside
/// `any(..)` it would silently not be enforced.
#[must_use]
#[track_caller]
pub const fn leaf<P: Policy + ?Sized>() -> &'static Rule {
    let rule = P::RULE;
    assert!(
        matches!(rule.access, Access::Required),
        "only a policy that requires authentication can be part of another rule"
    );
    assert!(
        rule.schemes.is_empty(),
        "a policy with `scheme` can't be part of another rule: write `scheme = ..` on the handler"
    );
    assert!(
        rule.acr.is_empty() && rule.max_age.is_none(),
        "a policy with `acr` or `max_age` can't be part of another rule: write them on the handler"
    );
    assert!(
        matches!(rule.hide, Hide::Never),
        "a policy with `hide` can't be part of another rule: write `hide` on the handler"
    );
    rule
}

/// The rule of a policy inside of `not(..)`.
///
/// # Panics
///
/// At compile time, if the rule has a check: an error in the check would allow the caller.
#[must_use]
#[track_caller]
pub const fn leaf_inside_not(rule: &'static Rule) -> &'static Rule {
    assert!(
        !has_check(rule),
        "a policy with a check can't be inside `not(..)`, because an error in the check would allow the caller: write a check that returns the opposite, and use it in another policy"
    );
    rule
}

/// The number of the check or policy that follows the policy with this rule, whose first check has the number `number`.
#[must_use]
pub const fn number_after_policy(number: usize, rule: &Rule) -> usize {
    number.saturating_add(rule.requirement.check_count())
}

/// For a handler that takes the value of a check.
///
/// # Panics
///
/// At compile time, if the rule can hold without a check: then there may be no value.
#[track_caller]
pub const fn assert_always_checks(rule: &Rule) {
    assert!(
        rule.requirement.always_checks(),
        "the rule can hold without a check, so there may be no value: take `Option<Checked<..>>`"
    );
}

/// Whether any part of the rule is a check.
#[must_use]
pub const fn has_check(rule: &Rule) -> bool {
    rule.requirement.check_count() > 0
}
