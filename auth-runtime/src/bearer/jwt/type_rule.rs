//! The accepted values of the header parameter `typ` of access tokens.

/// Whether the header parameter `typ` must be `at+jwt` (RFC 9068 section 4).
///
/// It keeps an ID token or a logout token of the same issuer from being used as an access token. Values
/// are compared without regard to case, and may have the prefix `application/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeRule {
    /// `typ` must be `at+jwt`.
    #[default]
    Strict,
    /// `typ` must be `at+jwt` or missing.
    IfPresent,
    /// `typ` is ignored: for issuers that set it to `JWT`, such as Keycloak and Entra ID. Access tokens and
    /// ID tokens must then have different audiences. Logout tokens are recognized by their claim `events`
    /// and refused.
    Off,
}
