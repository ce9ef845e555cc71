//! Denials that are counted instead of enforced, while a service moves to its rules.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use http::StatusCode;
use http::request::Parts;

use super::locality::{is_local, is_loopback};
use super::{Auth, Misconfiguration};
use crate::credential::Peer;
use crate::lock::Mutex;

/// What the builder was told.
#[derive(Default)]
pub(super) struct ReportOnlySettings {
    /// What the service listens on.
    pub(super) address: Option<SocketAddr>,
    pub(super) beyond_loopback: bool,
}

impl ReportOnlySettings {
    /// Whether denials are to be reported only.
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
    /// Rules are constants of the program, so there is an end to them.
    counts: Mutex<BTreeMap<(&'static str, StatusCode), u64>>,
}

impl ReportOnly {
    pub(super) fn announce(&self) {
        tracing::warn!(
            target: "auth_runtime",
            address = %self.address,
            beyond_loopback = self.beyond_loopback,
            "`report_only` is on: guards refuse nobody, they only report whom they would have refused"
        );
    }
}

/// How often one rule would have refused with one status: see [`Auth::reported`].
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

    /// How many requests it was since this `Auth` was built.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl Auth {
    /// What [`report_only`](crate::AuthBuilder::report_only) has let through so far, by rule and
    /// status; empty where it is off.
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

    /// Whether denials are reported only, if not perhaps to every peer.
    pub(crate) fn is_report_only(&self) -> bool {
        self.0.report_only.is_some()
    }

    /// Whether what is denied to this request is reported only. That the service is reached from
    /// this machine only is the builder's word: a request that shows otherwise is denied.
    pub(crate) fn only_reports(&self, request: &Parts, peer: Peer) -> bool {
        self.0
            .report_only
            .as_ref()
            .is_some_and(|report_only| report_only.beyond_loopback || is_local(request, peer))
    }

    /// One more request that `policy` would have refused.
    pub(crate) fn count_reported(&self, policy: &'static str, status: StatusCode) {
        if let Some(report_only) = &self.0.report_only {
            let mut counts = report_only.counts.lock();
            *counts.entry((policy, status)).or_default() += 1;
        }
    }
}
