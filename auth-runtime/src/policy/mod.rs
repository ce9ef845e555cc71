//! Rules, and the decision whether an identity satisfies one. Pure and synchronous: no I/O, no HTTP, no clock.

mod alternatives;
mod constant;
mod decision;
mod denial;
mod evaluate;
mod requirement;
mod rule;
#[cfg(test)]
mod tests;

pub(crate) use alternatives::anonymous_challenge_scopes;
pub use constant::{Constant, OtherConstant};
pub(crate) use decision::{Ruling, decide};
pub(crate) use denial::AttributedDenial;
pub use denial::{Denial, RequiredScopes, StepUp};
pub(crate) use evaluate::CheckAnswers;
pub use requirement::{ClaimValue, Requirement};
pub(crate) use requirement::{Group, Leaf};
pub(crate) use rule::{Access, has_check};
pub use rule::{Hide, InvalidPolicy, Policy, Rule, leaf, scheme};
