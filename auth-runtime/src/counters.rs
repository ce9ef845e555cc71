//! Counters for the `metrics` facade. Without the feature `metrics` nothing is counted.
//!
//! Names and labels are listed in the documentation of the crate. The values of labels are constants of the program
//! and its configuration, so a request can't create new ones.

#[cfg(feature = "metrics")]
mod facade {
    use metrics::{Unit, describe_counter};

    /// Describes the counters to the recorder. It must be installed before the first `Auth` is built.
    pub(crate) fn describe() {
        describe_counter!(
            "auth_decisions_total",
            Unit::Count,
            "Decisions of guards about requests"
        );
        describe_counter!(
            "auth_token_cache_lookups_total",
            Unit::Count,
            "Lookups of bearer tokens in the cache"
        );
        describe_counter!(
            "auth_key_fetches_total",
            Unit::Count,
            "Fetches of the keys of an issuer"
        );
        describe_counter!(
            "auth_introspections_total",
            Unit::Count,
            "Introspections of bearer tokens, including those that were not sent"
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
