use auth_runtime::Jwt;
use auth_runtime::bearer::{ClaimSource, TypeRule};
use auth_runtime::keys::Algorithm;

/// Access tokens of one tenant for the app registration of the API, version 2.0.
pub fn entra_id() -> Jwt {
    Jwt::oidc("https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0")
        .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
        .algorithms([Algorithm::RS256])
        .typ(TypeRule::Off)
        .required_claim("azp")
        .subject_claim("oid")
        .scopes(ClaimSource::from("scp").missing_is_empty())
        .roles(ClaimSource::from("roles").missing_is_empty())
}

/// The same, version 1.0.
pub fn entra_id_v1() -> Jwt {
    Jwt::issuer("https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/")
        .jwks_url(
            "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/discovery/keys",
        )
        .audience("api://orders-api")
        .algorithms([Algorithm::RS256])
        .typ(TypeRule::Off)
        .required_claim("appid")
        .subject_claim("oid")
        .scopes(ClaimSource::from("scp").missing_is_empty())
        .roles(ClaimSource::from("roles").missing_is_empty())
}
