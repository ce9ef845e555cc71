//! Routes get their rules from their router, and their `Auth`.

use super::Router;
use crate::access_map::router_fault::RouterError;
use crate::access_map::{AccessMap, faults};
use crate::auth::Auth;
use crate::policy::{Hide, Policy, has_check};
use crate::web::auth_cell::AuthCell;
use crate::web::observe;

/// The cell for an `Auth` around middleware.
pub(in crate::web) struct LayerCell {
    cell: AuthCell,
    auth: Option<Auth>,
}

impl LayerCell {
    pub(in crate::web) fn new(cell: AuthCell) -> Self {
        Self { cell, auth: None }
    }
}

impl<S> Router<S> {
    /// Whoever calls one of the routes so far, or their fallback, has to meet the policy `P` as
    /// well: it is asked before their own rule. That holds for public routes and unguarded ones, too.
    /// A hidden route stays hidden. Middleware that was added before runs before every rule, this
    /// one included; [`guard`](crate::guard()) is middleware that guards what is inside.
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
    /// #[require_auth] // the rule of the router is enough
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
    /// A policy with a `check` does not compile here, the checks belong to a handler:
    ///
    /// ```compile_fail,E0080
    /// # use auth_runtime::{Router, require_auth, routing::get};
    /// #[require_auth(check = || true)]
    /// async fn list_orders() {}
    ///
    /// let routes: Router = Router::new().route("/orders", get(list_orders));
    /// let _ = routes.require::<__list_orders_policy>();
    /// ```
    pub fn require<P: Policy>(mut self) -> Self {
        const {
            assert!(
                !has_check(&P::RULE.requirement),
                "a policy with a `check` can't be required of a router: its extractors belong to \
                 a handler"
            );
        }
        for entry in &mut self.entries {
            entry.require(P::RULE);
        }
        self
    }

    /// The routes and the middleware so far use this `Auth`, unless they have one. The router stays
    /// unfinished: further routes may use another.
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
    // By value like `with_auth`: an `Auth` is one reference count.
    #[allow(clippy::needless_pass_by_value, reason = "reads like `with_auth`")]
    pub fn bind(mut self, auth: Auth) -> Self {
        for entry in &mut self.entries {
            entry.route.auth.get_or_insert_with(|| auth.clone());
        }
        for layer in &mut self.layers {
            layer.auth.get_or_insert_with(|| auth.clone());
        }
        self
    }

    /// The routes so far with their rules, the paths as they are in this router.
    ///
    /// See [`AccessMap`] for what it can be turned into. [`bind`](Self::bind) an `Auth` before to
    /// have the map say which it is.
    #[must_use]
    pub fn access_map(&self) -> AccessMap {
        AccessMap::new(
            self.entries
                .iter()
                .map(|entry| entry.route.clone())
                .collect(),
        )
    }

    /// Finishes the router: all that is not [bound](Self::bind) yet uses this `Auth`.
    ///
    /// # Panics
    ///
    /// If there is anything that can't work; see [`try_with_auth`](Self::try_with_auth).
    #[track_caller]
    #[allow(
        clippy::panic,
        reason = "at start, at the caller's line, as axum does about routes that can't work"
    )]
    pub fn with_auth(self, auth: Auth) -> axum::Router<S> {
        match self.try_with_auth(auth) {
            Ok(router) => router,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same, with what can't work as an error.
    ///
    /// What is merely surprising is logged, and is in [`AccessMap::warnings`].
    ///
    /// ```
    /// use auth_runtime::{Auth, Router, require_auth, routing::get};
    /// # use auth_runtime::testing::Issuer;
    ///
    /// #[require_auth(scheme = "basic")]
    /// async fn for_people() {}
    ///
    /// # let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap(); // no passwords
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
    /// Everything that can't work, together: rules that accept a kind of credential that their `Auth`
    /// does not have, that ask for a scope outside of its vocabulary, or for a scope, role or claim
    /// that no accepted kind provides (a warning, while there is an alternative to it); a layer around a
    /// handler that brings another `Auth`; a guard in a layer that exposes a hidden route; unguarded
    /// routes for which no reason is given; and a route of
    /// [`Auth::backchannel_logout`] if the `Auth` accepts no logout tokens.
    pub fn try_with_auth(self, auth: Auth) -> Result<axum::Router<S>, RouterError> {
        let bound = self.bind(auth);
        let map = bound.access_map();
        let faults = faults(map.routes(), &bound.fallback_guards);
        if !faults.is_empty() {
            return Err(RouterError::new(faults));
        }
        observe::surprising(&map);
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
