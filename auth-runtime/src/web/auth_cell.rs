//! The place in a route for its `Auth`, which is known only when the router is finished.

use std::sync::{Arc, OnceLock};

use axum::http::Extensions;
use axum::http::request::Parts;

use super::guard::admit;
use super::observe;
use super::request_auth::{RequestAuth, ResponseNotes};
use super::response::AuthRejection;
use crate::auth::Auth;
use crate::policy::{Hide, Rule};

/// Shared by a route and the router that will fill it, once.
#[derive(Clone, Debug, Default)]
pub(super) struct AuthCell(Arc<OnceLock<Binding>>);

#[derive(Debug)]
struct Binding {
    auth: Auth,
    /// The rules of [`Router::require`](crate::Router::require), which the route does not know of.
    required: Vec<&'static Rule>,
    /// How deep the route is hidden by any of its rules: no other one gives it away.
    hide: Hide,
}

impl AuthCell {
    pub(super) fn fill(&self, auth: Auth, required: Vec<&'static Rule>, hide: Hide) {
        // The entries of one `on(GET.or(POST), ..)` share a cell and are bound alike.
        let _ = self.0.set(Binding {
            auth,
            required,
            hide,
        });
    }

    /// Puts the `Auth` into a request.
    pub(super) fn install(&self, extensions: &mut Extensions) -> Option<ResponseNotes> {
        let binding = self.0.get()?;
        Some(RequestAuth::insert(&binding.auth, extensions))
    }

    /// Whether a request has to be [admitted](Self::admit) before it comes to the route.
    pub(super) fn requires(&self) -> bool {
        self.0
            .get()
            .is_none_or(|binding| !binding.required.is_empty())
    }

    /// Applies the rules that the route does not know of.
    pub(super) async fn admit(&self, parts: &mut Parts) -> Result<(), AuthRejection> {
        let Some(binding) = self.0.get() else {
            observe::missing_layer(Some("router"), None);
            return Err(AuthRejection::without_auth(parts));
        };
        for rule in &binding.required {
            admit(parts, rule)
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
    use crate::web::guarded_handler::GuardedHandler;
    use crate::web::mounted_service::{Mount, MountedService};

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
            unreachable!("nobody is let in")
        }
    }

    async fn unreachable_handler() {
        unreachable!("nobody is let in")
    }

    #[tokio::test]
    async fn a_route_whose_router_was_never_finished_accepts_no_caller() {
        let handler = || GuardedHandler {
            handler: unreachable_handler,
            cell: AuthCell::default(),
        };
        let service = || MountedService::new(Unreachable, AuthCell::default());
        let mount = || Mount::new(Unlayered::new(), AuthCell::default());
        let mut answers = vec![
            Handler::<((),), ()>::call(handler(), Request::new(Body::empty()), ()).await,
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
