//! A `TokenIssuer` with the secret in `HS256_SECRET`, for the tests with other libraries.
//!
//! Without an argument, it prints a token. With a token as its argument, it verifies the token, and prints the subject
//! and the scopes.

use auth_runtime::keys::HmacSecret;
use auth_runtime::{Auth, BoxError, TokenIssuer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let secret = HmacSecret::new(variable("HS256_SECRET")?);
    let issuer = TokenIssuer::builder(variable("ISSUER")?, secret)
        .audience(variable("AUDIENCE")?)
        .build()?;
    if let Some(token) = std::env::args().nth(1) {
        let auth = Auth::builder().bearer(issuer.jwt()).build()?;
        let caller = auth.authenticate_token(&token).await?;
        println!("{} {}", caller.subject(), caller.scopes());
    } else {
        let token = issuer.token("alice").scopes(["read"]).roles(["admin"]);
        println!("{}", token.session("phone").sign()?);
    }
    Ok(())
}
