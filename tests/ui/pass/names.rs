//! The runtime under other names, and everybody else's names taken.

#![deny(warnings)]

pub extern crate auth_runtime as renamed;

/// A framework that hands the attributes on.
mod framework {
    pub use renamed as auth;
}

mod under_another_name {
    use crate::framework::auth::{Identity, require_auth};

    #[require_auth(scope = "a", role = "b", claim("c" = 1), crate = ::renamed)]
    pub async fn absolute() {}

    #[require_auth(
        any(scope = "a", check = |caller: Identity| caller.subject().parse::<u8>()? > 1),
        crate = crate::framework::auth
    )]
    pub async fn inside_this_crate() {}
}

macro_rules! guarded {
    ($visibility:vis $name:ident, $scope:literal, $role:expr, $extractor:ty) => {
        #[$crate::framework::auth::require_auth(
            scope = $scope,
            role = $role,
            check = |caller: $extractor| caller.subject() == "alice",
            crate = $crate::framework::auth
        )]
        $visibility async fn $name(_: $extractor) {}
    };
}

mod made_by_a_macro {
    guarded!(pub handler, "a", crate::ADMIN, renamed::Identity);
}

const ADMIN: renamed::Role = renamed::Role::new("admin");

/// Every name that generated code could have meant.
#[allow(dead_code, non_camel_case_types, unused_macros)]
mod all_names_taken {
    pub mod core {}
    pub mod std {}
    pub mod auth_runtime {}
    pub struct Ok;
    pub struct Err;
    pub struct Some;
    pub struct None;
    pub struct Result;
    pub struct Option;
    pub struct String;
    pub struct Future;
    pub struct Guard;
    pub struct Policy;
    pub struct Scope;
    pub struct Rule;
    pub trait Send {}
    pub trait Sync {}
    pub trait Sized {}
    pub type S = u8;
    pub type P = u8;
    pub type bool = u8;

    macro_rules! concat {
        () => {};
    }
    macro_rules! module_path {
        () => {};
    }

    #[::auth_runtime::require_auth(
        any(scope = "a", not(role = "b")),
        claim("c" = true),
        max_age = "5m",
        check("d") = |argument: ::auth_runtime::Identity| argument.subject() == "alice"
    )]
    pub async fn handler() {}
}

fn main() {
    use axum::routing::get;

    let _: axum::Router = axum::Router::new()
        .route("/1", get(under_another_name::absolute))
        .route("/2", get(under_another_name::inside_this_crate))
        .route("/3", get(made_by_a_macro::handler))
        .route("/4", get(all_names_taken::handler));
}
