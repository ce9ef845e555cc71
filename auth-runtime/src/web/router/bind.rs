//! Gives the routes of a router their common rules and their `Auth`.

use super::Router;
use super::layer_cell::LayerCell;
use crate::access_map::router_fault::RouterError;
use crate::access_map::{AccessMap, faults};
use crate::auth::Auth;
use crate::policy::{Hide, Policy};
use crate::web::observe;
use crate::web::required_policy::RequiredPolicy;
use crate::web::run_checks::RunChecks;

impl<S> Router<S> {
    /// Requires the policy `P` for all routes added so far and for the fallback. It is checked before the rule of the
    /// route. Public and unguarded routes require it too. Hidden routes stay hidden.
    ///
    /// Middleware that was added before runs before all rules, including this one. To guard middleware as well, add a
    /// [`guard`](crate::guard()) around it as a layer.
    ///
    /// Each handler still needs its own attribute. If `P` is the only rule, write `#[require_auth]`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{Auth, Router, policy, require_auth, routing::get};
    /// # use auth_runtime::testing::Issuer;
    /// # use axum::{body::Body, http::Request};
    /// # use tower::ServiceExt;
    ///
    /// #[policy(role = "staff")]
    /// struct Staff;
    ///
    /// #[require_auth(scope = "orders:read")]
    /// async fn list_orders() -> &'static str {
    ///     "orders"
    /// }
    ///
    /// #[require_auth] // no other rule than that of the router
    /// async fn list_products() -> &'static str {
    ///     "products"
    /// }
    ///
    /// let backoffice = Router::new()
    ///     .route("/orders", get(list_orders))
    ///     .route("/products", get(list_products))
    ///     .require::<Staff>();
    /// # let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// # let auth = Auth::builder().bearer(issuer.jwt()).build()?;
    /// # let app = backoffice.with_auth(auth);
    /// # for (role, status) in [("staff", 200), ("guest", 403)] {
    /// #     let token = issuer.token("alice").scope("orders:read").role(role).sign();
    /// #     let value = format!("Bearer {token}");
    /// #     for path in ["/orders", "/products"] {
    /// #         let request = Request::get(path).header("authorization", &value);
    /// #         let request = request.body(Body::empty())?;
    /// #         assert_eq!(app.clone().oneshot(request).await?.status(), status);
    /// #     }
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// If `P` has a [`check`](macro@crate::check), its extractors take the state of this router, and a `Path` in it gets
    /// the parameters of the whole route. If the check takes `State`, call this method before
    /// [`with_state`](Self::with_state), on a router without services, which have no state. If it does not, call this
    /// method after `with_state`: the check then runs before services too. It also runs before the fallback, whose path
    /// has no parameters, so add the fallback after this call or take `Option<Path<..>>`. In all other cases, finishing the router
    /// [fails](crate::router::RouterFault::CheckWithoutState). The handler does not get the values of these checks.
    ///
    /// The bound on `P::Checks` holds if `P` has no check, or if the extractors of its checks take the state `S`. In
    /// generic code, write `P: PolicyWithoutChecks` instead.
    pub fn require<P: Policy>(mut self) -> Self
    where
        P::Checks: RunChecks<S> + 'static,
        S: Send + Sync + 'static,
    {
        let policy = RequiredPolicy::of::<P, S>();
        for entry in &mut self.entries {
            entry.require(policy);
        }
        self
    }

