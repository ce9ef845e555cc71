//! Every kind of expansion under the strictest lints, and the handlers still answer.

pub mod handlers;
mod responses;
pub mod routes;
pub mod tracing_spans;
