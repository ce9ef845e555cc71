//! Where in the claims scopes and roles stand.

use crate::authenticator::TokenFault;
use crate::credential::{Json, Members};

/// A place in the claims: a member (`"scope"`), or a JSON pointer if it begins with `/`
/// (`"/realm_access/roles"`, RFC 6901).
///
/// ```
/// use auth_runtime::{ClaimSource, Jwt};
///
/// let jwt = Jwt::issuer("https://keycloak.example/realms/shop")
///     .roles("/realm_access/roles")
///     .roles(ClaimSource::from("/resource_access/orders-api/roles").missing_is_empty());
/// # let _ = jwt;
/// ```
#[derive(Clone, Debug)]
pub struct ClaimSource {
    path: String,
    missing_is_empty: bool,
}

impl<S: Into<String>> From<S> for ClaimSource {
    fn from(path: S) -> Self {
        Self {
            path: path.into(),
            missing_is_empty: false,
        }
    }
}

impl ClaimSource {
    /// A token without this claim has *no* roles or scopes there, instead of *unknown* ones. As
    /// long as one source is unknown, `not(role = "..")` denies: say this when the issuer leaves
    /// the claim out for callers who have none.
    #[must_use]
    pub fn missing_is_empty(mut self) -> Self {
        self.missing_is_empty = true;
        self
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn find<'c, 'a>(&self, claims: &'c Members<'a>) -> Option<&'c Json<'a>> {
        let Some(pointer) = self.path.strip_prefix('/') else {
            return claims.get(&self.path);
        };
        let mut tokens = pointer
            .split('/')
            .map(|token| token.replace("~1", "/").replace("~0", "~"));
        let first = claims.get(&tokens.next()?)?;
        tokens.try_fold(first, |value, token| match value {
            Json::Object(members) => members.get(&token),
            Json::Array(elements) => elements.get(token.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

/// All the places where scopes, or roles, stand.
pub(super) struct ClaimSources {
    sources: Vec<ClaimSource>,
    /// The sources are spellings of one claim, of which an issuer uses one.
    alternative: bool,
}

/// What stands at all places together.
pub(super) struct Texts<'a> {
    pub(super) found: Vec<&'a str>,
    /// Whether each place was there, or is known to be empty when it is not.
    pub(super) complete: bool,
}

impl ClaimSources {
    pub(super) fn configured(sources: Vec<ClaimSource>) -> Self {
        Self {
            sources,
            alternative: false,
        }
    }

    pub(super) fn one_of<const N: usize>(names: [&str; N]) -> Self {
        Self {
            sources: names.map(ClaimSource::from).into(),
            alternative: true,
        }
    }

    /// An array's elements are taken whole; a single string is what `read` makes of it.
    ///
    /// # Errors
    ///
    /// A source that is neither a string nor an array of strings.
    pub(super) fn texts<'a>(
        &self,
        claims: &'a Members<'_>,
        read: SingleString,
    ) -> Result<Texts<'a>, TokenFault> {
        let mut found: Vec<&str> = Vec::new();
        let (mut any, mut all, mut clear) = (false, true, true);
        for source in &self.sources {
            let Some(value) = source.find(claims) else {
                any |= source.missing_is_empty;
                all &= source.missing_is_empty;
                continue;
            };
            any = true;
            match (value, read) {
                (Json::String(list), SingleString::IsList) => found.extend(list.split(' ')),
                (Json::String(text), SingleString::IsOne) => {
                    // It may be meant as a list: not to be split, and not to be relied on.
                    clear &= !text.contains([' ', ',']);
                    found.push(text);
                }
                (Json::Array(elements), _) => {
                    for element in elements {
                        let Json::String(text) = element else {
                            return Err(TokenFault::Malformed);
                        };
                        found.push(text);
                    }
                }
                _ => return Err(TokenFault::Malformed),
            }
        }
        Ok(Texts {
            found,
            complete: clear && if self.alternative { any } else { all },
        })
    }
}

/// What a claim that is a single string holds.
#[derive(Clone, Copy)]
pub(super) enum SingleString {
    /// Several, separated by spaces: `scope` (RFC 8693 section 4.2).
    IsList,
    /// One.
    IsOne,
}
