//! The prefixes that distinguish the credentials of one kind from those of others in `Authorization`.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// With a shorter prefix, too many opaque tokens would begin with it by chance.
const MIN_LENGTH: usize = 4;

/// What is wrong with this prefix, as the predicate of a sentence.
pub(crate) fn fault_of_prefix(prefix: &str) -> Option<&'static str> {
    if !prefix.bytes().all(is_credential_byte) {
        Some(
            "contains characters that are not allowed in such credentials: use letters, digits and any \
             of `_-.~+/`",
        )
    } else if prefix.len() < MIN_LENGTH {
        Some("is too short: use at least four characters, such as \"shop_\"")
    } else if !prefix.contains('_') {
        Some("has no `_`: end it with one, such as \"shop_\"")
    } else if could_begin_jwt(prefix) {
        Some(
            "could be the beginning of a JWT: use one that does not resemble `eyJ`, such as \"shop_\"",
        )
    } else {
        None
    }
}

/// `token68` without its padding (RFC 9110 section 11.2), which is also what bearer tokens consist of
/// (RFC 6750 section 2.1).
fn is_credential_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte)
}

/// Whether a JWT could begin with `prefix`: whether it is the beginning of a JSON object in base64url
/// (RFC 7515 section 3.1). The standard alphabet of base64 is accepted as well.
fn could_begin_jwt(prefix: &str) -> bool {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new()
            .with_encode_padding(false)
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
    );
    let digits: String = prefix
        .chars()
        .map(|digit| match digit {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .take_while(|digit| digit.is_ascii_alphanumeric() || matches!(digit, '-' | '_'))
        .collect();
    // A single digit at the end does not encode a whole byte.
    let whole = match digits.len() % 4 {
        1 => digits.len().saturating_sub(1),
        _ => digits.len(),
    };
    let decoded = LENIENT.decode(digits.get(..whole).unwrap_or_default());
    decoded.is_ok_and(|json| could_begin_object(&json))
}

/// Whether a JSON object could begin with this text: `{`, then the name of a member or `}`, with white space
/// anywhere.
fn could_begin_object(json: &[u8]) -> bool {
    match json.trim_ascii_start().split_first() {
        None => true,
        Some((b'{', rest)) => match rest.trim_ascii_start().split_first() {
            None | Some((b'"', _)) => true,
            Some((b'}', after)) => after.trim_ascii().is_empty(),
            Some(_) => false,
        },
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn common_api_key_prefixes_are_accepted_in_authorization() {
        for prefix in [
            "shop_",
            "sk_live_",
            "ghp_",
            "glpat_",
            "xoxb_",
            "pat_",
            "ak_x",
            "_abc",
            "npm_",
            "re_1",
            "shop.live_",
            // These also decode to `{`, but what follows is not JSON.
            "exp_",
            "ext_",
            "e2e_",
            "eyes_",
            "ewo_",
            "e30_",
            "EYJ_",
        ] {
            assert_eq!(fault_of_prefix(prefix), None, "{prefix}");
        }
    }

    #[test]
    fn authorization_prefixes_that_are_too_short_or_malformed_are_refused() {
        for (prefix, says) in [
            ("", "is too short"),
            ("_", "is too short"),
            ("ak_", "is too short"),
            ("shop", "has no `_`"),
            ("shop-", "has no `_`"),
            ("sh p_", "contains characters"),
            ("shop=_", "contains characters"),
            ("shop_\u{e9}", "contains characters"),
            ("shop,_", "contains characters"),
            ("shop\n_", "contains characters"),
        ] {
            let fault = fault_of_prefix(prefix);
            assert!(
                fault.is_some_and(|fault| fault.starts_with(says)),
                "{prefix:?}: {fault:?}"
            );
        }
    }

    /// The header of a JWT may begin with any white space of JSON, and its first member may have any name.
    #[test]
    fn authorization_prefixes_that_could_begin_a_jwt_are_refused() {
        for prefix in ["eyJ_", "eyJhbGciOi_", "ewog_", "eyJ._", "eyJ~_", "e30._"] {
            let fault = fault_of_prefix(prefix);
            assert!(
                fault.is_some_and(|fault| fault.starts_with("could be the beginning of a JWT")),
                "{prefix:?}: {fault:?}"
            );
        }
        for header in [
            r#"{"alg":"RS256","kid":"????"}"#,
            "{ \"alg\":\"HS256\",\"k\":\"\u{7f}\u{7f}\u{7f}???\"}",
            "{\r\n\t\"\u{ff}\u{ff}\u{ff}???\":1}",
            " \n\t{\"\u{3f}\u{3f}\u{3f}\u{7f}\":1}",
        ] {
            let token = URL_SAFE_NO_PAD.encode(header);
            for length in MIN_LENGTH..=token.len() {
                assert!(could_begin_jwt(&token[..length]), "{header} {length}");
            }
        }
    }
}
