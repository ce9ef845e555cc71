//! The report-only mode: denials are logged and counted instead of enforced.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use http::StatusCode;
use http::request::Parts;

use super::locality::{is_local, is_loopback};
use super::{Auth, Misconfiguration};
use crate::credential::Peer;
use crate::lock::Mutex;

/// The settings of the builder.
#[derive(Default)]
pub(super) struct ReportOnlySettings {
    /// The address that the service listens on.
    pub(super) address: Option<SocketAddr>,
    pub(super) beyond_loopback: bool,
}

impl ReportOnlySettings {
    /// The report-only mode, if it is on and its address is allowed.
    pub(super) fn check(&self) -> Result<Option<ReportOnly>, Misconfiguration> {
        let Some(address) = self.address else {
            return Ok(None);
        };
        if !self.beyond_loopback && !is_loopback(address.ip()) {
            return Err(Misconfiguration::ReportOnlyBeyondLoopback { address });
        }
        Ok(Some(ReportOnly {
            address,
            beyond_loopback: self.beyond_loopback,
            counts: Mutex::default(),
        }))
    }
}

pub(super) struct ReportOnly {
    address: SocketAddr,
    beyond_loopback: bool,
    /// Bounded, because rules are constants of the program.
    counts: Mutex<BTreeMap<(&'static str, StatusCode), u64>>,
}

impl ReportOnly {
    pub(super) fn announce(&self) {
        tracing::warn!(
            target: "auth_runtime",
            address = %self.address,
            beyond_loopback = self.beyond_loopback,
            "`report_only` is on: denied requests are logged and counted, and pass"
        );
    }
}

/// How many requests one rule would have refused with one status: see [`Auth::reported`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    policy: &'static str,
    status: StatusCode,
    count: u64,
}

impl Reported {
    /// The name of the rule: the path of the handler or of the policy.
    #[must_use]
    pub fn policy(&self) -> &'static str {
        self.policy
    }

    /// The status that would have been sent.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The number of requests since this `Auth` was built.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl Auth {
    /// The denied requests that [`report_only`](crate::AuthBuilder::report_only) has let through so far,
    /// by rule and status. Empty if it is off.
    #[must_use]
    pub fn reported(&self) -> Vec<Reported> {
        let Some(report_only) = &self.0.report_only else {
            return Vec::new();
        };
        let counts = report_only.counts.lock();
        counts
            .iter()
            .map(|((policy, status), count)| Reported {
                policy,
                status: *status,
                count: *count,
            })
            .collect()
    }

    /// Whether the report-only mode is on. It may not apply to every request.
    pub(crate) fn is_report_only(&self) -> bool {
        self.0.report_only.is_some()
    }

    /// Whether a denial of this request is only reported. The builder says that the service is reached
    /// only from this machine; a request that shows otherwise is denied.
    pub(crate) fn only_reports(&self, request: &Parts, peer: Peer) -> bool {
        self.0
            .report_only
            .as_ref()
            .is_some_and(|report_only| report_only.beyond_loopback || is_local(request, peer))
    }

    /// Counts a request that `policy` would have refused.
    pub(crate) fn count_reported(&self, policy: &'static str, status: StatusCode) {
        if let Some(report_only) = &self.0.report_only {
            let mut counts = report_only.counts.lock();
            *counts.entry((policy, status)).or_default() += 1;
        }
    }
}
