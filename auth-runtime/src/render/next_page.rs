//! The page that a browser goes to after a login. Only pages of the same origin are accepted.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

/// The page that a browser goes to after a login: the value of `next`, which
/// [`for_browsers`](super::for_browsers) gives to the login page.
///
/// Anyone can make a link to the login page with another `next`. A form that followed it would send users to a site
/// that looks like the login page (an open redirect). So take `next` as this type, in the query and in the form. A
/// value that a browser might not resolve to the same origin counts as none. It is not an error.
///
/// Accepted is a path with an optional query and fragment, such as `/orders?page=2`: at most 2,048 bytes of visible
/// ASCII without `\`, and a path that begins with one `/` and has no `//` in it. Directly after the first `/`, no ASCII
/// character may be percent-encoded.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::render::NextPage;
/// use axum::{Form, Router, body::Body, http::Request, response::Redirect, routing::post};
/// use serde::Deserialize;
/// use tower::ServiceExt;
///
/// #[derive(Deserialize)]
/// struct LogIn {
///     // .. and the user name and the password
///     next: NextPage,
/// }
///
/// async fn log_in(Form(form): Form<LogIn>) -> Redirect {
///     Redirect::to(form.next.or("/account"))
/// }
///
/// let app: Router = Router::new().route("/login", post(log_in));
/// for (form, location) in [
///     ("next=%2Forders%3Fpage%3D2", "/orders?page=2"),
///     ("next=https%3A%2F%2Fevil.example", "/account"),
///     ("next=%2F%2Fevil.example", "/account"),
///     ("next=", "/account"),
///     ("", "/account"),
/// ] {
///     let request = Request::post("/login")
///         .header("content-type", "application/x-www-form-urlencoded")
///         .body(Body::from(form))?;
///     let response = app.clone().oneshot(request).await?;
///     assert_eq!(response.status(), 303);
///     assert_eq!(response.headers()["location"], location);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextPage(Option<String>);

impl NextPage {
    /// Checks `next`.
    #[must_use]
    pub fn new(next: &str) -> Self {
        Self(is_local(next).then(|| next.to_owned()))
    }

    /// The page, or `default` if there is none. In HTML, escape it as any other text.
    #[must_use]
    pub fn or<'a>(&'a self, default: &'a str) -> &'a str {
        self.as_str().unwrap_or(default)
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<'de> Deserialize<'de> for NextPage {
    /// A missing value counts as none.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let next = Option::<Cow<'de, str>>::deserialize(deserializer)?;
        Ok(next.map_or_else(Self::default, |next| Self::new(&next)))
    }
}

/// Limits the length of the addresses that are made from it.
const MAX_LENGTH: usize = 2048;

/// Whether every browser resolves this reference to the origin of the page that it is on.
///
/// Browsers treat `\` like `/`, and remove tabs and line ends (WHATWG URL standard). An empty segment could become the
/// first one once `..` is resolved. An encoded `/` at the beginning could become a real one in software that decodes
/// twice.
pub(super) fn is_local(reference: &str) -> bool {
    let is_written_well = reference.len() <= MAX_LENGTH
        && reference
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let path = reference.split(['?', '#']).next().unwrap_or_default();
    let begins_well = match path.as_bytes() {
        [b'/', b'%', digit, ..] => digit.is_ascii_hexdigit() && !matches!(digit, b'0'..=b'7'),
        [b'/', b'%'] => false,
        [b'/', ..] => true,
        _ => false,
    };
    is_written_well && begins_well && !path.contains("//")
}

#[cfg(test)]
mod tests {
    use form_urlencoded::Serializer;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use url::Url;

    use super::*;

    #[test]
    fn paths_of_this_origin_are_accepted() {
        for next in [
            "/",
            "/orders",
            "/orders/7?page=2&q=a%2Fb#top",
            "/?next=https://evil.example//x",
            "/#//x",
            "/%C3%A4rger",
            "/.well-known/x",
            "/a:b@c",
            "/a/%2F%2Fevil.example",
        ] {
            assert_eq!(NextPage::new(next).or("none"), next);
        }
    }

