//! `build` reports all misconfigurations together, each with its source.

use std::time::Duration;

use crate::keys::{Algorithm, Key};
use crate::revocation::{MemoryRevocation, Revoked};
use crate::{Auth, Jwt, Scope};

const SECRET: &str = "a secret of thirty-two bytes, ok";

/// The text of each misconfiguration.
fn faults(builder: crate::AuthBuilder) -> Vec<String> {
    let error = builder.build().expect_err("a misconfiguration");
    error
        .misconfigurations()
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn good(issuer: &str) -> Jwt {
    Jwt::issuer(issuer)
        .audience("https://api.example")
        .secret(SECRET)
}

fn assert_fault(builder: crate::AuthBuilder, expected: &str) {
    let faults = faults(builder);
    assert!(
        matches!(faults.as_slice(), [fault] if fault.contains(expected)),
        "expected {expected:?}, got {faults:#?}"
    );
}

#[test]
fn a_valid_auth_configuration_builds() {
    let auth = Auth::builder()
        .bearer(good("https://a.example"))
        .bearer(good("https://b.example"))
        .build();
    assert!(auth.is_ok());
}

#[test]
fn all_misconfigurations_are_reported_together() {
    let faults = faults(
        Auth::builder()
            .realm("two\nlines")
            .token_limit(0)
            .bearer(Jwt::issuer("https://a.example").secret("short"))
            .bearer(good("https://b.example").leeway(Duration::from_secs(301)))
            .bearer(good("https://b.example"))
            .bearer(good("")),
    );
    let expected = [
        "the token limit is 0",
        "the realm \"two\\nlines\"",
        "issuer \"https://a.example\": no audience",
        "issuer \"https://a.example\": ",
        "issuer \"https://b.example\": the leeway is more than 300 seconds",
        "the issuer \"https://b.example\" is configured twice",
        "issuer \"\": it is empty",
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with(expected), "{fault:?} is not {expected:?}");
    }
}

#[test]
fn a_missing_credential_kind_issuer_or_audience_is_a_misconfiguration() {
    assert_fault(Auth::builder(), "no credential kind");
    assert_fault(Auth::builder().bearer(good("")), "it is empty");
    for address in [
        "https://a.example/.well-known/openid-configuration",
        "https://a.example/.well-known/oauth-authorization-server/one",
    ] {
        assert_fault(
            Auth::builder().bearer(good(address)),
            "this is the address of the issuer's metadata",
        );
    }
    let without_audience = Jwt::issuer("https://a.example").secret(SECRET);
    assert_fault(Auth::builder().bearer(without_audience), "no audience");
    assert_fault(
        Auth::builder().bearer(good("https://a.example").audience("")),
        "an audience is empty",
    );
}

#[test]
fn claims_without_a_name_are_misconfigurations() {
    for jwt in [
        good("i").subject_claim(""),
        good("i").required_claim(""),
        good("i").scopes(""),
        good("i").roles(""),
    ] {
        assert_fault(Auth::builder().bearer(jwt), "the name of a claim is empty");
    }
}

#[test]
fn a_misconfigured_verification_key_is_reported_with_its_source() {
    let jwt = || Jwt::issuer("https://a.example").audience("https://api.example");
    assert_fault(
        Auth::builder().bearer(jwt()),
        "issuer \"https://a.example\": ",
    );
    assert_fault(
        Auth::builder().bearer(jwt().jwks_file("no/such/file.json")),
        "no/such/file.json",
    );
    assert_fault(
        Auth::builder().bearer(jwt().pem_file("no/such/file.pem")),
        "no/such/file.pem",
    );
    assert_fault(
        Auth::builder().bearer(jwt().key(Key::pem("no PEM").with_id("the new one"))),
        "the new one",
    );
    assert_fault(
        Auth::builder().bearer(jwt().secret(SECRET).algorithms([Algorithm::HS512])),
        "HS512",
    );
}

#[test]
fn vocabulary_faults_are_reported_with_the_other_misconfigurations() {
    const READ: Scope = Scope::new("orders:read");
    const ADMIN: Scope = Scope::new("admin");
    let faults = faults(
        Auth::builder()
            .token_limit(0)
            .bearer(good("https://a.example"))
            .scopes(&[READ, ADMIN])
            .scopes(&[READ])
            .scope_implies(ADMIN, &[Scope::new("order:read"), Scope::new("reports")])
            .scope_implies(ADMIN, &[READ])
            .scope_implies(READ, &[ADMIN]),
    );
    assert_eq!(
        faults,
        [
            "the token limit is 0 bytes",
            "the scope `orders:read` is declared twice in `.scopes(..)`",
            "`.scope_implies(..)` names the scope `order:read`, which is not in the vocabulary: did \
             you mean `orders:read`?",
            "`.scope_implies(..)` names the scope `reports`, which is not in the vocabulary: add it \
             to `.scopes(..)`",
            "the scopes `orders:read`, `admin` imply each other in a circle: remove one of the \
             `.scope_implies(..)`",
        ]
    );
}

