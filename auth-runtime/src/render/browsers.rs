//! Responses for browsers: a redirect to the login page where a page was requested.

use std::sync::Arc;

use form_urlencoded::Serializer;
use http::header::{HOST, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use super::next_page::{NextPage, is_local};
use super::{Rendering, problem};
use crate::credential::{is_htmx, is_page_navigation};
use crate::policy::Denial;

const HX_BOOSTED: HeaderName = HeaderName::from_static("hx-boosted");
const HX_CURRENT_URL: HeaderName = HeaderName::from_static("hx-current-url");

/// Redirects browsers to the login page, for applications with pages. `login` is the path of that page, and may have a
/// query.
///
/// Only a 401 is changed. Which answer it becomes depends on the request:
///
/// | request | response |
/// |---|---|
/// | page navigation: `GET` or `HEAD` with `Sec-Fetch-Mode: navigate`. If the browser does not send this field: `Accept` lists `text/html`, and there is neither `X-Requested-With` nor `HX-Request` | 303 with `Location`, without a challenge and without a body |
/// | htmx: `HX-Request: true`, any method | 401 with `HX-Redirect`, which htmx follows |
/// | any other: `fetch`, `XMLHttpRequest`, `POST` | 401 |
///
/// A page in a frame is a navigation too. All other denials, and the bodies of 401, are those of
/// [`problem`](super::problem). gRPC clients get [their own answer](super). Hidden routes stay 404. All answers of this
/// renderer have `Vary: Accept, Sec-Fetch-Mode, HX-Request`.
///
/// # Query of the login page
///
/// | parameter | value |
/// |---|---|
/// | `next` | the page that was requested, as path and query. For htmx the page that the user sees. Missing if it is not a path that every browser resolves to the same origin. The login page takes it as [`NextPage`] |
/// | `max_age` | for a rule with `max_age`: the maximum age of the login in seconds |
/// | `acr_values` | for a rule with `acr`: the accepted classes, separated by spaces |
///
/// With `max_age` or `acr_values`, the user is logged in already, and the rule requires a more recent or a stronger
/// login (RFC 9470). The login page must ask for it, or send both parameters to the provider, which has the same names
/// for them (OpenID Connect Core 1.0 section 3.1.2.1). A login page that sends the user back at once causes a
/// loop of redirects.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Router, render, require_auth, routing::get, testing::Issuer};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth]
/// async fn orders() {}
///
/// let issuer = Issuer::new("https://issuer.example", "https://shop.example");
/// let auth = Auth::builder()
///     .bearer(issuer.jwt())
///     .renderer(render::for_browsers("/login"))
///     .build()?;
/// let app = Router::new().route("/orders", get(orders)).with_auth(auth);
///
/// let request = |mode: &str| {
///     Request::get("/orders?page=2").header("sec-fetch-mode", mode).body(Body::empty())
/// };
/// let page = app.clone().oneshot(request("navigate")?).await?;
/// assert_eq!(page.status(), 303);
/// assert_eq!(page.headers()["location"], "/login?next=%2Forders%3Fpage%3D2");
///
/// let script = app.oneshot(request("cors")?).await?;
/// assert_eq!(script.status(), 401);
/// assert_eq!(script.headers()["www-authenticate"], r#"Bearer realm="api""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// For other bodies, call it from your own renderer. Its answer to a 401 is kept whole:
///
/// ```
/// use auth_runtime::render::{self, Rendering};
/// use auth_runtime::{Auth, Denial};
/// # use auth_runtime::testing::Issuer;
/// # let jwt = Issuer::new("https://issuer.example", "https://api.example").jwt();
/// use axum::http::{StatusCode, request::Parts};
///
/// let browsers = render::for_browsers("/login");
/// let renderer = move |denial: &Denial, request: &Parts| match denial.status() {
///     StatusCode::FORBIDDEN => Rendering::text("Your account has no access to this page."),
///     _ => browsers(denial, request),
/// };
/// let auth = Auth::builder().bearer(jwt).renderer(renderer).build()?;
/// # Ok::<(), auth_runtime::auth::BuildError>(())
/// ```
///
/// # Panics
///
/// If `login` is not a path that [`NextPage`] accepts, or if it has a fragment.
#[track_caller]
pub fn for_browsers(
    login: &str,
) -> impl Fn(&Denial, &Parts) -> Rendering + Clone + Send + Sync + 'static + use<> {
    assert!(
        is_local(login) && !login.contains('#'),
        "`render::for_browsers` takes the path of the login page on this origin, such as `/login`, not {login:?}"
    );
    let page: Arc<str> = login.into();
    move |denial: &Denial, request: &Parts| {
        let vary = HeaderValue::from_static("Accept, Sec-Fetch-Mode, HX-Request");
        let mut rendering = problem(denial, request).header(VARY, vary);
        rendering.log_in = LogIn::instead_of(denial, request, &page);
        rendering
    }
}

/// Sends the browser to the login page.
#[derive(Clone, Debug)]
pub(crate) struct LogIn {
    /// The login page, with the requirements for a login.
    page: String,
    next: Next,
    by: Redirection,
}

