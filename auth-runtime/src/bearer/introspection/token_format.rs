//! The default check of whether a text can be an opaque token.

/// A b64token (RFC 6750 section 2.1) that is too long to be guessed. The random part must have 128 bits
/// (RFC 6749 section 10.10), which needs 22 characters; some servers use fewer.
pub(super) fn may_be_a_token(token: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    let is_dots = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte == b'.');
    let text = token.trim_end_matches('=');
    token.len() >= 16
        && token.len() - text.len() <= 2
        && text.bytes().all(is_allowed)
        && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !text.split('/').any(is_dots)
}

#[cfg(test)]
mod tests {
    use super::may_be_a_token;

    #[test]
    fn a6_a_text_that_is_not_a_b64token_or_too_short_is_not_a_token() {
        for token in [
            "abcdefghijklmnop",
            "AZaz09-._~+/AZaz09==",
            "ory_at_Yxz4Qsn3abcdef.ghijk",
            // Base64 may contain slashes; an encrypted JWT may have an empty part.
            "/abcdefg//hijklmnop/=",
            "eyJhbGciOiJkaXIifQ..abcd.efgh.ijkl",
            "ya29.abcdefgh/ijklmnop.",
        ] {
            assert!(may_be_a_token(token), "{token}");
        }
        for token in [
            "",
            "abcdefghijklmno",
            "abcdefghijklmnop qrst",
            "abcdefghijklmnop,qrst",
            "abcdefgh=ijklmnopqrst",
            "abcdefghijklmnöpqrst",
            "abcdefghijklmnop\"qrst",
            "abcdefghijklmnop===",
            "================",
            "................",
            "////////////////",
            "../../../../etc/passwd",
            "abcdefgh/../ijklmnopqrst",
            "abcdefgh/./ijklmnopqrst",
            "abcdefghijklmnopqrst/..",
        ] {
            assert!(!may_be_a_token(token), "{token}");
        }
    }
}
