use auth_runtime::Jwt;
use auth_runtime::bearer::{ClaimSource, TypeRule};

/// Access tokens of the realm `shop` for the API that is the client `orders-api` there.
pub fn keycloak() -> Jwt {
    Jwt::oidc("https://keycloak.example/realms/shop")
        .audience("orders-api")
        .typ(TypeRule::Off)
        .required_value("typ", "Bearer")
        .roles("/realm_access/roles")
        .roles(ClaimSource::from("/resource_access/orders-api/roles").missing_is_empty())
}
