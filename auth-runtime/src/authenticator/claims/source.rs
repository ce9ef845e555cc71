//! Where in the claims scopes and roles stand.

use crate::credential::{Json, Members};

/// A place in the claims: a member (`"scope"`), or a JSON pointer if it begins with `/`
/// (`"/realm_access/roles"`, RFC 6901), and the form of its value. A claim that is `null` is as if it
/// were missing.
///
/// | the value | read by |
/// |---|---|
/// | `["admin", "clerk"]` | every source but one with [`object_keys`](Self::object_keys) |
/// | `"read write"` | as scopes, two; as roles, one |
/// | `"admin,clerk"` | [`comma_separated`](Self::comma_separated) |
/// | `{"admin": {..}, "clerk": true}` | [`object_keys`](Self::object_keys) |
///
/// ```
/// use auth_runtime::{ClaimSource, Jwt};
///
/// let jwt = Jwt::issuer("https://keycloak.example/realms/shop")
///     .roles("/realm_access/roles")
///     .roles(ClaimSource::from("/resource_access/orders-api/roles").missing_is_empty());
/// # let _ = jwt;
/// ```
///
/// A token whose scopes have another form is malformed (401). A roles claim of another form is as if it
/// were missing, which is logged once for the issuer: the caller has no role of it, and
/// `not(role = "..")` denies. If the claim is [required](crate::Jwt::required_claim), the token is
/// malformed (401).
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
    /// An object whose members are named like the scopes or roles.
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
    /// A token without this claim has *no* roles or scopes there, instead of *unknown* ones. As
    /// long as one source is unknown, `not(role = "..")` denies: say this when the issuer leaves
    /// the claim out for callers who have none.
    #[must_use]
    pub fn missing_is_empty(mut self) -> Self {
        self.missing_is_empty = true;
        self
    }

    /// A string is a list separated by commas, with or without spaces after them: `"admin,clerk"`. An
    /// array of strings is read as well; its elements are not split.
    #[must_use]
    pub fn comma_separated(mut self) -> Self {
        self.form = Form::CommaSeparated;
        self
    }

    /// The names of the members of an object, as Zitadel writes roles: `{"admin": {"165..": "acme.example"}}`.
    /// A member counts if it is `true` or an object that is not empty. One that is `false`, `null` or
    /// `{}` is not held; any other value makes the claim one of another form.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::testing::Issuer;
    /// use auth_runtime::{Auth, ClaimSource, Router, require_auth, routing::get};
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
    /// The places whose values have a form that is not read; they count as missing.
    pub(super) unread: Vec<Unread<'a>>,
}

/// A value of a form that its source does not read.
pub(super) struct Unread<'a> {
    pub(super) source: &'a ClaimSource,
    /// Such as "a number".
    pub(super) form: &'static str,
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
    pub(super) fn texts<'a>(&'a self, claims: &'a Members<'_>, read: SingleString) -> Texts<'a> {
        let mut found: Vec<&str> = Vec::new();
        let (mut any, mut all, mut clear) = (false, true, true);
        let mut unread = Vec::new();
        for source in &self.sources {
            let Some(value) = source.find(claims) else {
                any |= source.missing_is_empty;
                all &= source.missing_is_empty;
                continue;
            };
            if let Some(texts) = source.texts_of(value, read) {
                any = true;
                clear &= texts.clear;
                found.extend(texts.found);
            } else {
                all = false;
                unread.push(Unread {
                    source,
                    form: form_of(value),
                });
            }
        }
        Texts {
            found,
            complete: clear && if self.alternative { any } else { all },
            unread,
        }
    }
}

/// What stands at one place.
struct TextsOfClaim<'a> {
    found: Vec<&'a str>,
    /// Whether it can be relied on that a text is not a list.
    clear: bool,
}

impl ClaimSource {
    /// The texts of a value; none if its form is not read.
    fn texts_of<'a>(&self, value: &'a Json<'_>, read: SingleString) -> Option<TextsOfClaim<'a>> {
        let mut clear = true;
        let found = match (self.form, value) {
            (Form::ObjectKeys, Json::Object(members)) => held_members(members)?,
            (Form::ObjectKeys, _) => return None,
            (_, Json::Array(elements)) => elements.iter().map(string).collect::<Option<_>>()?,
            (Form::CommaSeparated, Json::String(list)) => {
                let texts = list.split(',').map(str::trim);
                texts.filter(|text| !text.is_empty()).collect()
            }
            (Form::Strings, Json::String(text)) => match read {
                SingleString::IsList => text.split(' ').collect(),
                SingleString::IsOne => {
                    // It may be meant as a list: not to be split, and not to be relied on.
                    clear = !text.contains([' ', ',']);
                    vec![&**text]
                }
            },
            _ => return None,
        };
        Some(TextsOfClaim { found, clear })
    }

    /// The form that it reads, for the log.
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

/// The names of the members that say that it is held; none at all if one says something else.
fn held_members<'a>(members: &'a Members<'_>) -> Option<Vec<&'a str>> {
    let mut held = Vec::new();
    for (name, value) in members.iter() {
        let is_held = match value {
            Json::Bool(is_held) => *is_held,
            Json::Null => false,
            Json::Object(details) => details.iter().next().is_some(),
            _ => return None,
        };
        if is_held {
            held.push(name);
        }
    }
    Some(held)
}

fn form_of(value: &Json<'_>) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
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
