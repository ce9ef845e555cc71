use auth_runtime::Jwt;
use auth_runtime::bearer::{ClaimSource, TypeRule};
use auth_runtime::keys::Algorithm;

/// ID tokens of users of one Firebase project, who log in by password or with Google.
pub fn firebase() -> Jwt {
    Jwt::issuer("https://securetoken.google.com/shop-project")
        .jwks_url("https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com")
        .audience("shop-project")
        .algorithms([Algorithm::RS256])
        .typ(TypeRule::Off)
        .required_value("/firebase/sign_in_provider", "password")
        .required_value("/firebase/sign_in_provider", "google.com")
        .roles(ClaimSource::from("roles").missing_is_empty())
}
