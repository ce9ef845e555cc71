//! The parts of a scenario, and the macro that builds it with both routers.

pub(crate) mod compare;
pub(crate) mod handlers;
mod map;
pub(crate) mod panics;
pub(crate) mod services;

pub(crate) use compare::{Pair, Probe, rewritten, stopped};
pub(crate) use handlers::names;

/// A test of the same lines with axum's `Router`, `routing` and bare handlers, and with those of
/// `auth_runtime` and guarded handlers.
macro_rules! scenario {
    ($(#[$attribute:meta])* $name:ident $build:block answers [$($probe:expr),* $(,)?]) => {
        $(#[$attribute])*
        #[tokio::test]
        async fn $name() {
            let pair = pair!($build);
            pair.compare(&[$($crate::kit::Probe::from($probe)),*]).await;
        }
    };
}

/// The results of the same lines with axum's names, and with those of `auth_runtime`.
macro_rules! both {
    ($build:block) => {
        (
            {
                #[allow(unused_imports, reason = "few scenarios need all")]
                use {
                    crate::kit::handlers::bare::*, crate::kit::services::bare::*, axum::Router,
                    axum::routing::*,
                };
                $build
            },
            {
                #[allow(unused_imports, reason = "few scenarios need all")]
                use {
                    crate::kit::handlers::guarded::*, crate::kit::services::guarded::*,
                    auth_runtime::Router, auth_runtime::routing::*,
                };
                $build
            },
        )
    };
}

macro_rules! pair {
    ($build:block) => {{
        let (bare, guarded) = both!($build);
        $crate::kit::Pair { bare, guarded }
    }};
}
