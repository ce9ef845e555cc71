//! Moving to this crate: the same routes before and after, and what happens to the tokens that were already issued.
//!
//! | from | page |
//! |---|---|
//! | an extractor around `jsonwebtoken` | [`hand_written_extractor`] |
//! | axum-login | [`axum_login`] |
//! | protect-axum | [`protect_axum`] |
//! | jwt-authorizer | [`jwt_authorizer`] |

#[doc = include_str!("hand_written_extractor.md")]
pub mod hand_written_extractor {}

#[doc = include_str!("axum_login.md")]
pub mod axum_login {}

#[doc = include_str!("protect_axum.md")]
pub mod protect_axum {}

#[doc = include_str!("jwt_authorizer.md")]
pub mod jwt_authorizer {}
