//! The claims that contain scopes and roles.

use crate::bearer::parse::{Json, Members};

/// A claim that contains scopes or roles, and the form of its value. It is the name of a claim (`"scope"`),
/// or a JSON pointer if it begins with `/` (`"/realm_access/roles"`, RFC 6901). A claim that is `null`
/// counts as missing.
///
/// | value | by default | [`comma_separated`](Self::comma_separated) | [`object_keys`](Self::object_keys) |
/// |---|---|---|---|
/// | `["admin", "clerk"]` | two scopes or roles | two | unsupported |
/// | `"read write"` | two scopes, or one role | one | unsupported |
/// | `"admin,clerk"` | one scope or role | two | unsupported |
/// | `{"admin": {..}, "clerk": true}` | unsupported | unsupported | two |
///
/// ```
/// use auth_runtime::Jwt;
/// use auth_runtime::bearer::ClaimSource;
///
/// let jwt = Jwt::issuer("https://keycloak.example/realms/shop")
///     .roles("/realm_access/roles")
///     .roles(ClaimSource::from("/resource_access/orders-api/roles").missing_is_empty());
/// # let _ = jwt;
/// ```
///
/// A token with a scopes claim of an unsupported form is malformed (401). A roles claim of an unsupported
/// form counts as missing: the caller gets no roles from it, `not(role = "..")` denies, and a warning is
/// logged once per issuer. If the claim is [required](crate::Jwt::required_claim), the token is malformed
/// (401).
#[derive(Clone, Debug)]
pub struct ClaimSource {
    path: String,
    missing_is_empty: bool,
    form: Form,
}

/// What the value of a claim may be.
#[derive(Clone, Copy, Debug, Default)]
enum Form {
    /// A string or an array of strings.
    #[default]
    Strings,
    /// A string with commas, or an array of strings.
    CommaSeparated,
    /// An object. The names of its members are the scopes or roles.
    ObjectKeys,
}

impl<S: Into<String>> From<S> for ClaimSource {
    fn from(path: S) -> Self {
        Self {
            path: path.into(),
            missing_is_empty: false,
            form: Form::default(),
        }
    }
}

impl ClaimSource {
    /// If the claim is missing, the caller has *no* roles or scopes from it, instead of *unknown* ones.
    /// Call this if the issuer omits the claim for callers without roles: if the roles of one source are
    /// unknown, `not(role = "..")` denies.
    #[must_use]
    pub fn missing_is_empty(mut self) -> Self {
        self.missing_is_empty = true;
        self
    }

    /// Reads a string as a list separated by commas, with or without spaces around them: `"admin,clerk"`.
    /// Arrays of strings are read as well; their elements are not split.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::testing::Issuer;
    /// use auth_runtime::{Auth, Router, require_auth};
    /// use auth_runtime::bearer::ClaimSource;
    /// use auth_runtime::routing::get;
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth(role = "admin")]
    /// async fn wipe() {}
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let roles = ClaimSource::from("groups").comma_separated();
    /// let auth = Auth::builder().bearer(issuer.jwt().roles(roles)).build()?;
    /// let app = Router::new().route("/", get(wipe)).with_auth(auth);
    ///
    /// for (groups, status) in [("clerk,admin", 200), ("clerk", 403)] {
    ///     let token = issuer.token("alice").claim("groups", groups).sign();
    ///     let value = format!("Bearer {token}");
    ///     let request = Request::get("/").header("authorization", value).body(Body::empty())?;
    ///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn comma_separated(mut self) -> Self {
        self.form = Form::CommaSeparated;
        self
    }

    /// Reads an object whose keys are the scopes or roles, as Zitadel writes roles:
    /// `{"admin": {"165..": "acme.example"}}`. The caller has a role if its value is `true` or an object
    /// that is not empty, and does not have it if the value is `false`, `null` or `{}`. With any other
    /// value in it, the whole claim has an unsupported form.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::testing::Issuer;
    /// use auth_runtime::{Auth, Router, require_auth};
    /// use auth_runtime::bearer::ClaimSource;
    /// use auth_runtime::routing::get;
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth(role = "admin")]
    /// async fn wipe() {}
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let roles = ClaimSource::from("urn:zitadel:iam:org:project:roles").object_keys();
    /// let auth = Auth::builder().bearer(issuer.jwt().roles(roles)).build()?;
    /// let app = Router::new().route("/", get(wipe)).with_auth(auth);
    ///
    /// for (role, status) in [("admin", 200), ("clerk", 403)] {
    ///     let roles = serde_json::json!({ role: { "165": "acme.example" } });
    ///     let token = issuer.token("alice").claim("urn:zitadel:iam:org:project:roles", roles).sign();
    ///     let value = format!("Bearer {token}");
    ///     let request = Request::get("/").header("authorization", value).body(Body::empty())?;
    ///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn object_keys(mut self) -> Self {
        self.form = Form::ObjectKeys;
        self
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn find<'c, 'a>(&self, claims: &'c Members<'a>) -> Option<&'c Json<'a>> {
        let value = match self.path.strip_prefix('/') {
            None => claims.get(&self.path),
            Some(pointer) => Self::at(claims, pointer),
        };
        value.filter(|value| **value != Json::Null)
    }

    fn at<'c, 'a>(claims: &'c Members<'a>, pointer: &str) -> Option<&'c Json<'a>> {
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

/// All claims that contain scopes, or roles.
pub(super) struct ClaimSources {
    sources: Vec<ClaimSource>,
    /// Whether the sources are alternative names of one claim.
    alternative: bool,
}

/// How much of all sources could be read.
pub(super) struct ReadSources<'a> {
    /// Whether no scopes or roles are unknown.
    pub(super) complete: bool,
    /// The claims in a form that their source does not support. They count as missing.
    pub(super) unread: Vec<Unread<'a>>,
}

