//! The runtime crate has another name, and its names and those of the prelude are used for other items.

#![deny(warnings)]

pub extern crate auth_runtime as renamed;

/// A framework that re-exports the attributes.
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
    ($visibility:vis $name:ident, $scope:literal, $role:expr, $kind:literal, $own:path, $extractor:ty) => {
        #[$crate::framework::auth::require_auth(
            scope = $scope,
            role = $role,
            check = |caller: $extractor| caller.subject() == "alice",
            scheme = [$kind, $crate::kinds::GATEWAY, $own],
            crate = $crate::framework::auth
        )]
        $visibility async fn $name(_: $extractor) {}
    };
}

mod generated_by_a_macro {
    guarded!(
        pub handler,
        "a",
        crate::ADMIN,
        "basic",
        crate::kinds::OTHER,
        renamed::Identity
    );
}

macro_rules! guarded_by_fragments {
    ($name:ident, $check:expr, $policy:ty, $same_policy:path, $hide:literal, $claim:literal, $kind:expr, $body:block) => {
        #[renamed::require_auth(
            check = $check,
            all(policy = $policy, any(policy = $same_policy, claim("a" = -$claim))),
            hide = $hide,
            scheme = $kind,
            crate = ::renamed
        )]
        pub async fn $name() $body
    };
}

mod generated_from_fragments {
    #[renamed::policy(role = "a", crate = ::renamed)]
    pub struct Named;

    guarded_by_fragments!(
        handler,
        |caller: renamed::Identity| caller.subject() == "alice",
        Named,
        self::Named,
        "always",
        5,
        ["api_key", crate::kinds::GATEWAY],
        {}
    );
}

mod check_with_an_inner_self {
    use renamed::require_auth;

    #[require_auth(check = |caller: renamed::Identity| {
        struct Name(String);
        impl Name {
            fn is_ours(&self) -> bool {
                let Self(name) = self;
                name == "alice"
            }
        }
        Name(caller.subject().to_owned()).is_ours()
    }, crate = ::renamed)]
    pub async fn handler() {}
}

mod kinds {
    pub const GATEWAY: renamed::Scheme = renamed::Scheme::new("Gateway");
    pub const OTHER: renamed::Scheme = renamed::Scheme::new("Other");
}

const ADMIN: renamed::Role = renamed::Role::new("admin");

/// Items with the names that generated code uses.
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
    pub struct Scheme;
    pub fn scheme() {}
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
        scheme = ["bearer", crate::kinds::GATEWAY],
        check("d") = |argument: ::auth_runtime::Identity| argument.subject() == "alice"
    )]
    pub async fn handler() {}

    #[::auth_runtime::require_auth(any(
        check = || todo!(),
        check = || {
            let _: u8 = "".parse()?;
            unimplemented!()
        }
    ))]
    pub async fn half_written() {}
}

fn main() {
    use axum::routing::get;

    let _: axum::Router = axum::Router::new()
        .route("/1", get(under_another_name::absolute))
        .route("/2", get(under_another_name::inside_this_crate))
        .route("/3", get(generated_by_a_macro::handler))
        .route(
            "/4",
            get(all_names_taken::handler).post(all_names_taken::half_written),
        )
        .route(
            "/5",
            get(generated_from_fragments::handler).post(check_with_an_inner_self::handler),
        );
}
