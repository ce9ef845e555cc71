//! Counters for the `metrics` facade. Without the feature `metrics` nothing is counted.
//!
//! Names and labels are listed in the documentation of the crate. The values of labels are constants of the program
//! and its configuration, so a request can't create new ones.

#[cfg(feature = "metrics")]
mod facade {
    use std::collections::HashMap;
    use std::sync::LazyLock;

    use foldhash::fast::RandomState;
    use metrics::{Key, Label, Level, Metadata, Unit, describe_counter};

    use crate::lock::RwLock;

    const DECISIONS: &str = "auth_decisions_total";

    /// The keys of decisions. Making a key takes two allocations, even without a recorder, and recorders clone keys. So each key is made once and leaked. Their number is bounded, because their labels are constants of the program.
    static KEYS: LazyLock<RwLock<HashMap<Decision, &'static Key, RandomState>>> =
        LazyLock::new(RwLock::default);

    static METADATA: Metadata<'_> =
        Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

    /// The labels of a decision.
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    struct Decision {
        policy: &'static str,
        outcome: &'static str,
        /// `None` if it is allowed.
        status: Option<u16>,
    }

    impl Decision {
        fn count(self) {
            let key = self.key();
            metrics::with_recorder(|recorder| {
                recorder.register_counter(key, &METADATA).increment(1);
            });
        }

        fn key(self) -> &'static Key {
            let known = KEYS.read().get(&self).copied();
            known.unwrap_or_else(|| KEYS.write().entry(self).or_insert_with(|| self.new_key()))
        }

        fn new_key(self) -> &'static Key {
            let mut labels = vec![
                Label::new("policy", self.policy),
                Label::new("outcome", self.outcome),
            ];
            let status = self.status.map(|status| status.to_string());
            labels.extend(status.map(|status| Label::new("status", status)));
            Box::leak(Box::new(Key::from_static_labels(DECISIONS, labels.leak())))
        }
    }

    /// Describes the counters to the recorder. It must be installed before the first `Auth` is built.
    pub(crate) fn describe() {
        describe_counter!(DECISIONS, Unit::Count, "Decisions of guards about requests");
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
            "auth_session_uses_total",
            Unit::Count,
            "Writes of the last use of a session"
        );
        describe_counter!(
            "auth_revocations_total",
            Unit::Count,
            "Revocations made by this node"
        );
    }

    pub(crate) fn allowed(policy: &'static str) {
        let allowed = Decision {
            policy,
            outcome: "allowed",
            status: None,
        };
        allowed.count();
    }

    /// `outcome` is `denied` or `reported`.
    pub(crate) fn denied(policy: &'static str, outcome: &'static str, status: u16) {
        let denied = Decision {
            policy,
            outcome,
            status: Some(status),
        };
        denied.count();
    }

    pub(crate) fn token_cache(hit: bool) {
        // With literals the keys are statics.
        let counter = if hit {
            metrics::counter!("auth_token_cache_lookups_total", "result" => "hit")
        } else {
            metrics::counter!("auth_token_cache_lookups_total", "result" => "miss")
        };
        counter.increment(1);
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

    #[cfg(feature = "sessions")]
    pub(crate) fn session_use(ok: bool) {
        let result = if ok { "ok" } else { "failed" };
        metrics::counter!("auth_session_uses_total", "result" => result).increment(1);
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
    #[cfg(feature = "sessions")]
    pub(crate) fn session_use(_: bool) {}
    pub(crate) fn revocation(_: bool) {}
}

pub(crate) use facade::*;