#[test]
fn a_build_error_never_shows_a_secret() {
    let error = Auth::builder()
        .bearer(Jwt::issuer("https://a.example").secret("hunter2hunter2"))
        .build()
        .expect_err("a short secret");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let builder = Auth::builder().bearer(Jwt::issuer("i").secret("hunter2hunter2"));
    assert!(!format!("{builder:?}").contains("hunter2"));
}

#[cfg(feature = "introspection")]
mod introspection {
    use http::{Request, Response};

    use super::{assert_fault, faults, good};
    use crate::fetch::Fetch;
    use crate::{Auth, AuthBuilder, BoxError, Introspection};

    /// A client that is never called: `build` sends no requests.
    struct Unused;

    impl Fetch for Unused {
        async fn fetch(
            &self,
            _: Request<Vec<u8>>,
            _: usize,
        ) -> Result<Response<Vec<u8>>, BoxError> {
            Err("unused".into())
        }
    }

    fn opaque() -> Introspection {
        Introspection::endpoint("https://a.example/introspect")
            .issuer("https://a.example")
            .client("api", "secret")
            .audience("https://api.example")
    }

    fn builder() -> AuthBuilder {
        Auth::builder().fetch(Unused)
    }

    #[test]
    fn introspection_builds_alone_and_with_jwts_of_the_same_issuer() {
        assert!(builder().introspection(opaque()).build().is_ok());
        let both = builder().bearer(good("https://a.example"));
        assert!(both.introspection(opaque()).build().is_ok());
    }

    #[test]
    fn an_introspection_timeout_above_one_minute_is_a_misconfiguration() {
        let patient = |seconds| {
            let timeout = std::time::Duration::from_secs(seconds);
            builder().introspection(opaque().timeout(timeout))
        };
        assert!(patient(60).build().is_ok());
        assert_fault(patient(61), "more than a minute");
    }

    #[test]
    fn all_introspection_misconfigurations_are_reported_together() {
        let faults = faults(
            builder().bearer(good("")).introspection(
                Introspection::endpoint("https://a.example/introspect")
                    .subject_claim("")
                    .concurrency(0),
            ),
        );
        let expected = [
            "issuer \"\": it is empty",
            "introspection: it is empty",
            "introspection: no client",
            "introspection: no audience",
            "introspection: the name of a claim is empty",
            "introspection: the time-out, the concurrency or the rate is zero",
        ];
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        for (fault, expected) in faults.iter().zip(expected) {
            assert!(fault.starts_with(expected), "{fault:?} is not {expected:?}");
        }
    }

    #[test]
    fn each_introspection_misconfiguration_is_reported() {
        for (introspection, expected) in [
            (opaque().client("", "secret"), "client is empty"),
            (opaque().client_secret_post("api", ""), "client is empty"),
            (opaque().timeout(std::time::Duration::ZERO), "is zero"),
            (opaque().rate(0, 1), "is zero"),
            (opaque().rate(1, 0), "is zero"),
            (opaque().audience(""), "an audience is empty"),
        ] {
            assert_fault(builder().introspection(introspection), expected);
        }
        for (url, expected) in [
            ("a.example/introspect", "it is not an absolute URL"),
            ("http://a.example/introspect", "it is not `https`"),
            ("https://api:hunter2@a.example/introspect", "a user name"),
        ] {
            let introspection = Introspection::endpoint(url)
                .issuer("https://a.example")
                .client("api", "secret")
                .audience("https://api.example");
            let faults = faults(builder().introspection(introspection));
            assert!(
                matches!(faults.as_slice(), [fault] if fault.contains(expected)),
                "{faults:?}"
            );
            assert!(!faults[0].contains("hunter2"), "{faults:?}");
        }
        let plain = Introspection::endpoint("http://a.example/introspect")
            .issuer("https://a.example")
            .client("api", "secret")
            .audience("https://api.example")
            .dangerously_allow_http();
        assert!(builder().introspection(plain).build().is_ok());
        let any = Introspection::endpoint("https://a.example/introspect")
            .issuer("https://a.example")
            .without_client_authentication()
            .any_audience();
        assert!(builder().introspection(any).build().is_ok());
    }

