//! The cell in a route for its `Auth`, which is set when the router is finished.

use std::sync::{Arc, OnceLock};

use axum::http::Extensions;
use axum::http::request::Parts;

use super::observe;
use super::request_auth::RequestAuth;
use super::required_policy::{AnyState, RequiredPolicy};
use super::response::AuthRejection;
use super::response_metadata::ResponseMetadata;
use crate::auth::Auth;
use crate::policy::Hide;

/// Shared by a route and its router, which fills it once.
#[derive(Clone, Debug, Default)]
pub(super) struct AuthCell(Arc<OnceLock<Binding>>);

#[derive(Debug)]
struct Binding {
    auth: Auth,
    /// The policies of [`Router::require`](crate::Router::require), without the rule of the route itself.
    required: Vec<RequiredPolicy>,
    /// The strongest `hide` of all rules of the route. It applies to the denials of each rule.
    hide: Hide,
}

impl AuthCell {
    pub(super) fn fill(&self, auth: Auth, required: Vec<RequiredPolicy>, hide: Hide) {
        auth.warn_of_missing_public_origin();
        // The cell may be full: the entries of one `on(GET.or(POST), ..)` share it, with the same binding.
        let _ = self.0.set(Binding {
            auth,
            required,
            hide,
        });
    }

    /// Puts the `Auth` into a request.
    pub(super) fn install(&self, extensions: &mut Extensions) -> Option<ResponseMetadata> {
        let binding = self.0.get()?;
        RequestAuth::insert(&binding.auth, extensions)
    }

    /// Whether [`enforce_required`](Self::enforce_required) must be called before the route.
    pub(super) fn requires(&self) -> bool {
        self.0
            .get()
            .is_none_or(|binding| !binding.required.is_empty())
    }

    /// Enforces the policies of [`Router::require`](crate::Router::require).
    pub(super) async fn enforce_required(
        &self,
        parts: &mut Parts,
        state: &AnyState,
    ) -> Result<(), AuthRejection> {
        let Some(binding) = self.0.get() else {
            observe::missing_layer(Some("router"), None);
            return Err(AuthRejection::without_auth(parts));
        };
        for policy in &binding.required {
            policy
                .enforce(binding.hide, parts, state)
                .await
                .map_err(|refusal| refusal.hide(binding.hide, &binding.auth, parts))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::task::{Context, Poll};

    use axum::body::Body;
    use axum::extract::Request;
    use axum::handler::Handler;
    use axum::http::StatusCode;
    use axum::response::Response;
    use axum::routing::{any, get, get_service};
    use tower::ServiceExt;
    use tower_layer::{Identity as Unlayered, Layer};
    use tower_service::Service;

    use super::*;
    use crate::web::guarded_handler::{ErasedHandler, GuardedHandler};
    use crate::web::mounted_service::{MountedLayer, MountedService};

    /// Panics if it is called.
    #[derive(Clone)]
    struct Unreachable;

    impl Service<Request> for Unreachable {
        type Response = Response;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request) -> Self::Future {
            unreachable!("the request was admitted")
        }
    }

    async fn unreachable_handler() {
        unreachable!("the request was admitted")
    }

    #[tokio::test]
    async fn a_route_whose_router_was_never_finished_accepts_no_caller() {
        let handler = || {
            let handler = ErasedHandler::new(unreachable_handler);
            GuardedHandler::new(handler, AuthCell::default())
        };
        let service = || MountedService::new(Unreachable, AuthCell::default());
        let mount = || MountedLayer::new(Unlayered::new(), AuthCell::default());
        let mut answers = vec![
            Handler::<(), ()>::call(handler(), Request::new(Body::empty()), ()).await,
            service()
                .oneshot(Request::new(Body::empty()))
                .await
                .unwrap(),
        ];
        let routes = [
            any(handler()),
            any(unreachable_handler).layer(mount()),
            get_service(service()),
            get(unreachable_handler).route_layer(mount()),
        ];
        for route in routes {
            let app = axum::Router::new().route("/", route);
            answers.push(app.oneshot(Request::new(Body::empty())).await.unwrap());
        }
        let layered = mount().layer(Unreachable);
        answers.push(layered.oneshot(Request::new(Body::empty())).await.unwrap());
        for answer in answers {
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        }
    }
}
