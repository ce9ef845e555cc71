//! The checks of a rule as a type: [`ChecksOf`], or `()` for a rule without checks.
//!
//! The type is an associated type of each [`Policy`](super::Policy), so it must not name a check or another policy: these
//! may be private where the policy is public.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;

/// The checks of the rule of `P`, including those of its policies.
pub struct ChecksOf<P: ?Sized>(PhantomData<fn() -> PhantomData<P>>);

impl<P: ?Sized> fmt::Debug for ChecksOf<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ChecksOf")
    }
}

/// Chooses [`ChecksOf`] for a rule with checks, and `()` for one without. The macro can't see whether a policy in a rule has
/// checks: it is a constant that the compiler evaluates.
#[derive(Debug)]
pub enum Choice<const HAS_CHECKS: bool> {}

/// The type that a [`Choice`] chooses for the policy `P`.
pub trait Choose<P: ?Sized> {
    /// The type.
    type Checks;
}

impl<P: ?Sized> Choose<P> for Choice<true> {
    type Checks = ChecksOf<P>;
}

impl<P: ?Sized> Choose<P> for Choice<false> {
    type Checks = ();
}

/// The type with the name of a function with `#[check]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a check",
    label = "not a check",
    note = "write `#[check]` on a function, or `policy = {Self}` if it is a policy"
)]
pub trait NamedCheck: Sized + 'static {
    /// The text in the attribute, or the name of the function.
    const DESCRIPTION: &'static str;

    /// Which check it is.
    const ID: CheckId = CheckId(TypeId::of::<Self>);
}

/// Which check a name in a rule means. Two names of one check are equal.
#[derive(Clone, Copy)]
pub struct CheckId(fn() -> TypeId);

// Compared by the type, because a function may have several addresses.
impl PartialEq for CheckId {
    fn eq(&self, other: &Self) -> bool {
        (self.0)() == (other.0)()
    }
}

impl Eq for CheckId {}

impl fmt::Debug for CheckId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CheckId")
    }
}
