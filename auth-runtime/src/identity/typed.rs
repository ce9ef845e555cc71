//! Claims and the subject of an identity, as types of the application.

use std::any::type_name;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ClaimsError, Identity};

impl Identity {
    /// The claim `name`, deserialized into `T`. A name that begins with `/` is a JSON Pointer (RFC 6901), such as
    /// `/realm_access/roles`.
    ///
    /// A missing claim and `null` are the same: an error, or `None` if `T` is an `Option`.
    ///
    /// # Errors
    ///
    /// If the claim is missing or can't be deserialized into `T`. In [`FromIdentity`](crate::FromIdentity), `?` answers
    /// 401, like the extractor [`Claims`](crate::Claims). In a check it is the same as `false`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use std::collections::HashMap;
    ///
    /// use auth_runtime::{Auth, CheckError, Identity, Router, require_auth, routing::get, testing::Issuer};
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// fn is_large(caller: &Identity) -> Result<bool, CheckError> {
    ///     Ok(caller.claim::<u32>("/tenant/seats")? >= 100)
    /// }
    ///
    /// #[require_auth(check = |caller: Identity| is_large(&caller))]
    /// async fn report() {}
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
    /// let app = Router::new().route("/", get(report)).with_auth(auth);
    ///
    /// let large = issuer.token("alice").claim("tenant", HashMap::from([("seats", 250)])).sign();
    /// let none = issuer.token("bob").sign();
    /// for (token, status) in [(large, 200), (none, 403)] {
    ///     let value = format!("Bearer {token}");
    ///     let request = Request::get("/").header("authorization", value).body(Body::empty())?;
    ///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Result<T, ClaimsError> {
        let value = self.claim_value(name).unwrap_or(&Value::Null);
        T::deserialize(value).map_err(|_| ClaimsError {
            expected: type_name::<T>(),
            claim: Some(name.to_owned()),
            whole: false,
        })
    }

    /// The subject as a `T`, such as a number or a UUID.
    ///
    /// # Errors
    ///
    /// If the subject can't be parsed. In [`FromIdentity`](crate::FromIdentity), `?` answers 401, like the extractor
    /// [`Claims`](crate::Claims). In a check it is the same as `false`.
    pub fn subject_as<T: FromStr>(&self) -> Result<T, ClaimsError> {
        self.subject().parse().map_err(|_| ClaimsError {
            expected: type_name::<T>(),
            claim: Some("sub".to_owned()),
            whole: false,
        })
    }

    /// Whether the issuer is exactly `issuer`. Compare it before you use a subject as a key: two issuers may give the
    /// same subject to different callers. [`Identity::id`] contains both.
    #[must_use]
    pub fn is_issued_by(&self, issuer: &str) -> bool {
        self.issuer() == issuer
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::identity::Provides;
    use crate::scheme::Scheme;

    fn identity(subject: &str) -> Identity {
        Identity::builder(Scheme::BEARER, "issuer", subject.into(), Provides::ALL)
            .claim("tenant", "acme")
            .claim("level", 3)
            .claim("nothing", Value::Null)
            .claim("realm", json!({ "groups": ["a", "b"] }))
            .build()
    }

    #[test]
    fn a_claim_is_deserialized_by_its_name_or_pointer() {
        let identity = identity("7");
        assert_eq!(identity.claim::<String>("tenant").unwrap(), "acme");
        assert_eq!(identity.claim::<u8>("level").unwrap(), 3);
        assert_eq!(
            identity.claim::<Vec<String>>("/realm/groups").unwrap(),
            ["a", "b"]
        );
    }

    #[test]
    fn a_missing_claim_and_null_are_an_error_or_none() {
        let identity = identity("7");
        for name in ["nothing", "absent", "/realm/absent", "/absent"] {
            let error = identity.claim::<String>(name).unwrap_err();
            assert_eq!(error.missing(), Some(name));
            assert_eq!(identity.claim::<Option<String>>(name).unwrap(), None);
        }
    }

    #[test]
    fn a_claim_of_another_type_is_an_error_without_its_value() {
        let error = identity("7").claim::<u8>("tenant").unwrap_err();
        assert_eq!(error.missing(), Some("tenant"));
        let text = format!("{error} {error:?}");
        assert!(text.contains("u8") && !text.contains("acme"), "{text}");
    }

    #[test]
    fn the_subject_is_parsed_and_an_error_does_not_show_it() {
        assert_eq!(identity("7").subject_as::<u64>().unwrap(), 7);
        let error = identity("alice").subject_as::<u64>().unwrap_err();
        assert_eq!(error.missing(), Some("sub"));
        assert!(!format!("{error:?}").contains("alice"));
    }

    #[test]
    fn an_issuer_is_compared_exactly() {
        assert!(identity("7").is_issued_by("issuer"));
        assert!(!identity("7").is_issued_by("Issuer"));
        assert!(!identity("7").is_issued_by("issuer/"));
    }
}
