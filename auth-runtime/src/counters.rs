//! What is counted, for the `metrics` facade. Without the feature `metrics` nothing is.
//! Names and labels are in the documentation of the crate. Labels are constants of the program and its
//! configuration: no request can make a new one.

#[cfg(feature = "metrics")]
mod facade {
    use metrics::{Unit, describe_counter};

    /// Tells a recorder that is installed before the first `Auth` is built.
    pub(crate) fn describe() {
        describe_counter!(
            "auth_decisions_total",
            Unit::Count,
            "Requests that a guard let in or refused"
        );
        describe_counter!(
            "auth_token_cache_lookups_total",
            Unit::Count,
            "Bearer tokens that were looked for among the known ones"
        );
        describe_counter!(
            "auth_key_fetches_total",
            Unit::Count,
            "Fetches of the keys of an issuer"
        );
        describe_counter!(
            "auth_introspections_total",
            Unit::Count,
            "Bearer tokens that an authorization server was to be asked about"
        );
        describe_counter!(
            "auth_revocations_total",
            Unit::Count,
            "Revocations made by this node"
        );
    }

    pub(crate) fn allowed(policy: &'static str) {
        metrics::counter!("auth_decisions_total", "policy" => policy, "outcome" => "allowed")
            .increment(1);
    }

    /// `outcome` is `denied` or `reported`.
    pub(crate) fn denied(policy: &'static str, outcome: &'static str, status: u16) {
        metrics::counter!(
            "auth_decisions_total",
            "policy" => policy,
            "outcome" => outcome,
            "status" => status.to_string(),
        )
        .increment(1);
    }

    pub(crate) fn token_cache(hit: bool) {
        let result = if hit { "hit" } else { "miss" };
        metrics::counter!("auth_token_cache_lookups_total", "result" => result).increment(1);
    }

    pub(crate) fn key_fetch(issuer: &str, ok: bool) {
        let result = if ok { "ok" } else { "failed" };
        metrics::counter!(
            "auth_key_fetches_total",
            "issuer" => issuer.to_owned(),
            "result" => result,
        )
        .increment(1);
    }

    #[cfg(feature = "introspection")]
    pub(crate) fn introspection(result: &'static str) {
        metrics::counter!("auth_introspections_total", "result" => result).increment(1);
    }

    pub(crate) fn revocation(ok: bool) {
        let result = if ok { "ok" } else { "failed" };
        metrics::counter!("auth_revocations_total", "result" => result).increment(1);
    }
}

#[cfg(not(feature = "metrics"))]
mod facade {
    pub(crate) fn describe() {}
    pub(crate) fn allowed(_: &'static str) {}
    pub(crate) fn denied(_: &'static str, _: &'static str, _: u16) {}
    pub(crate) fn token_cache(_: bool) {}
    pub(crate) fn key_fetch(_: &str, _: bool) {}
    #[cfg(feature = "introspection")]
    pub(crate) fn introspection(_: &'static str) {}
    pub(crate) fn revocation(_: bool) {}
}

pub(crate) use facade::*;
