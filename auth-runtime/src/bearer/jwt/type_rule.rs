//! What the header parameter `typ` of an access token has to say.

/// Whether the header parameter `typ` has to say `at+jwt` (RFC 9068 section 4).
///
/// It is what keeps an ID token or a logout token of the same issuer from being used as an access
/// token. The names are compared without case, with or without `application/` before them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeRule {
    /// `at+jwt`, and nothing else.
    #[default]
    Strict,
    /// `at+jwt` or no `typ` at all.
    IfPresent,
    /// `typ` is not looked at: for issuers that write `JWT`, such as Keycloak and Entra ID. Their
    /// audiences have to tell access tokens from ID tokens. A logout token is known by its claim
    /// `events` and refused.
    Off,
}
