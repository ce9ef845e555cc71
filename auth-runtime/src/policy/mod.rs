//! Rules, and the decision whether an identity satisfies one. Pure and synchronous: no I/O, no HTTP, no clock.

mod alternatives;
mod checks;
mod constant;
mod decision;
mod denial;
mod evaluate;
mod requirement;
mod rule;
#[cfg(test)]
mod tests;

pub(crate) use alternatives::anonymous_challenge_scopes;
pub use checks::{CheckId, ChecksOf, Choice, Choose, NamedCheck};
pub use constant::{Constant, OtherConstant};
pub(crate) use decision::{Ruling, decide};
pub(crate) use denial::AttributedDenial;
pub use denial::{Denial, RequiredScopes, StepUp};
pub(crate) use evaluate::CheckAnswers;
pub use requirement::{ClaimValue, Requirement};
pub(crate) use requirement::{Group, Leaf};
pub(crate) use rule::Access;
pub use rule::{
    Hide, InvalidPolicy, Policy, PolicyWithoutChecks, Rule, assert_always_checks, has_check, leaf,
    leaf_inside_not, number_after_policy, scheme,
};
