//! The attribute macros of `auth-runtime`, which re-exports and documents them.
//!
//! One file for each stage: `arguments` and `handler` read what was written, `requirement` and
//! `check` judge it, `expand` writes. What is wrong goes into `errors`, all of it at once.

mod arguments;
mod check;
mod errors;
mod expand;
mod generics;
mod handler;
mod policy;
mod requirement;
mod tokens;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use crate::arguments::AuthAttribute;

/// Says who may call a handler. Documented in `auth_runtime`.
#[proc_macro_attribute]
pub fn require_auth(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::handler(AuthAttribute::RequireAuth, arguments.into(), item.into()).into()
}

/// Identifies the caller of a handler, if there is one. Documented in `auth_runtime`.
#[proc_macro_attribute]
pub fn optional_auth(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::handler(AuthAttribute::OptionalAuth, arguments.into(), item.into()).into()
}

/// Opens a handler to everybody, and says why. Documented in `auth_runtime`.
#[proc_macro_attribute]
pub fn allow_anonymous(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::handler(AuthAttribute::AllowAnonymous, arguments.into(), item.into()).into()
}

/// Gives a rule a name. Documented in `auth_runtime`.
#[proc_macro_attribute]
pub fn policy(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::policy(arguments.into(), item.into()).into()
}