/// A claim in a form that its source does not support.
pub(super) struct Unread<'a> {
    pub(super) source: &'a ClaimSource,
    /// The type of its value, such as "a number".
    pub(super) json_type: &'static str,
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

    /// Calls `add` with each scope or role. A single string is split or not, according to `single_string`;
    /// elements of arrays are not split.
    pub(super) fn read<'a>(
        &'a self,
        claims: &Members<'_>,
        single_string: SingleString,
        mut add: impl FnMut(&str),
    ) -> ReadSources<'a> {
        let (mut any, mut all, mut clear) = (false, true, true);
        let mut unread = Vec::new();
        for source in &self.sources {
            let Some(value) = source.find(claims) else {
                any |= source.missing_is_empty;
                all &= source.missing_is_empty;
                continue;
            };
            if let Some(is_clear) = source.read(value, single_string, &mut add) {
                any = true;
                clear &= is_clear;
            } else {
                all = false;
                unread.push(Unread {
                    source,
                    json_type: json_type(value),
                });
            }
        }
        ReadSources {
            complete: clear && if self.alternative { any } else { all },
            unread,
        }
    }
}

impl ClaimSource {
    /// Calls `add` with each scope or role in a value, and returns whether it is certain that none of them is
    /// a list. `None` if this source does not support the form of the value. Then `add` is not called.
    fn read(
        &self,
        value: &Json<'_>,
        single_string: SingleString,
        mut add: impl FnMut(&str),
    ) -> Option<bool> {
        match (self.form, value) {
            (Form::ObjectKeys, Json::Object(members)) => {
                if members.iter().any(|(_, value)| is_held(value).is_none()) {
                    return None;
                }
                let held = members
                    .iter()
                    .filter(|(_, value)| is_held(value) == Some(true));
                held.for_each(|(name, _)| add(name));
            }
            (Form::Strings | Form::CommaSeparated, Json::Array(elements)) => {
                if elements.iter().any(|element| string(element).is_none()) {
                    return None;
                }
                elements.iter().filter_map(string).for_each(add);
            }
            (Form::CommaSeparated, Json::String(list)) => {
                let texts = list.split(',').map(str::trim);
                texts.filter(|text| !text.is_empty()).for_each(add);
            }
            (Form::Strings, Json::String(text)) => match single_string {
                SingleString::IsList => text.split(' ').for_each(add),
                SingleString::IsOne => {
                    add(text);
                    // It may be a list. It is not split, and `not(..)` must not rely on it.
                    return Some(!text.contains([' ', ',']));
                }
            },
            _ => return None,
        }
        Some(true)
    }

    /// The form that this source supports, for the log.
    pub(super) fn expected(&self) -> &'static str {
        match self.form {
            Form::Strings => "a string or an array of strings",
            Form::CommaSeparated => "a string with commas or an array of strings",
            Form::ObjectKeys => "an object whose members are `true`, `false` or objects",
        }
    }
}

fn string<'a>(value: &'a Json<'_>) -> Option<&'a str> {
    match value {
        Json::String(text) => Some(text),
        _ => None,
    }
}

/// Whether the caller has a scope or role that is the name of a member with this value. `None` if the value
/// is of an unsupported form.
fn is_held(value: &Json<'_>) -> Option<bool> {
    match value {
        Json::Bool(is_held) => Some(*is_held),
        Json::Null => Some(false),
        Json::Object(details) => Some(details.iter().next().is_some()),
        _ => None,
    }
}

fn json_type(value: &Json<'_>) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

/// How a claim that is a single string is read.
#[derive(Clone, Copy)]
pub(super) enum SingleString {
    /// As a list separated by spaces, such as `scope` (RFC 8693 section 4.2).
    IsList,
    /// As one scope or role.
    IsOne,
}
