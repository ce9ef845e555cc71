//! Checks the settings of introspection and builds the [`Introspector`].

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::answer::Expectations;
use super::budget::Budget;
use super::configuration::{AddressLimit, Introspection};
use super::introspector::{IntrospectionState, Introspector, Record};
use super::negative_cache::NegativeCache;
use crate::bearer::claims::{ClaimReader, check_issuer};
use crate::bearer::{IssuerFault, TokenCache};
use crate::fetch::{Clients, Endpoint, shown};
use crate::limit::FailureLimit;

/// The same maximum as for fetching keys.
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

impl Introspection {
    /// Checks the settings, and returns all faults together.
    pub(crate) fn build(
        self,
        clients: &Clients,
        cache: TokenCache,
    ) -> Result<Introspector, Vec<IssuerFault>> {
        let mut faults = Vec::new();
        let endpoint = Endpoint::parse(&self.endpoint, self.plain_http);
        if let Err(fault) = endpoint {
            faults.push(IssuerFault::Url {
                url: shown(&self.endpoint),
                reason: fault.text(),
            });
        }
        let fetch = clients.get();
        if let Err(no_client) = &fetch {
            let reason = no_client.0.clone();
            faults.push(IssuerFault::NoFetch { reason });
        }
        check_issuer(&self.issuer, &mut faults);
        match &self.client {
            None => faults.push(IssuerFault::NoClient),
            Some(client) if client.is_empty() => faults.push(IssuerFault::EmptyClient),
            Some(_) => {}
        }
        self.claims.check(!self.any_audience, &mut faults);
        let rate = NonZeroU32::new(self.per_second).zip(NonZeroU32::new(self.burst));
        if rate.is_none() || self.timeout.is_zero() || self.concurrency == 0 {
            faults.push(IssuerFault::NeverIntrospects);
        }
        if self.timeout > MAX_TIMEOUT {
            faults.push(IssuerFault::IntrospectionTimeout);
        }
        match (fetch, endpoint, self.client, rate) {
            (Ok(fetch), Ok(endpoint), Some(client), Some((per_second, burst)))
                if faults.is_empty() =>
            {
                Ok(Introspector::new(IntrospectionState {
                    fetch,
                    endpoint,
                    client,
                    expectations: Expectations {
                        issuer: self.issuer.into(),
                        any_audience: self.claims.audiences.is_empty(),
                        claims: ClaimReader::new(self.claims),
                    },
                    token_format: self.token_format,
                    // Without a cache, a result serves only the requests that waited for it.
                    cache_ttl: if cache.is_off() {
                        Duration::ZERO
                    } else {
                        self.cache_ttl
                    },
                    timeout: self.timeout,
                    budget: Budget::new(self.concurrency, per_second, burst),
                    failure_limit: match self.failure_limit {
                        AddressLimit::ShareOfRate => Some(share_of_rate(per_second, burst)),
                        AddressLimit::Custom(limit) => limit,
                    },
                    negative: NegativeCache::new(self.negative_cache_ttl),
                    flights: Arc::default(),
                    map: self.map,
                    record: Record::default(),
                }))
            }
            _ => Err(faults),
        }
    }
}

/// The default limit for a client address: a quarter of the burst, and a tenth of the rate.
fn share_of_rate(per_second: NonZeroU32, burst: NonZeroU32) -> FailureLimit {
    let failures = NonZeroU32::new(burst.get() / 4).unwrap_or(NonZeroU32::MIN);
    let period = Duration::from_secs(10) * failures.get() / per_second.get();
    FailureLimit::default().per_address(failures, period)
}
