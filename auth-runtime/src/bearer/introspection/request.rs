//! The introspection request: a form with the token, and client authentication (RFC 7662 section 2.1).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::{Serializer, byte_serialize};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};
use zeroize::Zeroizing;

/// How this API authenticates to the authorization server (RFC 6749 section 2.3.1).
pub(super) enum ClientAuthentication {
    /// The endpoint requires no authentication.
    None,
    Basic {
        id: String,
        secret: Zeroizing<String>,
    },
    Post {
        id: String,
        secret: Zeroizing<String>,
    },
}

impl ClientAuthentication {
    /// Whether the identifier or the secret is missing.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::None => false,
            Self::Basic { id, secret } | Self::Post { id, secret } => {
                id.is_empty() || secret.is_empty()
            }
        }
    }

    /// Identifier and secret are form-encoded, so that the identifier may contain a `:`.
    fn authorization(&self) -> Option<HeaderValue> {
        let Self::Basic { id, secret } = self else {
            return None;
        };
        let mut pair = Zeroizing::new(String::new());
        pair.extend(byte_serialize(id.as_bytes()));
        pair.push(':');
        pair.extend(byte_serialize(secret.as_bytes()));
        let pair = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        let value = Zeroizing::new(format!("Basic {}", pair.as_str()));
        // Base64 is always a valid header value.
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for ClientAuthentication {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("None"),
            Self::Basic { id, .. } => write!(formatter, "Basic({id:?}, ..)"),
            Self::Post { id, .. } => write!(formatter, "Post({id:?}, ..)"),
        }
    }
}

pub(super) fn request(
    endpoint: &Uri,
    client: &ClientAuthentication,
    token: &str,
) -> Request<Vec<u8>> {
    let mut form = Serializer::new(String::new());
    form.append_pair("token", token);
    form.append_pair("token_type_hint", "access_token");
    if let ClientAuthentication::Post { id, secret } = client {
        form.append_pair("client_id", id);
        form.append_pair("client_secret", secret);
    }
    let mut request = Request::new(form.finish().into_bytes());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.clone();
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    if let Some(authorization) = client.authorization() {
        headers.insert(AUTHORIZATION, authorization);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(client: &ClientAuthentication, token: &str) -> Request<Vec<u8>> {
        let endpoint = Uri::from_static("https://issuer.example/introspect");
        request(&endpoint, client, token)
    }

    fn basic(id: &str, secret: &str) -> ClientAuthentication {
        ClientAuthentication::Basic {
            id: id.to_owned(),
            secret: Zeroizing::new(secret.to_owned()),
        }
    }

    #[test]
    fn an_introspection_request_sends_the_token_in_a_form() {
        let request = sent(&basic("api", "secret"), "a+b/c=&d%26#~");
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), "https://issuer.example/introspect");
        assert_eq!(request.headers()["accept"], "application/json");
        assert_eq!(
            request.headers()["content-type"],
            "application/x-www-form-urlencoded"
        );
        assert_eq!(
            request.body(),
            b"token=a%2Bb%2Fc%3D%26d%2526%23%7E&token_type_hint=access_token"
        );
    }

    #[test]
    fn client_id_and_secret_are_form_encoded_before_they_are_joined() {
        let request = sent(&basic("a:b c", "100% häm:mer"), "t");
        let value = request.headers()["authorization"].to_str().unwrap();
        let pair = STANDARD.decode(value.strip_prefix("Basic ").unwrap());
        assert_eq!(pair.unwrap(), b"a%3Ab+c:100%25+h%C3%A4m%3Amer");
        assert!(request.headers()["authorization"].is_sensitive());
    }

    #[test]
    fn an_introspection_request_may_carry_the_client_secret_in_the_form() {
        let client = ClientAuthentication::Post {
            id: "a:b".to_owned(),
            secret: Zeroizing::new("ü&%".to_owned()),
        };
        let request = sent(&client, "t");
        assert!(request.headers().get("authorization").is_none());
        assert_eq!(
            request.body(),
            b"token=t&token_type_hint=access_token&client_id=a%3Ab&client_secret=%C3%BC%26%25"
        );
    }

    #[test]
    fn debug_output_of_an_introspection_request_hides_secrets() {
        let text = format!("{:?}", basic("api", "hunter2"));
        assert!(text.contains("api") && !text.contains("hunter2"), "{text}");
    }
}