    #[test]
    fn two_introspection_endpoints_are_a_misconfiguration() {
        let twice = builder().introspection(opaque()).introspection(opaque());
        assert_fault(twice, "introspection is configured twice");
    }

    #[test]
    fn a_build_error_never_shows_the_client_secret() {
        let builder = builder().introspection(opaque().client("api", "hunter2"));
        assert!(!format!("{builder:?}").contains("hunter2"));
        let introspection = opaque().client_secret_post("api", "hunter2");
        assert!(!format!("{introspection:?}").contains("hunter2"));
    }
}

/// A client without a network.
struct Offline;

impl crate::fetch::Fetch for Offline {
    async fn fetch(
        &self,
        _: http::Request<Vec<u8>>,
        _: usize,
    ) -> Result<http::Response<Vec<u8>>, crate::BoxError> {
        Err("offline".into())
    }
}

fn fetched(url: &str) -> Jwt {
    Jwt::issuer("https://a.example")
        .audience("https://api.example")
        .jwks_url(url)
}

fn with(jwt: Jwt) -> crate::AuthBuilder {
    Auth::builder().bearer(jwt).fetch(Offline)
}

#[test]
fn an_issuer_whose_keys_are_fetched_needs_no_configured_key() {
    assert!(with(fetched("https://a.example/keys")).build().is_ok());
    assert!(with(fetched("http://127.0.0.1:8080/keys")).build().is_ok());
    let api = "https://api.example";
    assert!(
        with(Jwt::oidc("https://a.example/realm").audience(api))
            .build()
            .is_ok()
    );
    assert!(
        with(fetched("http://a.example/keys").dangerously_allow_http())
            .build()
            .is_ok()
    );
    let limited = fetched("https://a.example/keys").algorithms([Algorithm::RS256]);
    assert!(with(limited).build().is_ok());
}

#[test]
fn a_url_that_must_not_be_fetched_is_a_misconfiguration() {
    for (url, expected) in [
        ("http://a.example/keys", "it is not `https`"),
        ("a.example/keys", "not an absolute URL"),
        ("ftp://a.example/keys", "its scheme is neither"),
        ("https://a.example/keys#1", "it has a fragment"),
        (
            "https://user:hunter2@a.example/keys",
            "a user name or a password",
        ),
    ] {
        assert_fault(with(fetched(url)), expected);
    }
    let api = "https://api.example";
    assert_fault(
        with(Jwt::oidc("tenant").audience(api)),
        "not an absolute URL",
    );
    assert_fault(
        with(Jwt::oidc("https://a.example?x").audience(api)),
        "must have no query",
    );
    assert_fault(
        with(Jwt::oidc("http://a.example").audience(api)),
        "it is not `https`",
    );
}

#[test]
fn a_build_error_never_shows_a_password_in_a_url() {
    let builder = with(fetched("https://user:hunter2@a.example/keys?key=hunter2"));
    let debug = format!("{builder:?}");
    let faults = faults(builder).concat();
    assert!(!debug.contains("hunter2"), "{debug}");
    assert!(debug.contains("a.example/keys"), "{debug}");
    assert!(!faults.contains("hunter2"), "{faults}");
}

#[test]
fn two_sources_of_keys_for_one_issuer_are_a_misconfiguration() {
    let url = "https://a.example/keys";
    assert_fault(with(fetched(url).jwks_url(url)), "from several URLs");
    let both = Jwt::oidc("https://a.example")
        .audience("https://api.example")
        .jwks_url(url);
    assert_fault(with(both), "from several URLs");
    assert_fault(
        with(fetched(url).secret(SECRET)),
        "keys are configured and others are fetched",
    );
}

#[test]
fn an_hmac_algorithm_with_fetched_keys_is_a_misconfiguration() {
    let both = fetched("https://a.example/keys").algorithms([Algorithm::ES256, Algorithm::HS256]);
    assert_fault(with(both), "whose key is a secret");
    assert_fault(
        with(fetched("https://a.example/keys").algorithms([])),
        "list of algorithms is empty",
    );
}

