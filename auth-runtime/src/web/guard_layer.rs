//! A policy in front of a service that is not a handler.

use std::any::type_name;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use axum::http::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::{BoxFuture, FutureExt};
use tower_layer::Layer;
use tower_service::Service;

use super::caller::optional_caller;
use super::enforcement::enforce_without_checks;
use crate::identity::Identity;
use crate::policy::{PolicyWithoutChecks, Rule};

/// A [`tower`](tower_layer) layer that calls the service only if the caller satisfies the policy `P`. Use it for
/// services that are not handlers, such as static files, gRPC, or another application.
///
/// [`nest_service`](crate::Router::nest_service) removes the path of the service from the request, as a file server
/// expects it. A gRPC service needs the whole path:
/// `.route_service("/warehouse.Stock/{*method}", guard::<Staff>().layer(server))`.
///
/// The guard uses the [`Auth`](crate::Auth) of its [`Router`](crate::Router). Outside of such a router, it uses the
/// one of [`Auth::layer`](crate::Auth::layer).
///
/// The [`Identity`] of the caller is in the extensions of the request, because a service has no extractors.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use std::convert::Infallible;
///
/// use auth_runtime::{Auth, Identity, Router, guard, policy, testing::Issuer};
/// use axum::{body::Body, extract::Request, response::Response};
/// use tower::{ServiceExt, service_fn};
///
/// #[policy(role = "staff")]
/// struct Staff;
///
/// let handbook = service_fn(|request: Request| async move {
///     let reader = request.extensions().get::<Identity>().map(Identity::subject);
///     Ok::<_, Infallible>(Response::new(Body::from(format!("the handbook, for {reader:?}"))))
/// });
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = Router::new()
///     .nest_service("/handbook", guard::<Staff>().layer(handbook))
///     .with_auth(auth);
///
/// for (role, status) in [("staff", 200), ("guest", 403)] {
///     let value = format!("Bearer {}", issuer.token("alice").role(role).sign());
///     let request = Request::get("/handbook").header("authorization", value).body(Body::empty())?;
///     let answer = app.clone().oneshot(request).await?;
///     assert_eq!(answer.status(), status);
/// #   if status == 200 {
/// #       let body = axum::body::to_bytes(answer.into_body(), 100).await?;
/// #       assert_eq!(body, "the handbook, for Some(\"alice\")");
/// #   }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// As middleware of a [`Router`](crate::Router), it also guards the 404 and 405 responses of the router itself.
/// [`Router::require`](crate::Router::require) adds a rule to the routes only. The access map shows both. It does
/// not show a guard inside a stack of layers, such as a `ServiceBuilder`.
///
/// The layer does not know which route is behind it, so it does not apply the `hide` of that route. If its 401 or
/// 403 would distinguish a hidden route from a missing path, finishing the router
/// [fails](crate::router::RouterFault::HiddenRouteExposed).
#[must_use]
pub fn guard<P: PolicyWithoutChecks>() -> GuardLayer {
    GuardLayer { rule: P::RULE }
}

/// The layer made by [`guard`].
#[derive(Clone)]
pub struct GuardLayer {
    pub(super) rule: &'static Rule,
}

impl GuardLayer {
    /// Puts `service` behind the policy. The same as [`tower_layer::Layer::layer`], without an import of the trait.
    pub fn layer<V>(&self, service: V) -> GuardService<V> {
        GuardService {
            inner: service,
            rule: self.rule,
        }
    }
}

impl fmt::Debug for GuardLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("GuardLayer")
            .field(&self.rule.name)
            .finish()
    }
}

impl<V> Layer<V> for GuardLayer {
    type Service = GuardService<V>;

    fn layer(&self, inner: V) -> Self::Service {
        self.layer(inner)
    }
}

/// The service made by [`GuardLayer`].
#[derive(Clone)]
pub struct GuardService<V> {
    inner: V,
    pub(super) rule: &'static Rule,
}

impl<V> fmt::Debug for GuardService<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GuardService")
            .field("policy", &self.rule.name)
            .field("inner", &type_name::<V>())
            .finish()
    }
}

impl<V, B> Service<Request<B>> for GuardService<V>
where
    V: Service<Request<B>, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Response;
    type Error = V::Error;
    type Future = BoxFuture<'static, Result<Response, V::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        // The service is made ready only for admitted requests.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut inner = self.inner.clone();
        let rule = self.rule;
        async move {
            let (mut parts, body) = request.into_parts();
            let admitted = match enforce_without_checks(rule, &mut parts).await {
                Ok(()) => optional_caller(&mut parts, "guard").await,
                Err(refusal) => Err(refusal),
            };
            match admitted {
                Ok(identity) => {
                    // An earlier guard may have inserted its own.
                    parts.extensions.remove::<Identity>();
                    if let Some(identity) = identity {
                        parts.extensions.insert(identity);
                    }
                    poll_fn(|context| inner.poll_ready(context)).await?;
                    let answer = inner.call(Request::from_parts(parts, body)).await;
                    answer.map(IntoResponse::into_response)
                }
                Err(refusal) => Ok(refusal.into_response()),
            }
        }
        .boxed()
    }
}
