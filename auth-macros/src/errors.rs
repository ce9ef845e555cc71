//! The mistakes in one attribute, collected so that one build reports all of them.

use std::{cell::RefCell, fmt::Display};

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The collected errors. A stage adds an error and continues with the rest of the input.
///
/// Every expansion ends with [`Errors::finish`]. In tests, dropping the collection without this call panics, because a
/// forgotten error could let an incomplete rule through.
pub(crate) struct Errors {
    /// `None` after `finish`.
    found: RefCell<Option<Vec<syn::Error>>>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self {
            found: RefCell::new(Some(Vec::new())),
        }
    }

    /// Adds an error at one token.
    pub(crate) fn at(&self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Adds an error that covers all of `tokens`.
    pub(crate) fn over(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn push(&self, error: syn::Error) {
        if let Some(found) = self.found.borrow_mut().as_mut() {
            found.push(error);
        }
    }

    /// The parsed value. An error is added to the collection.
    pub(crate) fn keep<T>(&self, parsed: syn::Result<T>) -> Option<T> {
        parsed.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.borrow().as_ref().is_none_or(Vec::is_empty)
    }

    /// Adds an error for input that the parser should not have accepted. Ignoring it could leave a part of the rule
    /// out.
    pub(crate) fn internal_error(&self, span: Span) {
        self.at(
            span,
            "internal error in the macro: please report this as a bug",
        );
    }

    /// Ends the collection. `Err` contains one `compile_error!` for each mistake.
    pub(crate) fn finish(self) -> Result<(), TokenStream> {
        let found = self.found.take().unwrap_or_default();
        if found.is_empty() {
            return Ok(());
        }
        Err(found.iter().map(syn::Error::to_compile_error).collect())
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        // Only in the tests of this crate: a macro must not panic while a user types.
        if cfg!(test) && !std::thread::panicking() {
            assert!(
                self.found.borrow().is_none(),
                "errors were collected but not reported"
            );
        }
    }
}