/// How the browser is redirected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redirection {
    SeeOther,
    Htmx,
}

#[derive(Clone, Debug)]
enum Next {
    /// The target of the request as it was sent, which a renderer does not see.
    Target,
    Page(NextPage),
}

impl LogIn {
    /// `None` if neither a browser nor htmx would follow a redirect to a page.
    fn instead_of(denial: &Denial, request: &Parts, login: &str) -> Option<Self> {
        let reads = [Method::GET, Method::HEAD].contains(&request.method);
        let (by, next) = if is_htmx(&request.headers) {
            (Redirection::Htmx, next_for_htmx(request, reads))
        } else if reads && is_page_navigation(request) {
            (Redirection::SeeOther, Next::Target)
        } else {
            return None;
        };
        Some(Self {
            page: with_requirements(login, denial),
            next,
            by,
        })
    }

    /// How and where to redirect. `target` is that of the request as it was sent. `None` if it is the login page
    /// itself, because a redirect would be followed by the same one.
    pub(crate) fn redirection(&self, target: &Uri) -> Option<(Redirection, HeaderValue)> {
        if self.page.split('?').next() == Some(target.path()) {
            return None;
        }
        let next = match &self.next {
            Next::Page(page) => page,
            Next::Target => &NextPage::new(target.path_and_query()?.as_str()),
        };
        let location = with_parameters(&self.page, next.as_str().map(|next| ("next", next)));
        Some((self.by, HeaderValue::try_from(location).ok()?))
    }
}

/// The login page with what the rule requires of the login.
fn with_requirements(login: &str, denial: &Denial) -> String {
    let Denial::InsufficientUserAuthentication(step_up) = denial else {
        return login.to_owned();
    };
    let max_age = step_up.max_age().map(|age| age.as_secs().to_string());
    let acr_values = step_up.acr_values().join(" ");
    let parameters = [
        ("max_age", max_age.unwrap_or_default()),
        ("acr_values", acr_values),
    ];
    let required = parameters.iter().filter(|(_, value)| !value.is_empty());
    with_parameters(login, required.map(|(name, value)| (*name, value.as_str())))
}

/// Adds the parameters to the query of the page.
fn with_parameters<'a>(
    page: &str,
    parameters: impl IntoIterator<Item = (&'static str, &'a str)>,
) -> String {
    let mut parameters = parameters.into_iter().peekable();
    let mut page = page.to_owned();
    if parameters.peek().is_none() {
        return page;
    }
    let query = page.find('?').unwrap_or_else(|| {
        page.push('?');
        page.len() - 1
    });
    let mut serializer = Serializer::for_suffix(page, query + 1);
    serializer.extend_pairs(parameters).finish()
}

/// The page that the user sees after the login: the page of a boosted link, otherwise the current page. The target of
/// another request is often only a part of a page.
fn next_for_htmx(request: &Parts, reads: bool) -> Next {
    let is_boosted = || {
        let boosted = request.headers.get(HX_BOOSTED);
        boosted.is_some_and(|value| value == "true")
    };
    if reads && is_boosted() {
        return Next::Target;
    }
    match current_page(request) {
        Some(page) => Next::Page(page),
        None if reads => Next::Target,
        None => Next::Page(NextPage::default()),
    }
}

