//! The behaviour of guarded handlers, seen from the other end of a socket.
//!
//! Rows such as `A8` or `C10` are the rows of the project's table "what every request gets".

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that fails ends the test"
)]

mod api_keys;
mod attacks;
mod authorize;
mod backchannel_logout;
mod basic;
mod bearer_scheme;
mod binding;
mod browsers;
mod checked_values;
mod claim_sources;
#[cfg(unix)]
mod client_address;
mod cross_site;
mod denial_details;
mod emptied_extensions;
mod enrichment;
mod kinds;
mod logging;
mod malformed;
mod metrics;
mod middleware_decisions;
mod named_checks;
mod nearest_auth;
mod negation;
mod precedence;
mod presented_caller;
mod recipes;
mod refresh_tokens;
mod rendering;
mod report_only;
mod request_bodies;
mod required_checks;
mod router;
mod sessions;
mod several_kinds;
mod token_outside_headers;
mod typed_caller;
mod vocabulary;
