//! Verifies a credential that did not come in `Authorization` as if it had.

use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};

use super::Auth;
use super::authentication::{Authentication, AuthenticationFailure, RequestContext};
use crate::authenticator::AuthenticationError;
use crate::credential::Peer;
use crate::identity::Identity;
use crate::scheme::Scheme;

impl Auth {
    /// Verifies a request of `peer` with this value of `Authorization` and no other fields. `schemes` are the kinds that
    /// may accept it, at least one.
    pub(super) async fn verify_outside_of_header(
        &self,
        mut authorization: HeaderValue,
        peer: Peer,
        schemes: &[Scheme],
    ) -> Result<Identity, AuthenticationError> {
        authorization.set_sensitive(true);
        let (mut request, ()) = Request::new(()).into_parts();
        request.headers.insert(AUTHORIZATION, authorization);
        let context = RequestContext {
            authorization: Ok(request.headers.get(AUTHORIZATION)),
            target: |request| &request.uri,
            peer,
        };
        let result = match self.authenticate(&request, context, schemes) {
            Authentication::Done(result) => result,
            Authentication::Pending(future) => future.await,
        };
        match result {
            Ok(Some(identity)) => Ok(identity),
            Err(AuthenticationFailure::Refused(error, _)) => Err(error),
            Ok(None) | Err(_) => Err(AuthenticationError::Credentials),
        }
    }
}
