//! Traits for handlers and services that declare an access policy.

use std::any::{TypeId, type_name};

use axum::handler::{Handler, Layered};

use super::guard::Guard;
use super::guard_layer::{GuardLayer, GuardService};
use super::guarded_handler::ErasedHandler;
use super::layer::AuthLayer;
use crate::access_map::HandlerLayers;
use crate::policy::{Policy, Rule};

/// A handler that declares its access policy: its first argument is a [`Guard`](crate::Guard).
/// [`#[require_auth]`](macro@crate::require_auth), [`#[optional_auth]`](macro@crate::optional_auth)
/// and [`#[allow_anonymous]`](macro@crate::allow_anonymous) add this argument to a function.
///
/// `T` is the `T` of its [`Handler`](axum::handler::Handler) implementation.
#[diagnostic::on_unimplemented(
    message = "this handler declares no access policy",
    label = "missing access policy",
    note = "if it is a function, add `#[require_auth(..)]`, `#[optional_auth]` or `#[allow_anonymous(reason = \"..\")]` above it",
    note = "`.require::<Admin>()` on the router does not replace the attribute: if that policy is enough, add `#[require_auth]` without a rule",
    note = "if it is a closure, take a guard as the first argument: `|_: Guard<YourPolicy>, ..| ..`",
    note = "to add it without a policy, use `route_unguarded(path, axum::routing::get(..), reason)` or `fallback_unguarded(handler, reason)`"
)]
pub trait Declared<T> {
    /// The rule that the guard enforces.
    #[doc(hidden)]
    const RULE: &'static Rule;

    /// The path of the function, for the access map.
    #[doc(hidden)]
    #[must_use]
    fn name() -> &'static str {
        type_name::<Self>()
    }

    /// The layers around the handler that are visible in its type.
    #[doc(hidden)]
    #[must_use]
    fn layers() -> HandlerLayers {
        HandlerLayers::default()
    }
}

/// A handler that axum can call. Implemented for every [`Handler`].
#[diagnostic::on_unimplemented(
    message = "axum can't call this as a handler",
    label = "not a handler",
    note = "a handler must be an `async fn` or return a future, and the future must be `Send`",
    note = "an argument that reads the body, such as `Json<T>`, `Form<T>`, `Bytes`, `String` or `Request`, must be the last one",
    note = "every argument must be an extractor for the router's state, and the return type must implement `IntoResponse`",
    note = "for a more detailed error, add `#[axum::debug_handler]` below the attribute that declares the policy"
)]
pub trait AxumHandler<T, S>: Handler<T, S> {}

#[diagnostic::do_not_recommend]
impl<H: Handler<T, S>, T, S> AxumHandler<T, S> for H {}

/// A handler and what it declares. Its type is erased, so that code for routes is not compiled again for each handler.
pub(super) struct DeclaredHandler<S> {
    pub(super) name: &'static str,
    pub(super) rule: &'static Rule,
    pub(super) layers: HandlerLayers,
    pub(super) handler: ErasedHandler<S>,
}

impl<S: 'static> DeclaredHandler<S> {
    pub(super) fn new<H: Declared<T> + Handler<T, S>, T: 'static>(handler: H) -> Self {
        Self {
            name: H::name(),
            rule: H::RULE,
            layers: H::layers(),
            handler: ErasedHandler::new(handler),
        }
    }
}

/// A service behind a [`guard`](crate::guard()).
#[diagnostic::on_unimplemented(
    message = "this service declares no access policy",
    label = "missing access policy",
    note = "put it behind a policy: `guard::<YourPolicy>().layer(service)`",
    note = "to add it without a policy, use `route_service_unguarded(path, service, reason)`, `nest_service_unguarded` or `fallback_service_unguarded`"
)]
pub trait DeclaredService {
    /// The rule that the guard enforces.
    #[doc(hidden)]
    fn rule(&self) -> &'static Rule;

    /// The type of the guarded service, for the access map.
    #[doc(hidden)]
    #[must_use]
    fn name() -> &'static str;
}

#[diagnostic::do_not_recommend]
impl<V> DeclaredService for GuardService<V> {
    fn rule(&self) -> &'static Rule {
        self.rule
    }

    fn name() -> &'static str {
        type_name::<V>()
    }
}

#[diagnostic::do_not_recommend]
impl<L: 'static, H: Declared<T>, T, S> Declared<T> for Layered<L, H, T, S> {
    const RULE: &'static Rule = H::RULE;

    fn name() -> &'static str {
        H::name()
    }

    fn layers() -> HandlerLayers {
        let layer = TypeId::of::<L>();
        let inner = H::layers();
        HandlerLayers {
            auth: inner.auth || layer == TypeId::of::<AuthLayer>(),
            guard: inner.guard || layer == TypeId::of::<GuardLayer>(),
        }
    }
}

macro_rules! declared_by_arity {
    (@each [$($before:ident),*]) => {
        declared_by_arity!(@impl $($before),*);
    };
    (@each [$($before:ident),*] $next:ident $(, $after:ident)*) => {
        declared_by_arity!(@impl $($before),*);
        declared_by_arity!(@each [$($before,)* $next] $($after),*);
    };
    (@impl $($argument:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<F, M, R, P, $($argument),*> Declared<(M, Guard<P>, $($argument,)*)> for F
        where
            P: Policy,
            F: FnOnce(Guard<P>, $($argument),*) -> R,
        {
            const RULE: &'static Rule = P::RULE;
        }
    };
}

declared_by_arity!(@each []
    T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15
);