    #[test]
    fn all_other_references_count_as_none() {
        let long = format!("/{}", "a".repeat(MAX_LENGTH));
        for next in [
            "",
            "orders",
            "?page=2",
            "#top",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a\r\nSet-Cookie: a=b",
            "\u{1}//evil.example",
            " //evil.example",
            "/ /evil.example",
            "/%2Fevil.example",
            "/%2f/evil.example",
            "/%5Cevil.example",
            "/%09/evil.example",
            "/%252Fevil.example",
            "/%",
            "/%x",
            "/.//evil.example",
            "/a/..//evil.example",
            "/a/%2e%2e//evil.example",
            "/\u{ff0f}evil.example",
            "/\u{e4}",
            "/\u{7f}",
            &long,
        ] {
            assert_eq!(NextPage::new(next), NextPage::default(), "{next:?}");
        }
        assert_eq!(NextPage::new(&long[1..]), NextPage::default());
        let longest = &long[..MAX_LENGTH];
        assert_eq!(NextPage::new(longest).or(""), longest);
    }

    const ORIGIN: &str = "https://shop.example";

    fn resolved(reference: &str) -> Url {
        let page = Url::parse("https://shop.example/login").unwrap();
        page.join(reference).unwrap()
    }

    fn decoded(text: &str) -> String {
        let pair = format!("a={}", text.replace('+', "%2B"));
        let (_, value) = form_urlencoded::parse(pair.as_bytes()).next().unwrap();
        value.into_owned()
    }

    fn is_of_this_origin(reference: &str) -> bool {
        resolved(reference).origin().ascii_serialization() == ORIGIN
    }

    /// Mostly what parsers of URLs disagree about.
    fn references() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("/".to_owned()),
            prop::sample::select(vec![
                "/",
                "/",
                "//",
                "\\",
                ".",
                "..",
                "%2f",
                "%5C",
                "%2e",
                "%252F",
                "%25",
                "%09",
                "\t",
                "\n",
                "\r",
                " ",
                ":",
                "@",
                "?",
                "#",
                "https:",
                "//evil.example",
                "evil.example",
                "[::1]",
                "\u{0}",
                "\u{ff0f}",
                "\u{2044}",
                "%E4",
                "a",
            ])
            .prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
            "[!-~]{0,4}",
        ];
        prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn an_accepted_reference_resolves_to_this_origin(next in references()) {
            let accepted = NextPage::new(&next);
            if let Some(page) = accepted.as_str() {
                prop_assert!(is_of_this_origin(page));
                // Also if the login page resolves it first, and if it decodes it once more.
                let url = resolved(page);
                prop_assert!(is_of_this_origin(&url[url::Position::BeforePath..]));
                prop_assert!(is_of_this_origin(&decoded(page)));
            }
        }

        #[test]
        fn what_is_accepted_is_read_from_a_query_unchanged(next in references()) {
            let query = Serializer::new(String::new()).append_pair("next", &next).finish();
            let pairs = form_urlencoded::parse(query.as_bytes());
            let read = pairs.map(|(_, value)| NextPage::new(&value)).next();
            prop_assert_eq!(read, Some(NextPage::new(&next)));
        }
    }

    #[test]
    fn the_properties_are_tested_with_accepted_references() {
        let mut runner = TestRunner::deterministic();
        let accepted = (0..1000).filter(|_| {
            let next = references().new_tree(&mut runner).unwrap().current();
            is_local(&next)
        });
        assert!(accepted.count() > 50);
    }

    #[test]
    fn a_missing_value_counts_as_none() {
        #[derive(Deserialize)]
        struct Form {
            next: NextPage,
        }
        for (json, page) in [
            (r#"{"next":"/orders"}"#, "/orders"),
            (r#"{"next":"//evil.example"}"#, "none"),
            (r#"{"next":"\/\u0061"}"#, "/a"),
            (r#"{"next":""}"#, "none"),
            (r#"{"next":null}"#, "none"),
            ("{}", "none"),
        ] {
            let form: Form = serde_json::from_str(json).unwrap();
            assert_eq!(form.next.or("none"), page, "{json}");
        }
        assert!(serde_json::from_str::<Form>(r#"{"next":1}"#).is_err());
    }
}
