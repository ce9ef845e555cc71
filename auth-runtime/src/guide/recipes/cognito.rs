use auth_runtime::Jwt;
use auth_runtime::bearer::{ClaimSource, TypeRule};

/// Access tokens of a user pool, for two of its app clients.
pub fn cognito() -> Jwt {
    Jwt::oidc("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE")
        .audience_claim("client_id")
        .audience("1example23456789")
        .audience("2example23456789")
        .typ(TypeRule::IfPresent)
        .required_value("token_use", "access")
        .roles(ClaimSource::from("cognito:groups").missing_is_empty())
}

/// Access tokens that a client requested with `resource=https://orders.example`.
pub fn cognito_with_resource() -> Jwt {
    Jwt::oidc("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE")
        .audience("https://orders.example")
        .typ(TypeRule::IfPresent)
        .required_value("token_use", "access")
        .roles(ClaimSource::from("cognito:groups").missing_is_empty())
}
