//! The rows of the tables: what serves the requests, the requests, and the status that is expected.

mod aliri;
mod allowed;
mod axum_jwt_auth;
mod bare;
mod hand_written;
mod jwt_authorizer;
mod limit;
mod protect;
mod refusals;
pub(crate) mod scale;
pub(crate) mod threads;

use auth_runtime::keys::Algorithm;
use http::{Request, StatusCode};

use crate::app::App;
use crate::application::ALGORITHMS;

/// The rows that others are compared with.
pub(crate) const BARE: &str = "bare";
pub(crate) const BARE_0_7: &str = "bare-axum-0.7";
pub(crate) const HAND_WRITTEN: &str = "hand-written";
pub(crate) const LIMIT_COLD: &str = "limit-cold";
pub(crate) const LIMIT_WARM: &str = "limit-warm";
pub(crate) const LIMIT_LAYER: &str = "limit-layer";
pub(crate) const WARM: &str = "warm";
pub(crate) const WARM_LAYER: &str = "warm-layer";
pub(crate) const COLD: &str = "cold";
pub(crate) const NEW: &str = "new";
pub(crate) const NO_CREDENTIAL: &str = "none";
pub(crate) const MISSING_SCOPE: &str = "missing-scope";
const ALIRI: &str = "aliri_axum";
const JWT_AUTHORIZER: &str = "jwt-authorizer";

type Build = fn(Algorithm) -> Served;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Bare,
    /// Measured with each algorithm.
    Guard,
    /// Guarded requests of other kinds, or with other rules.
    Other,
    Refusal,
}

#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// Its name in the arguments of the program.
    pub(crate) id: &'static str,
    /// Its name in tables.
    pub(crate) label: &'static str,
    pub(crate) section: Section,
    pub(crate) algorithm: Algorithm,
    /// The row without a guard, on the same version of axum.
    pub(crate) bare: &'static str,
    pub(crate) status: StatusCode,
    build: Build,
}

impl Row {
    pub(crate) fn with(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    pub(crate) fn build(&self) -> Served {
        (self.build)(self.algorithm)
    }
}

/// A router and the requests for it.
pub(crate) struct Served {
    pub(crate) app: App,
    request: Box<dyn Fn(u64) -> Request<()>>,
    requests: u64,
}

impl Served {
    /// `request` makes the request with this number.
    fn new(app: App, request: impl Fn(u64) -> Request<()> + 'static) -> Self {
        Self {
            app,
            request: Box::new(request),
            requests: 0,
        }
    }

    /// Each request is the same.
    fn repeating(app: App, request: Request<()>) -> Self {
        Self::new(app, move |_| request.clone())
    }

    /// The next requests. No number is used twice.
    pub(crate) fn requests(&mut self, number: u64) -> Vec<Request<()>> {
        let first = self.requests;
        self.requests += number;
        (first..self.requests).map(&self.request).collect()
    }
}

pub(crate) fn all() -> Vec<Row> {
    let rows = [bare_rows(), guard_rows(), other_rows(), refusal_rows()];
    rows.concat()
}

fn bare_rows() -> Vec<Row> {
    let row = |id, label, build: Build| Row {
        id,
        label,
        section: Section::Bare,
        algorithm: Algorithm::HS256,
        bare: id,
        status: StatusCode::OK,
        build,
    };
    vec![
        row(BARE, "bare handler", bare::axum),
        row(BARE_0_7, "bare handler, axum 0.7", bare::axum_0_7),
    ]
}

fn guard_rows() -> Vec<Row> {
    let guard = |id, label, build: Build| {
        ALGORITHMS.map(|algorithm| Row {
            id,
            label,
            section: Section::Guard,
            algorithm,
            bare: if id == JWT_AUTHORIZER { BARE_0_7 } else { BARE },
            status: StatusCode::OK,
            build,
        })
    };
    let mut rows = [
        guard(
            HAND_WRITTEN,
            "hand-written extractor, jsonwebtoken",
            hand_written::build,
        ),
        guard("axum-jwt-auth", "axum-jwt-auth", axum_jwt_auth::build),
        guard(ALIRI, "aliri_axum", aliri::build),
        guard(
            JWT_AUTHORIZER,
            "jwt-authorizer, axum 0.7",
            jwt_authorizer::build,
        ),
        guard("protect-axum", "protect-axum, jsonwebtoken", protect::build),
        guard(LIMIT_COLD, "limit, cold", limit::cold),
        guard(LIMIT_WARM, "limit, warm", limit::warm),
        guard(
            LIMIT_LAYER,
            "limit, warm, behind a tower layer",
            limit::behind_layer,
        ),
        guard(WARM, "**auth-runtime, warm**, its Router", allowed::warm),
        guard(
            WARM_LAYER,
            "**auth-runtime, warm**, `auth.layer()`",
            allowed::warm_behind_layer,
        ),
        guard(
            COLD,
            "**auth-runtime, cold** (`TokenCache::OFF`)",
            allowed::cold,
        ),
        guard(
            NEW,
            "**auth-runtime, new tokens**, cache on",
            allowed::new_tokens,
        ),
    ]
    .concat();
    rows.retain(|row| row.id != ALIRI || row.algorithm != Algorithm::EdDSA);
    rows
}

fn other_rows() -> Vec<Row> {
    let row = |id, label, build: Build| Row {
        id,
        label,
        section: Section::Other,
        algorithm: Algorithm::HS256,
        bare: BARE,
        status: StatusCode::OK,
        build,
    };
    vec![
        row("api-key", "API key, warm", allowed::api_key),
        row(
            "eight-leaves",
            "rule of 8 leaves, warm",
            allowed::rule_of_eight_leaves,
        ),
        row(
            "thousand-scopes",
            "token with 1,000 scopes, warm",
            allowed::thousand_scopes,
        ),
        row(
            "limit-thousand-scopes",
            "limit, token with 1,000 scopes, warm",
            limit::thousand_scopes,
        ),
    ]
}

fn refusal_rows() -> Vec<Row> {
    let row = |id, label, status, build: Build| Row {
        id,
        label,
        section: Section::Refusal,
        // Its keys have a `kid`, and its signature check takes long enough to be noticed.
        algorithm: Algorithm::ES256,
        bare: BARE,
        status,
        build,
    };
    let unauthorized = StatusCode::UNAUTHORIZED;
    vec![
        row(
            NO_CREDENTIAL,
            "no credential",
            unauthorized,
            refusals::no_credential,
        ),
        row("garbage", "garbage", unauthorized, refusals::garbage),
        row(
            "long-garbage",
            "8 KB of garbage",
            unauthorized,
            refusals::long_garbage,
        ),
        row(
            "wrong-algorithm",
            "wrong `alg`",
            unauthorized,
            refusals::wrong_algorithm,
        ),
        row(
            "unknown-kid",
            "unknown `kid`",
            unauthorized,
            refusals::unknown_key,
        ),
        row(
            MISSING_SCOPE,
            "valid token without the scope, seen before",
            StatusCode::FORBIDDEN,
            refusals::missing_scope,
        ),
        row(
            "expired",
            "expired token, seen before",
            unauthorized,
            refusals::expired,
        ),
        row(
            "wrong-audience",
            "wrong audience, seen before",
            unauthorized,
            refusals::wrong_audience,
        ),
    ]
}
