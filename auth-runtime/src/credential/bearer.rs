//! The syntax of a bearer token (RFC 6750 section 2.1).

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`, which RFC 9110 calls
/// `token68`. Whatever passes is ASCII.
pub(crate) fn is_token68(credentials: &[u8]) -> bool {
    let body = credentials
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte))
        .count();
    body > 0 && credentials.iter().skip(body).all(|byte| *byte == b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_token68_is_a_bearer_token() {
        for good in [&b"a"[..], b"a.b.c", b"-._~+/", b"abc==", b"0"] {
            assert!(is_token68(good), "{good:?}");
        }
        for bad in [
            &b""[..],
            b"=",
            b"a b",
            b"a,b",
            b"a=b",
            b"a\tb",
            b"\xffa",
            b"a\"",
            b"a b=",
        ] {
            assert!(!is_token68(bad), "{bad:?}");
        }
    }
}
