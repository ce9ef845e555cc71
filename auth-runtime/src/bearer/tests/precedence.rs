//! Which fault is reported for a token with several: tests every combination.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

/// A way in which a token is wrong, in the order in which faults are reported.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wrong {
    Header,
    Payload,
    Signature,
    Issuer,
    Algorithm,
    Type,
    KeyId,
    Expiry,
    Time,
    Audience,
}

const ALL: [Wrong; 10] = [
    Wrong::Header,
    Wrong::Payload,
    Wrong::Signature,
    Wrong::Issuer,
    Wrong::Algorithm,
    Wrong::Type,
    Wrong::KeyId,
    Wrong::Expiry,
    Wrong::Time,
    Wrong::Audience,
];

impl Wrong {
    fn fault(self) -> TokenFault {
        match self {
            Self::Header | Self::Payload | Self::Signature => TokenFault::Malformed,
            Self::Issuer => TokenFault::UntrustedIssuer,
            Self::Algorithm => TokenFault::UnsupportedAlgorithm,
            Self::Type => TokenFault::NotAnAccessToken,
            Self::KeyId => TokenFault::UnknownKey,
            Self::Expiry => TokenFault::NoExpiry,
            Self::Time => TokenFault::NotYetValid,
            Self::Audience => TokenFault::WrongAudience,
        }
    }
}

/// Texts in place of a part that is a JSON object in base64url.
fn malformed_objects() -> [String; 5] {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    [
        "e30=".to_owned(),
        "e31".to_owned(),
        encode("[]"),
        encode(r#"{"iss":"https://issuer.example","alg":"ES256","a":{"b":1,"b":1}}"#),
        encode("{"),
    ]
}

fn with(issuer: &Issuer, wrong: &[Wrong], malformed: &str) -> String {
    let mut token = token(issuer);
    for wrong in wrong {
        token = match wrong {
            Wrong::Issuer => token.claim("iss", "https://other.example"),
            Wrong::Algorithm => token.header("alg", "none"),
            Wrong::Type => token.header("typ", "JWT"),
            Wrong::KeyId => token.header("kid", "other"),
            Wrong::Expiry => token.without("exp"),
            Wrong::Time => token.claim("nbf", NOW + 10_000),
            Wrong::Audience => token.claim("aud", "https://other.example"),
            Wrong::Header | Wrong::Payload | Wrong::Signature => token,
        };
    }
    let signed = token.sign();
    let mut parts: Vec<&str> = signed.split('.').collect();
    let wrong_parts = [Wrong::Header, Wrong::Payload, Wrong::Signature];
    for (part, wrong_part) in parts.iter_mut().zip(wrong_parts) {
        if wrong.contains(&wrong_part) {
            *part = if wrong_part == Wrong::Signature {
                "c2lnbmF0dXJl="
            } else {
                malformed
            };
        }
    }
    parts.join(".")
}

#[test]
fn the_first_fault_of_a_token_is_reported_in_every_combination() {
    let issuer = Issuer::new(NAME, AUDIENCE);
    let bearer = bearer([issuer.jwt()], TokenCache::OFF);
    let [malformed, ..] = malformed_objects();
    for combination in 0..1_u32 << ALL.len() {
        let is_chosen = |(position, _): &(usize, Wrong)| combination & 1 << position != 0;
        let wrong = ALL.into_iter().enumerate().filter(is_chosen);
        let wrong: Vec<Wrong> = wrong.map(|(_, wrong)| wrong).collect();
        let token = with(&issuer, &wrong, &malformed);
        let expected = wrong.first().map(|first| first.fault());
        assert_eq!(fault(&bearer, &token, NOW), expected, "{wrong:?}");
    }
}

#[test]
fn a_malformed_part_is_reported_whatever_makes_it_malformed() {
    let issuer = Issuer::new(NAME, AUDIENCE);
    let bearer = bearer([issuer.jwt()], TokenCache::OFF);
    for malformed in malformed_objects() {
        for part in [Wrong::Header, Wrong::Payload] {
            for other in [Wrong::Issuer, Wrong::Algorithm, Wrong::Type, Wrong::KeyId] {
                let token = with(&issuer, &[part, other], &malformed);
                assert_eq!(
                    fault(&bearer, &token, NOW),
                    Some(TokenFault::Malformed),
                    "{token}"
                );
            }
        }
    }
}

/// A header belongs to no issuer: it is parsed once for all of them.
#[test]
fn issuers_whose_tokens_have_the_same_header_keep_their_own_keys() {
    let header = |issuer: Issuer| issuer.key_id("1");
    let one = header(issuer());
    let other = "https://other.example";
    let two = header(Issuer::with_secret(
        other,
        AUDIENCE,
        "another secret of 32 bytes or more",
    ));
    let bearer = bearer([one.jwt(), two.jwt()], TokenCache::OFF);
    for _ in 0..2 {
        for issuer in [&one, &two] {
            assert_eq!(fault(&bearer, &token(issuer).sign(), NOW), None);
        }
        // Signed with the key of the other issuer.
        let forged = token(&one).claim("iss", other).sign();
        assert_eq!(
            fault(&bearer, &forged, NOW),
            Some(TokenFault::InvalidSignature)
        );
    }
}
