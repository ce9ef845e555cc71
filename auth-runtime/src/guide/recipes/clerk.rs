use auth_runtime::Jwt;
use auth_runtime::bearer::{ClaimSource, TypeRule};

/// Session tokens of users, from the web application `https://shop.example`.
pub fn clerk() -> Jwt {
    Jwt::issuer("https://clerk.shop.example")
        .jwks_url("https://clerk.shop.example/.well-known/jwks.json")
        .audience_claim("azp")
        .audience("https://shop.example")
        .typ(TypeRule::Off)
        .required_claim("sid")
        .required_value("sts", "active")
        .roles(ClaimSource::from("roles").missing_is_empty())
}

/// The same for members who have chosen one particular organization, with their roles in it.
pub fn clerk_organization() -> Jwt {
    Jwt::issuer("https://clerk.shop.example")
        .jwks_url("https://clerk.shop.example/.well-known/jwks.json")
        .audience_claim("azp")
        .audience("https://shop.example")
        .typ(TypeRule::Off)
        .required_claim("sid")
        .required_value("sts", "active")
        .required_value("/o/id", "org_2shop9EXAMPLE")
        .roles("/o/rol")
}
