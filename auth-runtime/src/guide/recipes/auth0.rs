use auth_runtime::Jwt;
use auth_runtime::bearer::ClaimSource;

/// Access tokens of the tenant `shop` for the API with the identifier `https://orders.example`.
pub fn auth0() -> Jwt {
    Jwt::oidc("https://shop.eu.auth0.com/")
        .audience("https://orders.example")
        .roles(ClaimSource::from("https://orders.example/roles").missing_is_empty())
}