/// The page on which htmx runs. `None` if it is not known, or of another host.
fn current_page(request: &Parts) -> Option<NextPage> {
    let url = text(&request.headers, &HX_CURRENT_URL)?;
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let (authority, page) = rest.split_at(rest.find('/')?);
    let own = match request.uri.authority() {
        Some(authority) => authority.as_str(),
        None => text(&request.headers, &HOST)?,
    };
    authority
        .eq_ignore_ascii_case(own)
        .then(|| NextPage::new(page))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::Request;
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::policy::StepUp;

    fn parts(method: &str, target: &str, lines: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn redirection(page: &str, denial: &Denial, request: &Parts) -> Option<(Redirection, String)> {
        let log_in = for_browsers(page)(denial, request).log_in?;
        let (by, location) = log_in.redirection(&request.uri)?;
        Some((by, location.to_str().unwrap().to_owned()))
    }

    const NAVIGATION: [(&str, &str); 1] = [("sec-fetch-mode", "navigate")];

    fn location(login: &str, denial: &Denial, target: &str) -> String {
        let request = parts("GET", target, &NAVIGATION);
        let (by, location) = redirection(login, denial, &request).unwrap();
        assert_eq!(by, Redirection::SeeOther);
        location
    }

    #[test]
    fn next_is_added_to_the_query_of_the_log_in_page() {
        for (login, target, expected) in [
            ("/login", "/", "/login?next=%2F"),
            (
                "/login",
                "/a?b=c&d=%20",
                "/login?next=%2Fa%3Fb%3Dc%26d%3D%2520",
            ),
            ("/login?", "/a", "/login?next=%2Fa"),
            ("/login?lang=de", "/a", "/login?lang=de&next=%2Fa"),
            ("/login", "//evil.example/a", "/login"),
            ("/login?lang=de", "/\\evil.example", "/login?lang=de"),
            ("/login", "https://evil.example/a", "/login?next=%2Fa"),
        ] {
            let found = location(login, &Denial::MissingCredentials, target);
            assert_eq!(found, expected, "{login} {target}");
        }
    }

    #[test]
    fn the_log_in_page_gets_what_the_rule_requires_of_the_log_in() {
        let step_up =
            |acr, max_age| Denial::InsufficientUserAuthentication(StepUp::new(acr, max_age));
        for (denial, expected) in [
            (step_up(&[], Some(300)), "/login?max_age=300&next=%2Fpay"),
            (
                step_up(&["gold", "urn:b&c"], None),
                "/login?acr_values=gold+urn%3Ab%26c&next=%2Fpay",
            ),
            (
                step_up(&["gold"], Some(0)),
                "/login?max_age=0&acr_values=gold&next=%2Fpay",
            ),
        ] {
            assert_eq!(location("/login", &denial, "/pay"), expected);
        }
        let with_query = location("/login?a=b", &step_up(&["gold"], None), "//x");
        assert_eq!(with_query, "/login?a=b&acr_values=gold");
    }

    #[test]
    fn the_log_in_page_itself_is_not_redirected() {
        for target in ["/login", "/login?next=%2F"] {
            let request = parts("GET", target, &NAVIGATION);
            let denial = Denial::MissingCredentials;
            assert_eq!(redirection("/login?lang=de", &denial, &request), None);
        }
    }

    #[test]
    fn the_next_page_for_htmx_is_the_one_that_the_user_sees() {
        let current = |url| {
            vec![
                ("hx-request", "true"),
                ("host", "shop.example"),
                ("hx-current-url", url),
            ]
        };
        let here = "https://shop.example/orders?page=2#7";
        let boosted = [current(here), vec![("hx-boosted", "true")]].concat();
        for (method, lines, next) in [
            ("GET", current(here), Some("/orders?page=2#7")),
            ("POST", current(here), Some("/orders?page=2#7")),
            ("DELETE", current("http://SHOP.example/"), Some("/")),
            ("GET", boosted.clone(), Some("/rows")),
            ("POST", boosted, Some("/orders?page=2#7")),
            ("GET", current("https://evil.example/a"), Some("/rows")),
            ("POST", current("https://evil.example/a"), None),
            ("POST", current("https://shop.example.evil.example/a"), None),
            ("POST", current("https://shop.example//evil.example"), None),
            ("POST", current(""), None),
        ] {
            let request = parts(method, "/rows", &lines);
            let (by, found) = redirection("/login", &Denial::SessionExpired, &request).unwrap();
            let expected = with_parameters("/login", next.map(|next| ("next", next)));
            assert_eq!(
                (by, found),
                (Redirection::Htmx, expected),
                "{method} {lines:?}"
            );
        }
        // HTTP/2 has no `Host`.
        let lines = current("https://shop.example:8443/a");
        let request = parts("POST", "https://shop.example:8443/rows", &lines);
        let (_, found) = redirection("/login", &Denial::SessionExpired, &request).unwrap();
        assert_eq!(found, "/login?next=%2Fa");
    }

    #[test]
    fn a_log_in_page_of_another_origin_is_a_panic() {
        for login in [
            "login",
            "",
            "//login",
            "https://sso.example/",
            "/login#top",
            "/\\a",
        ] {
            let made = std::panic::catch_unwind(|| drop(for_browsers(login)));
            assert!(made.is_err(), "{login}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn a_redirect_leads_to_the_log_in_page_of_this_origin(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "/", "/", "//", "\\", "..", ".", "%2f", "%5c", "%09", "%0d%0a", "%25", "?", "&",
                    "=", "+", "@", ":", "evil.example", "https:", "next", "\u{e4}", "a",
                ]),
                0..8,
            ),
            query in prop::sample::select(vec!["", "?lang=de"]),
        ) {
            let target = format!("/{}", pieces.concat());
            prop_assume!(target.parse::<Uri>().is_ok());
            let sent: Uri = target.parse().unwrap();
            let login = format!("/login{query}");
            let location = location(&login, &Denial::MissingCredentials, &target);

            let page = Url::parse(&format!("https://shop.example{target}")).unwrap();
            let url = page.join(&location).unwrap();
            prop_assert_eq!(&url[..url::Position::AfterPath], "https://shop.example/login");
            let next: Vec<_> = url.query_pairs().filter(|(name, _)| name == "next").collect();
            match &next[..] {
                [] => prop_assert!(!is_local(&target)),
                [(_, next)] => {
                    prop_assert_eq!(&**next, sent.path_and_query().unwrap().as_str());
                    let next = page.join(NextPage::new(next).or("https://evil.example")).unwrap();
                    prop_assert_eq!(next.origin(), page.origin());
                }
                _ => prop_assert!(false, "{}", location),
            }
        }
    }
}
