//! Where an issuer publishes its keys: at a configured address, or at the one in its metadata.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::fetch::{
    Client, Endpoint, EndpointFault, ExchangeLimits, FetchedDocument, PlainHttp, Unanswered, get,
    json_text, shortened,
};

const JSON: &str = "application/json";
/// The media type of JWK sets (RFC 7517 section 8.5.2), and the one that most servers send.
const KEY_SET: &str = "application/jwk-set+json, application/json";

/// The placeholder that Microsoft Entra ID writes into the issuer of metadata for all tenants.
const TENANT_PLACEHOLDER: &str = "{tenantid}";

/// A checked address of keys or metadata.
pub(crate) struct JwksLocation(LocationKind);

enum LocationKind {
    KeySet(Endpoint),
    Metadata(Metadata),
}

struct Metadata {
    issuer: Box<str>,
    /// `OpenID` Connect Discovery 1.0 section 4: appended to the issuer.
    openid: Endpoint,
    /// RFC 8414 section 3.1: put in front of the issuer's path.
    oauth: Endpoint,
    /// Where the `jwks_uri` may use plain HTTP.
    plain_http: PlainHttp,
}

/// The address of the keys according to the metadata that was fetched last.
pub(super) struct Discovered {
    key_set: Endpoint,
    at: Instant,
}

/// Why keys can't be fetched from a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JwksLocationFault {
    Endpoint(EndpointFault),
    /// RFC 8414 section 2.
    Query,
}

impl From<EndpointFault> for JwksLocationFault {
    fn from(fault: EndpointFault) -> Self {
        Self::Endpoint(fault)
    }
}

impl JwksLocationFault {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Endpoint(fault) => fault.text(),
            Self::Query => {
                "an issuer with metadata must have no query: remove `?` and what follows"
            }
        }
    }
}

impl JwksLocation {
    pub(crate) fn key_set(url: &str, plain_http: PlainHttp) -> Result<Self, JwksLocationFault> {
        Ok(Self(LocationKind::KeySet(Endpoint::parse(
            url, plain_http,
        )?)))
    }

    pub(crate) fn metadata(issuer: &str, plain_http: PlainHttp) -> Result<Self, JwksLocationFault> {
        let endpoint = Endpoint::parse(issuer, plain_http)?;
        if issuer.contains('?') {
            return Err(JwksLocationFault::Query);
        }
        let origin = endpoint.origin();
        let path = endpoint.uri().path();
        let path = path.strip_suffix('/').unwrap_or(path);
        let at = |address: String| Endpoint::parse(&address, plain_http);
        Ok(Self(LocationKind::Metadata(Metadata {
            issuer: issuer.into(),
            openid: at(format!("{origin}{path}/.well-known/openid-configuration"))?,
            oauth: at(format!(
                "{origin}/.well-known/oauth-authorization-server{path}"
            ))?,
            // A remote issuer must not redirect to a server on this machine.
            plain_http: match plain_http {
                PlainHttp::Loopback if endpoint.is_https() => PlainHttp::Nowhere,
                other => other,
            },
        })))
    }

    /// Fetches the keys. `discovered` keeps the result of the last discovery. The metadata is fetched
    /// again if that is older than `keep`, or if the last fetch of the keys failed.
    pub(super) async fn fetch(
        &self,
        client: &Client,
        limits: ExchangeLimits,
        discovered: &mut Option<Discovered>,
        keep: Duration,
    ) -> Result<FetchedDocument, String> {
        let text = |unanswered: Unanswered| unanswered.to_string();
        let metadata = match &self.0 {
            LocationKind::KeySet(endpoint) => {
                return get(client, endpoint, KEY_SET, limits).await.map_err(text);
            }
            LocationKind::Metadata(metadata) => metadata,
        };
        let known = discovered
            .take()
            .filter(|discovered| discovered.at.elapsed() < keep);
        let known = match known {
            Some(known) => known,
            None => Discovered {
                key_set: metadata.discover(client, limits).await?,
                at: Instant::now(),
            },
        };
        let answer = get(client, &known.key_set, KEY_SET, limits).await;
        // Otherwise the keys may have moved, and the next fetch reads the metadata again.
        if answer.is_ok() {
            *discovered = Some(known);
        }
        answer.map_err(text)
    }
}

impl Metadata {
    async fn discover(&self, client: &Client, limits: ExchangeLimits) -> Result<Endpoint, String> {
        let (from, answer) = match get(client, &self.openid, JSON, limits).await {
            Ok(answer) => (&self.openid, answer),
            Err(unanswered) if is_absent(&unanswered) => {
                match get(client, &self.oauth, JSON, limits).await {
                    Ok(answer) => (&self.oauth, answer),
                    Err(other) => return Err(format!("{unanswered}, and {other}")),
                }
            }
            Err(unanswered) => return Err(unanswered.to_string()),
        };
        self.read(&answer)
            .map_err(|reason| format!("{from}: {reason}"))
    }

    /// The address of the keys. The issuer is compared byte for byte (RFC 8414 section 3.3), since one
    /// issuer must not be able to publish metadata for another.
    fn read(&self, answer: &FetchedDocument) -> Result<Endpoint, String> {
        let text = json_text(&answer.headers, &answer.body)
            .map_err(|reason| format!("the metadata is not JSON: {reason}"))?;
        let document: Value = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("the metadata is not JSON (line {line}, column {column})")
        })?;
        let member = |name: &str| {
            let text = document.get(name).and_then(Value::as_str);
            text.ok_or_else(|| format!("the metadata has no string member `{name}`"))
        };
        let issuer = member("issuer")?;
        if issuer.contains(TENANT_PLACEHOLDER) {
            return Err(format!(
                "the metadata is for several tenants (its issuer is {:?}): put the ID of one tenant into \
                 the address, in place of `common` or `organizations`, and configure one issuer for each \
                 trusted tenant",
                shortened(issuer)
            ));
        }
        if issuer != &*self.issuer {
            return Err(format!(
                "the metadata is for the issuer {:?}: the configured issuer must be the same string, \
                 including any final `/`",
                shortened(issuer)
            ));
        }
        Endpoint::parse(member("jwks_uri")?, self.plain_http).map_err(|fault| {
            format!(
                "the `jwks_uri` of the metadata is not allowed: {}",
                fault.text()
            )
        })
    }
}

/// Whether this is the address of an issuer's metadata instead of the issuer.
pub(crate) fn is_metadata_address(issuer: &str) -> bool {
    [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ]
    .into_iter()
    .any(|path| issuer.contains(path))
}

/// Whether the document does not exist. Some servers send 400 or 403 for an unknown path.
fn is_absent(unanswered: &Unanswered) -> bool {
    unanswered
        .status()
        .is_some_and(|status| status.is_client_error() && !matches!(status.as_u16(), 408 | 429))
}
