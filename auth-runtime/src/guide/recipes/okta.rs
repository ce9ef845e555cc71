use auth_runtime::Jwt;
use auth_runtime::bearer::{ClaimSource, TypeRule};

/// Access tokens of the custom authorization server `default`.
pub fn okta() -> Jwt {
    Jwt::oidc("https://shop.okta.com/oauth2/default")
        .audience("api://default")
        .typ(TypeRule::IfPresent)
        .required_claim("cid")
        .roles(ClaimSource::from("groups").missing_is_empty())
}
