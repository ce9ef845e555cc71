//! Each public function and method of axum's routing, and its counterpart here.

mod source;

use self::source::{Names, Source};

/// The counterpart of a name in axum.
enum Fate {
    /// The same name does the same, and a scenario uses it.
    Mirrored,
    /// There is another way to use it, which this text names.
    Otherwise(&'static str),
    /// There is no counterpart, for this reason.
    Absent(&'static str),
}
use Fate::{Absent, Mirrored, Otherwise};

/// `axum::routing`'s functions.
const FUNCTIONS: &[(&str, Fate)] = &[
    ("any", Mirrored),
    ("any_service", Mirrored),
    ("connect", Mirrored),
    ("connect_service", Mirrored),
    ("delete", Mirrored),
    ("delete_service", Mirrored),
    ("get", Mirrored),
    ("get_service", Mirrored),
    ("head", Mirrored),
    ("head_service", Mirrored),
    ("on", Mirrored),
    ("on_service", Mirrored),
    ("options", Mirrored),
    ("options_service", Mirrored),
    ("patch", Mirrored),
    ("patch_service", Mirrored),
    ("post", Mirrored),
    ("post_service", Mirrored),
    ("put", Mirrored),
    ("put_service", Mirrored),
    ("trace", Mirrored),
    ("trace_service", Mirrored),
];

/// The methods of `axum::Router` (also found as `axum::routing::Router`), and what it implements.
const ROUTER: &[(&str, Fate)] = &[
    (
        "as_service",
        Otherwise("`with_auth` first: before that nothing is served"),
    ),
    ("fallback", Mirrored),
    ("fallback_service", Mirrored),
    ("has_routes", Mirrored),
    (
        "into_make_service",
        Otherwise("`with_auth` first: before that nothing is served"),
    ),
    (
        "into_make_service_with_connect_info",
        Otherwise("`with_auth` first: before that nothing is served"),
    ),
    (
        "into_service",
        Otherwise("`with_auth` first: before that nothing is served"),
    ),
    ("layer", Mirrored),
    ("merge", Mirrored),
    ("method_not_allowed_fallback", Mirrored),
    ("nest", Mirrored),
    ("nest_service", Mirrored),
    ("new", Mirrored),
    ("reset_fallback", Mirrored),
    ("route", Mirrored),
    ("route_layer", Mirrored),
    ("route_service", Mirrored),
    ("with_state", Mirrored),
    ("without_v07_checks", Mirrored),
    (
        "impl Clone",
        Absent("a copy would share its routes' place for an `Auth`"),
    ),
    ("impl Debug", Mirrored),
    ("impl Default", Mirrored),
    (
        "impl Service",
        Otherwise("`with_auth` first: before that nothing is served"),
    ),
];

/// The methods of `axum::routing::MethodRouter`, and what it implements.
const METHOD_ROUTER: &[(&str, Fate)] = &[
    ("connect", Mirrored),
    ("connect_service", Mirrored),
    ("delete", Mirrored),
    ("delete_service", Mirrored),
    ("fallback", Mirrored),
    ("fallback_service", Mirrored),
    ("get", Mirrored),
    ("get_service", Mirrored),
    ("handle_error", Mirrored),
    ("head", Mirrored),
    ("head_service", Mirrored),
    (
        "into_make_service",
        Otherwise("a `Router` with a fallback, `with_auth` first"),
    ),
    (
        "into_make_service_with_connect_info",
        Otherwise("a `Router` with a fallback, `with_auth` first"),
    ),
    ("layer", Mirrored),
    ("merge", Mirrored),
    ("new", Mirrored),
    ("on", Mirrored),
    ("on_service", Mirrored),
    ("options", Mirrored),
    ("options_service", Mirrored),
    ("patch", Mirrored),
    ("patch_service", Mirrored),
    ("post", Mirrored),
    ("post_service", Mirrored),
    ("put", Mirrored),
    ("put_service", Mirrored),
    ("route_layer", Mirrored),
    ("trace", Mirrored),
    ("trace_service", Mirrored),
    ("with_state", Mirrored),
    (
        "impl Clone",
        Absent("a copy would share its routes' place for an `Auth`"),
    ),
    ("impl Debug", Mirrored),
    ("impl Default", Mirrored),
    (
        "impl Handler",
        Otherwise("`fallback_unguarded(axum::routing::get(..), reason)`"),
    ),
    (
        "impl Service",
        Otherwise("`Router::route`; on its own it could have no `Auth`"),
    ),
];

/// The methods of `axum::handler::{Handler, HandlerWithoutStateExt}`: what they make of a handler can
/// be routed.
const HANDLER: &[(&str, Fate)] = &[
    ("call", Otherwise("a router calls it, after the guard")),
    ("layer", Mirrored),
    (
        "into_service",
        Otherwise("the handler itself, or `guard::<P>().layer(service)`"),
    ),
    (
        "into_make_service",
        Absent("a service of its own has no `Auth`"),
    ),
    (
        "into_make_service_with_connect_info",
        Absent("a service of its own has no `Auth`"),
    ),
    (
        "with_state",
        Otherwise("the handler itself, or `guard::<P>().layer(service)`"),
    ),
];

/// What is compared: a mirrored name that no scenario uses is not known to be mirrored.
const SCENARIOS: &str = concat!(
    include_str!("allow.rs"),
    include_str!("errors.rs"),
    include_str!("fallbacks.rs"),
    include_str!("layers.rs"),
    include_str!("merging.rs"),
    include_str!("methods.rs"),
    include_str!("misuse.rs"),
    include_str!("nesting.rs"),
    include_str!("paths.rs"),
    include_str!("states.rs"),
);

#[test]
fn every_public_routing_item_of_axum_is_accounted_for() {
    let axum = Source::read();
    for (what, table, names) in [
        ("axum::routing", FUNCTIONS, axum.functions()),
        ("Router", ROUTER, axum.router()),
        ("MethodRouter", METHOD_ROUTER, axum.method_router()),
        ("Handler", HANDLER, axum.handler()),
    ] {
        let placed: Names = table.iter().map(|(name, _)| (*name).to_owned()).collect();
        let new: Vec<_> = names.difference(&placed).collect();
        let gone: Vec<_> = placed.difference(&names).collect();
        assert!(
            new.is_empty() && gone.is_empty(),
            "{what}: axum has {new:?}, which have no place here, and has no {gone:?}"
        );
    }
}

#[test]
fn every_mirrored_name_is_used_by_a_scenario() {
    // `methods.rs` takes each function of one method as `get, get_service;`.
    let tables = [
        (FUNCTIONS, [" {}(", "({}(", "    {}, ", ", {};"].as_slice()),
        (ROUTER, &[".{}(", "Router::{}("]),
        (METHOD_ROUTER, &[".{}(", "MethodRouter::{}("]),
        (HANDLER, &[".{}("]),
    ];
    for (table, calls) in tables {
        for (name, fate) in table {
            match fate {
                Mirrored if name.starts_with("impl ") => {}
                Mirrored => {
                    let mut calls = calls.iter().map(|call| call.replace("{}", name));
                    let is_called = calls.any(|call| SCENARIOS.contains(&call));
                    assert!(is_called, "no scenario uses {name}");
                }
                Otherwise(why) | Absent(why) => assert!(!why.is_empty()),
            }
        }
    }
}

#[test]
fn the_routers_implement_the_traits_of_axum_routers() {
    fn both<A, B>()
    where
        A: Default + std::fmt::Debug + Send + Sync + Unpin,
        B: Default + std::fmt::Debug + Send + Sync + Unpin,
    {
    }

    both::<axum::Router, auth_runtime::Router>();
    both::<axum::Router<u32>, auth_runtime::Router<u32>>();
    both::<axum::routing::MethodRouter, auth_runtime::routing::MethodRouter>();
    both::<axum::routing::MethodRouter<u32, u8>, auth_runtime::routing::MethodRouter<u32, u8>>();
}
