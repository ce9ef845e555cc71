//! One case: a request to the shared application, and its expected response.

use auth_tests::application::World;
use auth_tests::client::{Request, Response};
use auth_tests::expected::Expected;

/// A request and its expected response.
pub(crate) struct Case {
    /// Begins with the row of the conformance table that the case is about.
    pub(crate) name: String,
    pub(crate) request: Request,
    expected: Expected,
}

pub(crate) fn case(
    name: impl Into<String>,
    request: Request,
    expected: impl Into<Expected>,
) -> Case {
    Case {
        name: name.into(),
        request,
        expected: expected.into(),
    }
}

impl Case {
    /// Sends the request and compares the whole response.
    pub(crate) async fn check(&self, world: &World) -> Result<(), String> {
        let response = world.send(&self.request).await;
        let compared = self.expected.compare(&response);
        compared
            .map_err(|difference| format!("{difference}\n    {:?}\n    {response:?}", self.request))
    }

    /// Row I14: sends the request with `HEAD` instead of `GET`. The response has the same status and headers,
    /// and no body. Axum's response to `HEAD` for a path without a route has no `Content-Length`, so that of
    /// a hidden route has none either.
    pub(crate) async fn check_head(&self, world: &World) -> Result<(), String> {
        let get = world.send(&self.request).await.comparable();
        let head = self.request.clone().method("HEAD");
        let head = world.send(&head).await.comparable();
        let mut expected = Response {
            body: Vec::new(),
            ..get
        };
        if matches!(self.expected, Expected::NoSuchPath) {
            expected
                .headers
                .retain(|(name, _)| name != "content-length");
        }
        if head == expected {
            Ok(())
        } else {
            Err(format!("{head:?}, not\n    {expected:?}"))
        }
    }
}
