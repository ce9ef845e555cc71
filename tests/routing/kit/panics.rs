//! Captures the message and location of an expected panic without printing it.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// The message of a panic, and its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Panicked {
    pub(crate) words: String,
    pub(crate) place: String,
}

thread_local! {
    static WANTED: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<Panicked>> = const { RefCell::new(None) };
}

/// The result of `make`, or its panic.
pub(crate) fn caught<T>(make: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| {
            if !WANTED.get() {
                return usual(info);
            }
            let payload = info.payload();
            let formatted = payload.downcast_ref::<String>().cloned();
            let words = formatted
                .or_else(|| {
                    payload
                        .downcast_ref::<&str>()
                        .map(|&words| words.to_owned())
                })
                .unwrap_or_default();
            let place = info.location().map(ToString::to_string);
            let place = place.unwrap_or_default();
            LAST.set(Some(Panicked { words, place }));
        }));
    });
    WANTED.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(make));
    WANTED.set(false);
    outcome.map_err(|_| LAST.take().expect("the hook has run"))
}
