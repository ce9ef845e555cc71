//! The axum room: the only files that import axum.

mod caller;
mod check;
mod extract;
mod guard;
mod layer;
mod observe;
mod response;

pub use check::{
    Allowed, Check, CheckError, Checked, Outcome, Verdict, conclude, extract, unknown_check,
};
pub use extract::{BearerToken, Claims};
pub use guard::Guard;
pub use layer::{AuthFuture, AuthLayer, AuthService};
pub use response::Refusal;