    /// Sets the `Auth` of all routes and middleware added so far that have none yet. The router is not finished: routes
    /// added later can use another `Auth`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{Auth, Router, require_auth, routing::get};
    /// # use auth_runtime::testing::Issuer;
    /// # use axum::{body::Body, http::Request};
    /// # use tower::ServiceExt;
    ///
    /// #[require_auth]
    /// async fn whoami(caller: auth_runtime::Identity) -> String {
    ///     caller.issuer().to_owned()
    /// }
    ///
    /// # let staff_issuer = Issuer::new("https://staff.example", "https://api.example");
    /// # let partner_issuer = Issuer::new("https://partners.example", "https://api.example");
    /// let staff = Auth::builder().realm("staff").bearer(staff_issuer.jwt()).build()?;
    /// let partners = Auth::builder().realm("partners").bearer(partner_issuer.jwt()).build()?;
    /// let app = Router::new()
    ///     .nest("/partners", Router::new().route("/whoami", get(whoami)).bind(partners))
    ///     .route("/whoami", get(whoami))
    ///     .with_auth(staff);
    /// # let value = format!("Bearer {}", partner_issuer.token("acme").sign());
    /// # for (path, status) in [("/partners/whoami", 200), ("/whoami", 401)] {
    /// #     let request = Request::get(path).header("authorization", &value).body(Body::empty())?;
    /// #     assert_eq!(app.clone().oneshot(request).await?.status(), status);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[allow(
        clippy::needless_pass_by_value,
        reason = "the same signature as `with_auth`"
    )]
    pub fn bind(mut self, auth: Auth) -> Self {
        for entry in &mut self.entries {
            entry.route.auth.get_or_insert_with(|| auth.clone());
        }
        for layer in &mut self.layers {
            layer.auth.get_or_insert_with(|| auth.clone());
        }
        self
    }

    /// Lists all routes added so far with their rules. The paths are those in this router.
    ///
    /// See [`AccessMap`] for its output formats. It includes the `Auth` of each route that has been set with
    /// [`bind`](Self::bind).
    #[must_use]
    pub fn access_map(&self) -> AccessMap {
        AccessMap::new(
            self.entries
                .iter()
                .map(|entry| entry.route.clone())
                .collect(),
        )
    }

    /// Finishes the router. All routes and middleware without an `Auth` from [`bind`](Self::bind) use this one.
    ///
    /// # Panics
    ///
    /// If the router has faults; see [`try_with_auth`](Self::try_with_auth).
    #[track_caller]
    #[allow(
        clippy::panic,
        reason = "at startup, at the line of the caller, as axum does for invalid routes"
    )]
    pub fn with_auth(self, auth: Auth) -> axum::Router<S> {
        match self.try_with_auth(auth) {
            Ok(router) => router,
            Err(error) => panic!("{error}"),
        }
    }

    /// Finishes the router like [`with_auth`](Self::with_auth), and returns its faults as an error.
    ///
    /// Warnings are logged. They are also in [`AccessMap::warnings`].
    ///
    /// ```
    /// use auth_runtime::{Auth, Router, require_auth, routing::get};
    /// # use auth_runtime::testing::Issuer;
    ///
    /// #[require_auth(scheme = "basic")]
    /// async fn for_people() {}
    ///
    /// # let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap(); // without passwords
    /// let error = Router::<()>::new()
    ///     .route("/people", get(for_people))
    ///     .try_with_auth(auth)
    ///     .unwrap_err();
    /// assert_eq!(error.faults().len(), 1);
    /// assert!(error.to_string().contains("GET /people"));
    /// ```
    ///
    /// # Errors
    ///
    /// All faults at once:
    ///
    /// - A rule accepts a kind of credential that its `Auth` does not have.
    /// - A rule requires a scope that is not in the vocabulary of its `Auth`.
    /// - A rule requires a scope, role or claim that none of its kinds of credentials provides. If the rule has an
    ///   alternative, this is a warning.
    /// - A layer around a handler contains another `Auth`.
    /// - A guard in a layer exposes a hidden route.
    /// - The router requires a policy with a check for a route that does not get the state of this router.
    /// - An unguarded route has an empty reason.
    /// - A route is from [`Auth::backchannel_logout`], and the `Auth` accepts no logout tokens.
    pub fn try_with_auth(self, auth: Auth) -> Result<axum::Router<S>, RouterError> {
        let bound = self.bind(auth);
        let map = bound.access_map();
        let faults = faults(map.routes(), &bound.fallback_guards);
        if !faults.is_empty() {
            return Err(RouterError::new(faults));
        }
        observe::log_warnings(&map);
        let Self {
            inner,
            entries,
            layers,
            ..
        } = bound;
        for entry in entries {
            if let Some(auth) = entry.route.auth {
                entry.cell.fill(auth, entry.required, entry.route.hide);
            }
        }
        for LayerCell { cell, auth } in layers {
            if let Some(auth) = auth {
                cell.fill(auth, Vec::new(), Hide::Never);
            }
        }
        Ok(inner)
    }
}
