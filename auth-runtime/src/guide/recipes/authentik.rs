use auth_runtime::Jwt;
use auth_runtime::bearer::TypeRule;

/// Access tokens of the application `orders`.
pub fn authentik() -> Jwt {
    Jwt::oidc("https://authentik.example/application/o/orders/")
        .audience("3kVZ1rVhJ9mXk0oZr8QmC7yPq2sT5uWx6AbCdEfG")
        .typ(TypeRule::Off)
        .required_claim("azp")
        .required_claim("uid")
        .roles("groups")
}
