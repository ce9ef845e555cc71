//! The JWS compact serialization of a JWT (RFC 7515 section 3.1, RFC 7519 section 7.2).

#[cfg(feature = "introspection")]
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
#[cfg(feature = "introspection")]
use serde::de::IgnoredAny;

use super::base64url;
use super::json::{Json, Members};

/// The token is not a well-formed signed JWT.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// A JWT whose payload and signature are decoded. Nothing in it has been verified.
#[derive(Debug)]
pub(crate) struct CompactJws<'a> {
    /// The header in base64url.
    pub(crate) header_text: &'a str,
    pub(crate) signing_input: &'a [u8],
    payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl<'a> CompactJws<'a> {
    pub(crate) fn decode(token: &'a str) -> Result<Self, Malformed> {
        let (signing_input, signature) = token.rsplit_once('.').ok_or(Malformed)?;
        // If there are more dots, as in a JWE, this payload contains one and is not base64url.
        let (header_text, payload) = signing_input.split_once('.').ok_or(Malformed)?;
        Ok(Self {
            header_text,
            signing_input: signing_input.as_bytes(),
            payload: base64url::decode(payload).ok_or(Malformed)?,
            signature: base64url::decode(signature).ok_or(Malformed)?,
        })
    }

    pub(crate) fn header(&self) -> Result<JoseHeader, Malformed> {
        JoseHeader::decode(self.header_text)
    }

    pub(crate) fn claims(&self) -> Result<Members<'_>, Malformed> {
        Members::parse(&self.payload).ok_or(Malformed)
    }

    pub(crate) fn into_payload(self) -> Vec<u8> {
        self.payload
    }
}

/// The header parameters that are used for verification. `jku`, `jwk`, `x5u` and `x5c` are not: keys
/// come from the configuration, never from the token (RFC 8725 section 3.10).
#[derive(Debug)]
pub(crate) struct JoseHeader {
    pub(crate) algorithm: Option<Box<str>>,
    pub(crate) key_id: Option<Box<str>>,
    pub(crate) media_type: Option<Box<str>>,
}

impl JoseHeader {
    /// Decodes and parses a header in base64url.
    pub(crate) fn decode(text: &str) -> Result<Self, Malformed> {
        let header = base64url::decode(text).ok_or(Malformed)?;
        let members = Members::parse(&header).ok_or(Malformed)?;
        // No critical extensions are supported, so tokens with any of them are refused (RFC 7515 section
        // 4.1.11). With `b64: false` the payload would not be what was parsed.
        let encoded = matches!(members.get("b64"), None | Some(Json::Bool(true)));
        if members.get("crit").is_some() || !encoded {
            return Err(Malformed);
        }
        let text = |name| match members.get(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(Box::from(&**text))),
            Some(_) => Err(Malformed),
        };
        Ok(Self {
            algorithm: text("alg")?,
            key_id: text("kid")?,
            media_type: text("typ")?,
        })
    }
}

