//! Sends each request to both routers, and compares responses, reached handlers and access map.

use std::cell::RefCell;
use std::sync::LazyLock;

use auth_runtime::Auth;
use auth_runtime::testing::Issuer;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use tower::ServiceExt;

use super::handlers::REACHED;
use super::map::Map;

/// An `Auth`, and the credential of a caller that every rule of the scenarios accepts.
pub(crate) struct Trust {
    pub(crate) auth: Auth,
    pub(crate) credential: String,
}

pub(crate) static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    let issuer = Issuer::new("https://issuer.example", "https://api.example");
    Trust {
        auth: Auth::builder().bearer(issuer.jwt()).build().unwrap(),
        credential: format!("Bearer {}", issuer.token("alice").scope("test").sign()),
    }
});

/// One request, and the properties of its response.
#[derive(Clone)]
pub(crate) struct Probe {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: String,
    /// Middleware changes the status on the way out, a 401 too.
    rewritten: bool,
    /// Something else answers than the handler that the map knows of: middleware, or what is in a
    /// service.
    stopped: bool,
}

impl Probe {
    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    fn request(&self, credential: Option<&str>) -> Request {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        for (name, value) in &self.headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        if let Some(credential) = credential {
            let value = credential.parse().unwrap();
            request.headers_mut().insert("authorization", value);
        }
        request
    }
}

/// `GET /path`.
impl From<&str> for Probe {
    fn from(line: &str) -> Self {
        let (method, uri) = line.split_once(' ').unwrap();
        Self {
            method: method.parse().unwrap(),
            uri: uri.parse().unwrap(),
            headers: Vec::new(),
            body: String::new(),
            rewritten: false,
            stopped: false,
        }
    }
}

/// A request whose response gets another status from middleware.
pub(crate) fn rewritten(line: &str) -> Probe {
    Probe {
        rewritten: true,
        ..Probe::from(line)
    }
}

/// A request that does not come to the handler that the map knows of, but to middleware or to what is
/// in a service.
pub(crate) fn stopped(line: &str) -> Probe {
    Probe {
        stopped: true,
        ..Probe::from(line)
    }
}

/// The response, and the handlers that were reached.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    reached: Vec<&'static str>,
}

async fn ask(app: &axum::Router, request: Request) -> Answer {
    let app = app.clone();
    let exchange = async {
        let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let reached = REACHED.with(|reached| reached.borrow().clone());
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            reached,
        }
    };
    REACHED.scope(RefCell::default(), exchange).await
}

/// The same routes twice.
pub(crate) struct Pair {
    pub(crate) bare: axum::Router,
    pub(crate) guarded: auth_runtime::Router,
}

impl Pair {
    pub(crate) async fn compare(self, probes: &[Probe]) {
        self.compare_described(probes, "").await;
    }

    /// The same for generated routers.
    pub(crate) async fn compare_described(self, probes: &[Probe], description: &str) {
        let mut map = Map::of(&self.guarded.access_map());
        let guarded = self.guarded.with_auth(TRUST.auth.clone());
        for probe in probes {
            let what = format!("{} {} {description}", probe.method, probe.uri);
            let bare = ask(&self.bare, probe.request(None)).await;

            let allowed = ask(&guarded, probe.request(Some(&TRUST.credential))).await;
            assert_eq!(allowed, bare, "{what}, with a credential");

            let refused = ask(&guarded, probe.request(None)).await;
            if bare.reached.is_empty() {
                assert_eq!(refused, bare, "{what}, answered by axum");
            } else {
                assert_eq!(refused.reached, [""; 0], "{what}, without a credential");
                if !probe.rewritten {
                    assert_eq!(refused.status, 401, "{what}, without a credential");
                    assert!(refused.headers.contains_key("www-authenticate"), "{what}");
                }
            }

            let named = map.look_up(&probe.method, probe.uri.path());
            if !probe.stopped {
                let reached = allowed.reached.first().copied();
                assert_eq!(named.as_deref(), reached, "{what}, in the map\n{map:#?}");
            }
        }
        map.nothing_is_left(description);
    }
}
