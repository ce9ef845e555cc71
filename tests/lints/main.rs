//! Every kind of expansion under the strictest lints, and the handlers still answer.

mod answers;
pub mod handlers;
pub mod recorded;
pub mod routes;
