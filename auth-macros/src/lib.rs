//! The attribute macros of `auth-runtime`, which re-exports and documents them.
//!
//! Each stage has a module: `arguments` and `handler` parse the input, `requirement` and `check` validate it, and
//! `expand` generates the output. All mistakes of an attribute are collected in `errors`.

mod arguments;
mod check;
mod errors;
mod expand;
mod generics;
mod handler;
mod named_check;
mod policy;
mod requirement;
mod tokens;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use crate::arguments::AuthAttribute;

/// Restricts who may call a handler. Documented in `auth_runtime`.
#[proc_macro_attribute]
pub fn require_auth(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::handler(AuthAttribute::RequireAuth, arguments.into(), item.into()).into()
}

/// Authenticates the caller of a handler, if the request has a credential. Documented in `auth_runtime`.
#[proc_macro_attribute]
pub fn optional_auth(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::handler(AuthAttribute::OptionalAuth, arguments.into(), item.into()).into()
}

/// Declares that a handler is public, with a reason. Documented in `auth_runtime`.
#[proc_macro_attribute]
pub fn allow_anonymous(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::handler(AuthAttribute::AllowAnonymous, arguments.into(), item.into()).into()
}

/// Makes a function usable as `check = ..`. Documented in `auth_runtime`.
#[proc_macro_attribute]
pub fn check(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::named_check(arguments.into(), item.into()).into()
}

/// Gives a rule a name. Documented in `auth_runtime`.
#[proc_macro_attribute]
pub fn policy(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::policy(arguments.into(), item.into()).into()
}
