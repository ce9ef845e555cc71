//! Which fault is reported for a token with several: tests every combination.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

/// Everything that can be wrong with a token, in the order in which faults are reported.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Defect {
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

const ALL: [Defect; 10] = [
    Defect::Header,
    Defect::Payload,
    Defect::Signature,
    Defect::Issuer,
    Defect::Algorithm,
    Defect::Type,
    Defect::KeyId,
    Defect::Expiry,
    Defect::Time,
    Defect::Audience,
];

impl Defect {
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

/// Invalid texts for the header or the payload, each of which must be a JSON object in base64url.
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

fn token_with(issuer: &Issuer, defects: &[Defect], malformed: &str) -> String {
    let mut token = token(issuer);
    for defect in defects {
        token = match defect {
            Defect::Issuer => token.claim("iss", "https://other.example"),
            Defect::Algorithm => token.header("alg", "none"),
            Defect::Type => token.header("typ", "JWT"),
            Defect::KeyId => token.header("kid", "other"),
            Defect::Expiry => token.without("exp"),
            Defect::Time => token.claim("nbf", NOW + 10_000),
            Defect::Audience => token.claim("aud", "https://other.example"),
            Defect::Header | Defect::Payload | Defect::Signature => token,
        };
    }
    let signed = token.sign();
    let mut parts: Vec<&str> = signed.split('.').collect();
    let defects_of_parts = [Defect::Header, Defect::Payload, Defect::Signature];
    for (part, defect) in parts.iter_mut().zip(defects_of_parts) {
        if defects.contains(&defect) {
            *part = if defect == Defect::Signature {
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
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let bearer = bearer([issuer.jwt()], TokenCache::OFF);
    let [malformed, ..] = malformed_objects();
    for combination in 0..1_u32 << ALL.len() {
        let is_chosen = |(position, _): &(usize, Defect)| combination & 1 << position != 0;
        let chosen = ALL.into_iter().enumerate().filter(is_chosen);
        let defects: Vec<Defect> = chosen.map(|(_, defect)| defect).collect();
        let token = token_with(&issuer, &defects, &malformed);
        let expected = defects.first().map(|first| first.fault());
        assert_eq!(fault(&bearer, &token, NOW), expected, "{defects:?}");
    }
}

#[test]
fn a_malformed_part_is_reported_whatever_makes_it_malformed() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let bearer = bearer([issuer.jwt()], TokenCache::OFF);
    for malformed in malformed_objects() {
        for part in [Defect::Header, Defect::Payload] {
            for other in [
                Defect::Issuer,
                Defect::Algorithm,
                Defect::Type,
                Defect::KeyId,
            ] {
                let token = token_with(&issuer, &[part, other], &malformed);
                assert_eq!(
                    fault(&bearer, &token, NOW),
                    Some(TokenFault::Malformed),
                    "{token}"
                );
            }
        }
    }
}

/// Parsed headers are shared by all issuers.
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