#[test]
fn key_refresh_settings_outside_their_bounds_are_misconfigurations() {
    use crate::keys::KeyRefresh;

    let (none, week) = (Duration::ZERO, Duration::from_secs(7 * 24 * 60 * 60));
    let defaults = KeyRefresh::new;
    for (refresh, expected) in [
        (defaults().interval(none), "`interval`"),
        (defaults().interval(week), "`interval`"),
        (
            defaults().max_interval(week),
            "`max_interval` must be between",
        ),
        (
            defaults().min_interval(week / 7).max_interval(week / 14),
            "at most `max_interval`",
        ),
        (defaults().cool_down(none), "`cool_down`"),
        (defaults().cool_down(week), "`cool_down`"),
        (defaults().stale_for(week * 2), "`stale_for`"),
        (defaults().timeout(none), "`timeout`"),
        (defaults().timeout(week), "`timeout`"),
        (defaults().interval(week / 14), "`interval` must be at most"),
        (
            defaults()
                .interval(week / 1000)
                .max_interval(week / 1000)
                .cool_down(week / 500),
            "`cool_down` must be at most",
        ),
        // Even if the issuer is up and answers fast.
        (
            defaults().stale_for(none).cool_down(week / 7 / 24),
            "so that keys do not expire before new ones can be fetched",
        ),
        (
            defaults()
                .interval(Duration::from_millis(100))
                .stale_for(none),
            "so that keys do not expire before new ones can be fetched",
        ),
        (defaults().longest_answer(0), "`longest_answer`"),
        (defaults().longest_answer(usize::MAX), "`longest_answer`"),
    ] {
        let jwt = fetched("https://a.example/keys").key_refresh(refresh);
        assert_fault(with(jwt), expected);
    }
    let quick = defaults().interval(Duration::from_secs(15)).stale_for(none);
    assert!(
        with(fetched("https://a.example/keys").key_refresh(quick))
            .build()
            .is_ok()
    );
}

#[test]
fn fetched_keys_without_an_http_client_are_a_misconfiguration() {
    let builder = Auth::builder().bearer(fetched("https://a.example/keys"));
    if cfg!(feature = "http-client") {
        assert!(builder.build().is_ok());
    } else {
        assert_fault(
            builder,
            "turn on the feature `http-client` of `auth-runtime`",
        );
    }
}

#[test]
fn backchannel_logout_without_a_revocation_list_is_a_misconfiguration() {
    assert_fault(
        Auth::builder().bearer(good("https://a.example").backchannel_logout("client")),
        "issuer \"https://a.example\": `.backchannel_logout(..)` needs a list",
    );
    let logouts = Auth::builder()
        .bearer(good("https://a.example").backchannel_logout("client"))
        .revocation(MemoryRevocation::new());
    assert!(logouts.build().is_ok());
}

#[test]
fn an_empty_logout_client_is_a_misconfiguration() {
    assert_fault(
        Auth::builder()
            .bearer(good("https://a.example").backchannel_logout(""))
            .revocation(MemoryRevocation::new()),
        "an audience is empty",
    );
}

#[tokio::test]
async fn revoking_without_a_revocation_list_is_an_error() {
    let auth = Auth::builder().bearer(good("https://a.example")).build();
    let revoked = Revoked::session("https://a.example", "phone");
    let error = auth.unwrap().revoke(revoked).await.unwrap_err();
    assert!(error.to_string().contains("`.revocation(..)`"), "{error}");
}

#[test]
fn a_password_in_the_url_of_an_issuer_is_never_shown() {
    let jwt = || Jwt::oidc("https://user:hunter2@issuer.example");
    assert!(!format!("{:?}", jwt()).contains("hunter2"));
    let error = Auth::builder()
        .bearer(jwt())
        .build()
        .expect_err("a URL with a password");
    assert!(!format!("{error}").contains("hunter2"));
}

#[test]
fn origins_that_no_browser_sends_are_misconfigurations_that_say_what_to_write() {
    let issuer = || Auth::builder().bearer(good("https://a.example"));
    assert_fault(
        issuer().public_origin("https://Shop.example/"),
        "`.public_origin(\"https://Shop.example/\")`: browsers never send it in this form: write \
         \"https://shop.example\"",
    );
    assert_fault(
        issuer().trusted_origins(["https://ok.example", "https://*.example"]),
        "`.trusted_origins(\"https://*.example\")`: wildcards are not supported",
    );
    let both = issuer().public_origin("null").public_origin("shop.example");
    assert_eq!(faults(both).len(), 2);
    let password = faults(issuer().public_origin("https://alice:secret@shop.example?a=b"));
    assert_eq!(password.len(), 1);
    assert!(!password[0].contains("secret"), "{password:?}");
}
