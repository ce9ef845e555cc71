use auth_runtime::Jwt;
use auth_runtime::bearer::{ClaimSource, TypeRule};

/// JWT access tokens for the project of this API.
pub fn zitadel() -> Jwt {
    Jwt::oidc("https://id.shop.example")
        .audience("271828182845904523")
        .typ(TypeRule::Off)
        .required_claim("jti")
        .roles(
            ClaimSource::from("urn:zitadel:iam:org:project:271828182845904523:roles").object_keys(),
        )
}
