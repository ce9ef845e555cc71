//! Everything wrong with one attribute, collected so that one build reports it all.

use std::{cell::RefCell, fmt::Display};

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The collector. Stages push into it and carry on with whatever still makes sense.
///
/// Every expansion ends in [`Errors::finish`]; a test that drops a collector without asking it
/// fails, because a forgotten error would let a half-understood rule through.
pub(crate) struct Errors {
    /// `None` once finished.
    found: RefCell<Option<Vec<syn::Error>>>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self {
            found: RefCell::new(Some(Vec::new())),
        }
    }

    /// One mistake at one token.
    pub(crate) fn at(&self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// One mistake that stretches over all of `tokens`.
    pub(crate) fn over(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn push(&self, error: syn::Error) {
        if let Some(found) = self.found.borrow_mut().as_mut() {
            found.push(error);
        }
    }

    /// The value of a parser that stops at its first mistake, which is kept.
    pub(crate) fn keep<T>(&self, parsed: syn::Result<T>) -> Option<T> {
        parsed.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.borrow().as_ref().is_none_or(Vec::is_empty)
    }

    /// What should not have been possible. Said all the same: what is left out of a rule in silence
    /// is a hole in it.
    pub(crate) fn misunderstood(&self, span: Span) {
        self.at(
            span,
            "this was not understood, and should have been: please report it as a bug",
        );
    }

    /// Ends the collection: `Err` holds one `compile_error!` for each mistake.
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
        // Only in our own tests: a user's dev build has debug assertions on as well, and a macro
        // that panics while somebody types is worse than a lost message.
        if cfg!(test) && !std::thread::panicking() {
            assert!(
                self.found.borrow().is_none(),
                "errors were collected and never looked at"
            );
        }
    }
}
