//! Moving to this crate: the same routes before and after, what changes in the answers, and what happens to the tokens
//! that were already issued.
//!
//! | from | page |
//! |---|---|
//! | an extractor around `jsonwebtoken` | [`hand_written_extractor`] |
//! | axum-login | [`axum_login`] |
//! | protect-axum | [`protect_axum`] |
//! | jwt-authorizer | [`jwt_authorizer`] |
//!
//! A move that works for all of them:
//!
//! 1. Look at a token that your issuer makes today, and compare it with
//!    [what a token must contain](crate::guide::first_steps#what-a-token-must-contain). Change the issuer first, and
//!    wait for the lifetime of the old tokens.
//! 2. Replace axum's `Router` and `routing` by this crate's. The compiler then lists every handler without a rule. Move
//!    one router at a time: routes that have not moved yet go in with
//!    [`merge_unguarded`](crate::Router::merge_unguarded) and a reason.
//! 3. Run it on your own machine with [`report_only`](crate::AuthBuilder::report_only), and read which requests would
//!    be denied.
//! 4. Commit the [access map](crate::guide::access_map), so that later changes of a rule are reviewed.

#[doc = include_str!("hand_written_extractor.md")]
pub mod hand_written_extractor {}

#[doc = include_str!("axum_login.md")]
pub mod axum_login {}

#[doc = include_str!("protect_axum.md")]
pub mod protect_axum {}

#[doc = include_str!("jwt_authorizer.md")]
pub mod jwt_authorizer {}
