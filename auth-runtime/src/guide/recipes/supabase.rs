use auth_runtime::authenticator::AuthenticationError;
use auth_runtime::bearer::{ClaimSource, TypeRule};
use auth_runtime::denial::TokenFault;
use auth_runtime::{Identity, Jwt};
use serde_json::Value;

/// Access tokens of the users of one project.
pub fn supabase() -> Jwt {
    Jwt::issuer("https://abcdefghijklmnopqrst.supabase.co/auth/v1")
        .jwks_url("https://abcdefghijklmnopqrst.supabase.co/auth/v1/.well-known/jwks.json")
        .audience("authenticated")
        .typ(TypeRule::Off)
        .required_value("role", "authenticated")
        .roles(ClaimSource::from("/app_metadata/roles").missing_is_empty())
        .map_identity(signed_in_here)
}

/// Refuses anonymous users, and applications of other people that a user has allowed.
async fn signed_in_here(user: Identity) -> Result<Identity, AuthenticationError> {
    let claims: Value = user.claims().map_err(AuthenticationError::failed)?;
    let is_anonymous = claims.get("is_anonymous") != Some(&Value::Bool(false));
    if is_anonymous || claims.get("client_id").is_some() {
        return Err(AuthenticationError::Token(TokenFault::UnknownSubject));
    }
    Ok(user)
}
