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
    /// A token without this claim has *no* roles or scopes, instead of *unknown* ones. Only then
    /// does `not(role = "..")` hold for it: say this when the issuer leaves the claim out for
    /// callers who have none.
    #[must_use]
    pub fn missing_is_empty(mut self) -> Self {
        self.missing_is_empty = true;
        self
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    fn find<'c, 'a>(&self, claims: &'c Members<'a>) -> Option<&'c Json<'a>> {
        let Some(pointer) = self.path.strip_prefix('/') else {
            return claims.get(&self.path);
        };
        let mut tokens = pointer
            .split('/')
            .map(|token| token.replace("~1", "/").replace("~0", "~"));
        let first = claims.get(&tokens.next()?)?;
        tokens.try_fold(first, |value, token| match value {
            Json::Object(members) => members.get(&token),
            _ => None,
        })
    }
}

/// The texts at all `sources` together; `None` if none of them is there. An array's elements are
/// taken whole; `split` says whether a single string is a list separated by spaces.
///
/// # Errors
///
/// A source that is neither a string nor an array of strings.
pub(super) fn texts<'a>(
    sources: &[ClaimSource],
    claims: &'a Members<'_>,
    split: bool,
) -> Result<Option<Vec<&'a str>>, TokenFault> {
    let mut found: Option<Vec<&str>> = None;
    for source in sources {
        match source.find(claims) {
            None if source.missing_is_empty => {
                found.get_or_insert_default();
            }
            None => {}
            Some(Json::String(list)) if split => {
                found.get_or_insert_default().extend(list.split(' '));
            }
            Some(Json::String(text)) => found.get_or_insert_default().push(text),
            Some(Json::Array(elements)) => {
                let texts = found.get_or_insert_default();
                for element in elements {
                    let Json::String(text) = element else {
                        return Err(TokenFault::Malformed);
                    };
                    texts.push(text);
                }
            }
            Some(_) => return Err(TokenFault::Malformed),
        }
    }
    Ok(found)
}
