//! A policy in front of a service that is no handler.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::task::{Context, Poll};

use axum::extract::FromRequestParts;
use axum::http::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::{BoxFuture, FutureExt};
use tower_layer::Layer;
use tower_service::Service;

use super::caller::optional_caller;
use super::guard::Guard;
use crate::identity::Identity;
use crate::policy::Policy;

/// A [`tower`](tower_layer) layer that lets in who meets the policy `P`: for services that are no
/// handlers, such as static files, gRPC, or another application.
///
/// It looks for its [`Auth`](crate::Auth) where a handler's guard does: a
/// [`Router`](crate::Router) puts it there, and so does [`Auth::layer`](crate::Auth::layer) anywhere
/// else.
///
/// The service finds the caller's [`Identity`] in the extensions of the request: what is no handler
/// has no extractors.
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
#[must_use]
pub fn guard<P: Policy>() -> GuardLayer<P> {
    GuardLayer(PhantomData)
}

/// The layer made by [`guard`].
pub struct GuardLayer<P>(PhantomData<fn() -> P>);

impl<P: Policy> GuardLayer<P> {
    /// `service` behind the policy: that of [`tower_layer::Layer`], which need not be imported.
    pub fn layer<V>(&self, service: V) -> GuardService<P, V> {
        GuardService {
            inner: service,
            policy: PhantomData,
        }
    }
}

impl<P> Clone for GuardLayer<P> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<P: Policy> fmt::Debug for GuardLayer<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("GuardLayer")
            .field(&P::RULE.name)
            .finish()
    }
}

impl<P: Policy, V> Layer<V> for GuardLayer<P> {
    type Service = GuardService<P, V>;

    fn layer(&self, inner: V) -> Self::Service {
        self.layer(inner)
    }
}

/// The service made by [`GuardLayer`].
pub struct GuardService<P, V> {
    inner: V,
    policy: PhantomData<fn() -> P>,
}

impl<P, V: Clone> Clone for GuardService<P, V> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            policy: PhantomData,
        }
    }
}

impl<P: Policy, V> fmt::Debug for GuardService<P, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GuardService")
            .field("policy", &P::RULE.name)
            .field("inner", &type_name::<V>())
            .finish()
    }
}

impl<P, V, B> Service<Request<B>> for GuardService<P, V>
where
    P: Policy + 'static,
    V: Service<Request<B>, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Response;
    type Error = V::Error;
    type Future = BoxFuture<'static, Result<Response, V::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The clone was not asked whether it is ready.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        async move {
            let (mut parts, body) = request.into_parts();
            let admitted = match Guard::<P>::from_request_parts(&mut parts, &()).await {
                Ok(_) => optional_caller(&mut parts, P::RULE.name).await,
                Err(refusal) => Err(refusal),
            };
            match admitted {
                Ok(identity) => {
                    // One that an earlier guard has left there is not meant.
                    parts.extensions.remove::<Identity>();
                    if let Some(identity) = identity {
                        parts.extensions.insert(identity);
                    }
                    let answer = inner.call(Request::from_parts(parts, body)).await;
                    answer.map(IntoResponse::into_response)
                }
                Err(refusal) => Ok(refusal.into_response()),
            }
        }
        .boxed()
    }
}
