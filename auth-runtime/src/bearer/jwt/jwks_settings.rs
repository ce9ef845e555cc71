//! The settings for fetching the keys of an issuer.

use std::fmt;

use crate::bearer::IssuerFault;
use crate::fetch::{Clients, PlainHttp, shown};
use crate::keys::{
    Algorithm, JwksLocation, JwksLocationFault, KeyFault, KeyProblem, KeyRefresh, RemoteSettings,
};

/// Keys are fetched if there are locations.
#[derive(Debug, Default)]
pub(super) struct JwksSettings {
    pub(super) locations: Vec<ConfiguredLocation>,
    pub(super) refresh: KeyRefresh,
    pub(super) plain_http: PlainHttp,
}

pub(super) enum ConfiguredLocation {
    /// The URL of a JWK Set.
    KeySet(String),
    /// The URL in the issuer's metadata.
    Metadata,
}

impl fmt::Debug for ConfiguredLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeySet(url) => formatter.debug_tuple("KeySet").field(&shown(url)).finish(),
            Self::Metadata => formatter.write_str("Metadata"),
        }
    }
}

impl JwksSettings {
    /// Checks the settings. No request is sent yet.
    pub(super) fn check(
        &self,
        issuer: &str,
        algorithms: Option<&[Algorithm]>,
        clients: &Clients,
        faults: &mut Vec<IssuerFault>,
    ) -> Option<RemoteSettings> {
        let [location] = self.locations.as_slice() else {
            faults.push(IssuerFault::SeveralKeyUrls);
            return None;
        };
        let bounds = self.refresh.faults().into_iter();
        faults.extend(bounds.map(|reason| IssuerFault::KeyRefresh { reason }));
        match algorithms {
            Some([]) => faults.push(IssuerFault::Key(KeyFault::of_all(KeyProblem::NoAlgorithm))),
            Some(names) if names.iter().any(|name| name.is_symmetric()) => {
                faults.push(IssuerFault::FetchedSecret);
            }
            _ => {}
        }
        let client = clients.get().map_err(|none| {
            faults.push(IssuerFault::NoFetch { reason: none.0 });
        });
        let origin = self.origin(location, issuer).map_err(|(url, fault)| {
            faults.push(IssuerFault::Url {
                url: shown(url),
                reason: fault.text(),
            });
        });
        Some(RemoteSettings {
            issuer: issuer.to_owned(),
            origin: origin.ok()?,
            client: client.ok()?,
            refresh: self.refresh,
            algorithms: algorithms.map(<[Algorithm]>::to_vec),
        })
    }

    pub(super) fn is_used(&self) -> bool {
        !self.locations.is_empty()
    }

    fn origin<'a>(
        &self,
        location: &'a ConfiguredLocation,
        issuer: &'a str,
    ) -> Result<JwksLocation, (&'a str, JwksLocationFault)> {
        match location {
            ConfiguredLocation::KeySet(url) => {
                JwksLocation::key_set(url, self.plain_http).map_err(|fault| (url.as_str(), fault))
            }
            ConfiguredLocation::Metadata => {
                JwksLocation::metadata(issuer, self.plain_http).map_err(|fault| (issuer, fault))
            }
        }
    }
}