/// Whether a token looks like a JWT, valid or not: the part before its first dot is a JSON object in
/// base64url. Encodings that [`CompactJws::decode`] refuses count as well, so that a client can't choose
/// by the encoding how a token is verified.
#[cfg(feature = "introspection")]
pub(crate) fn looks_like_jwt(token: &str) -> bool {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::URL_SAFE,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let Some((header, _)) = token.split_once('.') else {
        return false;
    };
    LENIENT
        .decode(header.replace('+', "-").replace('/', "_"))
        .is_ok_and(|header| {
            header.trim_ascii_start().starts_with(b"{")
                && serde_json::from_slice::<IgnoredAny>(&header).is_ok()
        })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn encode(text: &str) -> String {
        URL_SAFE_NO_PAD.encode(text)
    }

    fn parse(token: &str) -> Result<(), Malformed> {
        let jws = CompactJws::decode(token)?;
        jws.header()?;
        jws.claims().map(|_| ())
    }

    fn token(header: &str, payload: &str) -> String {
        format!(
            "{}.{}.{}",
            encode(header),
            encode(payload),
            encode("signature")
        )
    }

    #[test]
    fn b1_a_jws_has_exactly_three_parts_of_canonical_base64url() {
        let good = token(
            r#"{"alg":"HS256","typ":"at+jwt","kid":"1"}"#,
            r#"{"iss":"x"}"#,
        );
        let jws = CompactJws::decode(&good).unwrap();
        let header = jws.header().unwrap();
        assert_eq!(header.algorithm.as_deref(), Some("HS256"));
        assert_eq!(header.media_type.as_deref(), Some("at+jwt"));
        assert_eq!(header.key_id.as_deref(), Some("1"));
        assert_eq!(jws.signature, b"signature");

        let (header, payload, signature) = (encode("{}"), encode("{}"), encode("s"));
        for bad in [
            String::new(),
            "..".to_owned(),
            header.clone(),
            format!("{header}.{payload}"),
            format!("{header}.{payload}.{signature}."),
            // Row B2 of the conformance table: a JWE has five parts.
            format!("{header}.{payload}.{signature}.{signature}.{signature}"),
            format!("{header}=.{payload}.{signature}"),
            format!("{header}.{payload}.{signature}=="),
            format!(" {header}.{payload}.{signature}"),
            format!("{header}.{payload}.{signature}\n"),
            format!("{header}.{payload}.a+/b"),
            // "cw" is "s". "cx" has the same byte and different trailing bits.
            format!("{header}.{payload}.cx"),
            token("[]", "{}"),
            token("{}", "7"),
            token("{}", r#"{"a":1,"a":1}"#),
            token(r#"{"alg":"HS256","alg":"none"}"#, "{}"),
        ] {
            assert_eq!(parse(&bad), Err(Malformed), "{bad}");
        }
    }

    #[cfg(feature = "introspection")]
    #[test]
    fn a_jwt_is_distinguished_from_an_opaque_token_by_its_header() {
        let good = encode(r#"{"alg":"HS256"}"#);
        for token in [
            format!("{good}.e30.c2ln"),
            // Invalid JWTs: too few parts, a JWE, duplicate members, other encodings.
            format!("{good}."),
            format!("{good}.a.b.c.d"),
            format!("{}.x.y", encode(r#" {"alg":1,"alg":2}"#)),
            format!("{}=.x.y", encode(r#"{"a":"b"} "#)),
            format!("{}.x.y", encode("{}").replace("e30", "e31")),
            format!(
                "{}.x.y",
                encode(r#"{"a":"?>?>"}"#)
                    .replace('_', "/")
                    .replace('-', "+")
            ),
        ] {
            assert!(looks_like_jwt(&token), "{token}");
        }
        for token in [
            "",
            "opaque",
            "ory_at_Yxz4.Qsn3",
            "a.b.c",
            &good,
            &format!(".{good}"),
            &format!("{}.x.y", encode("[]")),
            &format!("{}.x.y", encode("{no json")),
            &format!("{}.x.y", encode("7")),
        ] {
            assert!(!looks_like_jwt(token), "{token}");
        }
    }

    #[test]
    fn b6_critical_extensions_and_unencoded_payloads_are_refused() {
        for header in [
            r#"{"crit":["exp"],"exp":1}"#,
            r#"{"crit":[]}"#,
            r#"{"crit":null}"#,
            r#"{"crit":["b64"],"b64":false}"#,
            r#"{"b64":false}"#,
            r#"{"b64":"no"}"#,
        ] {
            assert!(parse(&token(header, "{}")).is_err(), "{header}");
        }
        assert!(parse(&token(r#"{"b64":true}"#, "{}")).is_ok());
    }

    #[test]
    fn jose_header_parameters_of_the_wrong_type_are_refused() {
        for header in [
            r#"{"alg":1}"#,
            r#"{"kid":{}}"#,
            r#"{"typ":null}"#,
            r#"{"alg":["HS256"]}"#,
        ] {
            assert!(parse(&token(header, "{}")).is_err(), "{header}");
        }
    }
}
