//! CREDENTIAL -> IDENTITY: the only place that says "genuine".

mod bearer;
mod fault;
mod jwt;

pub(crate) use bearer::Bearer;
pub use fault::TokenFault;
pub use jwt::{ClaimSource, IssuerFault, Jwt, TypeRule};
