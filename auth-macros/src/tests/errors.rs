//! Every error message with the attribute that causes it. The UI tests check the spans.

use std::fmt::Write as _;

use expect_test::expect_file;

use super::{Annotated, messages};

#[test]
fn every_attribute_mistake_has_its_own_message() {
    let mut text = String::new();
    for source in MISTAKES {
        let found = messages(Annotated::parse(source).expand());
        assert!(!found.is_empty(), "no error for {source}");
        writeln!(text, "{source}").expect("writing to a string failed");
        for message in found {
            assert!(
                !message.ends_with('.') || message.ends_with(".."),
                "{message}"
            );
            writeln!(text, "    {message}").expect("writing to a string failed");
        }
        text.push('\n');
    }
    expect_file!["../snapshots/errors.txt"].assert_eq(&text);
}

pub(super) const MISTAKES: &[&str] = &[
    // Keys
    r#"#[require_auth(scop = "a")] async fn f() {}"#,
    r#"#[require_auth(frobnicate = "a")] async fn f() {}"#,
    r#"#[require_auth(any(rolle = "a", scheme = "bearer"))] async fn f() {}"#,
    r#"#[require_auth(or(scope = "a"))] async fn f() {}"#,
    r#"#[require_auth(reason = "a")] async fn f() {}"#,
    r#"#[optional_auth(scope = "a", schema = "bearer")] async fn f() {}"#,
    r#"#[allow_anonymous(reason = "a", role = "b")] async fn f() {}"#,
    r#"#[require_auth("orders:read")] async fn f() {}"#,
    r#"#[allow_anonymous("health probe")] async fn f() {}"#,
    r"#[require_auth(5)] async fn f() {}",
    r#"#[require_auth(!role = "a")] async fn f() {}"#,
    r#"#[require_auth(scope = "a" role = "b")] async fn f() {}"#,
    r#"#[require_auth(scope = "a" || role = "b")] async fn f() {}"#,
    r#"#[require_auth(scope = "a" && role = "b")] async fn f() {}"#,
    r#"#[require_auth(any(scope = "a") || role = "b")] async fn f() {}"#,
    // Repetitions
    r#"#[require_auth(scope = "a", scope = "b")] async fn f() {}"#,
    r#"#[require_auth(scope = "a", scope = "a")] async fn f() {}"#,
    r"#[require_auth(scope = scopes::A, scope = scopes::B)] async fn f() {}",
    r#"#[require_auth(not(role = "a"), not(role = "b"))] async fn f() {}"#,
    r#"#[require_auth(scheme = "bearer", scheme = GATEWAY, hide, hide)] async fn f() {}"#,
    r"#[require_auth(scheme = GATEWAY, scheme = GATEWAY)] async fn f() {}",
    // Syntax
    r"#[require_auth(scope)] async fn f() {}",
    r"#[require_auth(scope =)] async fn f() {}",
    r#"#[require_auth(scope("a"))] async fn f() {}"#,
    r#"#[require_auth(any = "a")] async fn f() {}"#,
    r"#[require_auth(any(), all(), not())] async fn f() {}",
    r#"#[require_auth(not(role = "a", role = "b"))] async fn f() {}"#,
    r"#[require_auth(scope = 5, role = true)] async fn f() {}",
    r#"#[require_auth(scope = ["a", "b"])] async fn f() {}"#,
    r#"#[require_auth(scope = Scope::new("a"))] async fn f() {}"#,
    // Scopes and roles
    r#"#[require_auth(scope = "", role = " ")] async fn f() {}"#,
    r#"#[require_auth(scope = "a b", role = "team lead")] async fn f() {}"#,
    r#"#[require_auth(scope = "a ", role = "b ")] async fn f() {}"#,
    r#"#[require_auth(scope = "a\"b", role = "ä")] async fn f() {}"#,
    r#"#[require_auth(scope = "a:r,a:w", role = "a;b")] async fn f() {}"#,
    r#"#[require_auth(scope = "a, b", role = "a, b c")] async fn f() {}"#,
    r#"#[require_auth(scope = "a,", role = ",")] async fn f() {}"#,
    // Claims
    r"#[require_auth(claim)] async fn f() {}",
    r"#[require_auth(claim())] async fn f() {}",
    r#"#[require_auth(claim("a"))] async fn f() {}"#,
    r#"#[require_auth(claim("a" =))] async fn f() {}"#,
    r"#[require_auth(claim(a = true))] async fn f() {}",
    r#"#[require_auth(claim("" = true))] async fn f() {}"#,
    r#"#[require_auth(claim("a" = 1.5))] async fn f() {}"#,
    r#"#[require_auth(claim("a" = -1.5))] async fn f() {}"#,
    r#"#[require_auth(claim("a" = 5u8))] async fn f() {}"#,
    r#"#[require_auth(claim("a" = 9223372036854775808))] async fn f() {}"#,
    r#"#[require_auth(claim("a" = LEVEL))] async fn f() {}"#,
    r#"#[require_auth(claim("a" = ["b", "c"]))] async fn f() {}"#,
    r#"#[require_auth(claim("a" = 1, "b" = 2))] async fn f() {}"#,
    r#"#[require_auth(claim("/a~b/c" = true))] async fn f() {}"#,
    r#"#[require_auth(claim("a" == -1), claim("b" != "c"), claim("d" ==))] async fn f() {}"#,
    // Settings
    r#"#[require_auth(any(scope = "a", scheme = "bearer"), all(acr = "x", max_age = "5m"), not(hide))] async fn f() {}"#,
    r#"#[require_auth(any(scope = "a", crate = ::x))] async fn f() {}"#,
    r#"#[require_auth(scheme = "Bearer")] async fn f() {}"#,
    r#"#[require_auth(scheme = "bearer basic")] async fn f() {}"#,
    r#"#[require_auth(scheme = "bearer, Basic")] async fn f() {}"#,
    r#"#[require_auth(scheme = ["API_KEY", "api-key", "apikey", "Bearer token", "baerer"])] async fn f() {}"#,
    r#"#[require_auth(scheme = "")] async fn f() {}"#,
    r"#[require_auth(scheme = [], acr = [])] async fn f() {}",
    r#"#[require_auth(scheme = ["bearer", "bearer"], acr = ["a", "b", "a"])] async fn f() {}"#,
    r"#[require_auth(scheme = [kinds::A, B, kinds :: A])] async fn f() {}",
    r"#[require_auth(scheme = 1, acr = 1)] async fn f() {}",
    r"#[require_auth(scheme = bearer, acr = GOLD)] async fn f() {}",
    r#"#[require_auth(scheme = ["api_key", basic, Scheme::new("Gateway")])] async fn f() {}"#,
    r#"#[require_auth(acr = "a b")] async fn f() {}"#,
    r#"#[require_auth(acr = "")] async fn f() {}"#,
    r#"#[require_auth(acr = "a\\b")] async fn f() {}"#,
    r"#[require_auth(max_age = 300)] async fn f() {}",
    r#"#[require_auth(max_age = "5")] async fn f() {}"#,
    r#"#[require_auth(max_age = "0s")] async fn f() {}"#,
    r#"#[require_auth(max_age = "99999999999999999999d")] async fn f() {}"#,
    r"#[require_auth(hide = true)] async fn f() {}",
    r#"#[require_auth(hide = "never")] async fn f() {}"#,
    r#"#[require_auth(crate = "renamed")] async fn f() {}"#,
    r#"#[require_auth(hide("always"))] async fn f() {}"#,
    r"#[require_auth(crate = renamed::inner)] async fn f() {}",
    r"#[require_auth(crate = self::renamed)] async fn f() {}",
    r"#[require_auth(crate = super)] async fn f() {}",
    r"#[allow_anonymous] async fn f() {}",
    r#"#[allow_anonymous(reason = " ")] async fn f() {}"#,
    r"#[allow_anonymous(reason = WHY)] async fn f() {}",
    // Policies
    r#"#[require_auth(policy = "CanRefund")] async fn f() {}"#,
    r"#[require_auth(policy = (A, B))] async fn f() {}",
    r"#[policy(check = |a: A| true)] struct P;",
    r"#[policy(any(check = |a: A| true))] struct P;",
    r#"#[policy(scope = "a")] async fn f() {}"#,
    r#"#[policy(scope = "a")] struct P(u8);"#,
    r#"#[policy(scope = "a")] enum P { A }"#,
    r"#[policy] struct P<'a, T: Order, const N: usize>;",
    // Contradictions
    r#"#[require_auth(scope = "a", not(scope = "a"))] async fn f() {}"#,
    r#"#[require_auth(all(role = "a", all(scope = "b", not(role = "a"))))] async fn f() {}"#,
    r#"#[require_auth(any(role = "a", not(role = "a")))] async fn f() {}"#,
    r#"#[require_auth(all(any(scope = "a", role = "b"), not(any(scope = "a", role = "b"))))] async fn f() {}"#,
    r#"#[require_auth(any(scope = "a", role = "b", scope = "a"))] async fn f() {}"#,
    // Checks
    r"#[require_auth(check)] async fn f() {}",
    r#"#[require_auth(check("a"))] async fn f() {}"#,
    r"#[require_auth(check(a) = || true)] async fn f() {}",
    r#"#[require_auth(check(" ") = || true)] async fn f() {}"#,
    r"#[require_auth(check = owns(id))] async fn f() {}",
    r"#[require_auth(check = 5)] async fn f() {}",
    r#"#[require_auth(check("a") = owns)] async fn f() {}"#,
    r"#[require_auth(not(check = owns))] async fn f() {}",
    r"#[require_auth(check = owns, check = rules::owns)] async fn f() {}",
    r"#[require_auth(all(check = owns, check = owns))] async fn f() {}",
    r"#[require_auth(check = async |a: A| true)] async fn f() {}",
    r"#[require_auth(check = for<'a> |a: A| true)] async fn f() {}",
    r"#[require_auth(check = |id, Path(id), Foo { id }| true)] async fn f() {}",
    r"#[require_auth(check = |State(db): State<_>| true)] async fn f() {}",
    r"#[require_auth(check = |#[cfg(x)] a: A| true)] async fn f() {}",
    r"#[require_auth(check = |a: &A, b: Option<&mut B>, c: State<fn(&u8)>, d: &'static D| true)] async fn f() {}",
    r"#[require_auth(check = |id| true)] async fn f(a: Checked<Order>) {}",
    r"#[require_auth(check = |a: Json<A>, b: axum::body::Bytes, c: String, d: Request| true)] async fn f() {}",
    r"#[require_auth(check = |a: Option<Json<A>>, b: Result<axum::extract::Form<B>, _>, c: Option<A>| true)] async fn f() {}",
    r"#[require_auth(check = |Checked(a): Checked<A>, b: Option<auth_runtime::Checked<B>>| true)] async fn f() {}",
    r"#[require_auth(check = |a: A| async move { true })] async fn f() {}",
    r"#[require_auth(check = |a: A| { (async { true }) })] async fn f() {}",
    r"#[require_auth(not(check = |a: A| true))] async fn f() {}",
    r#"#[require_auth(not(any(role = "a", check = |a: A| true)))] async fn f() {}"#,
    // Handlers
    r"#[require_auth] struct S;",
    r"#[require_auth] impl S {}",
    r"#[optional_auth] const X: u8 = 1;",
    r"#[require_auth] async fn f();",
    r"#[require_auth] fn f() {}",
    r"#[optional_auth] #[cfg(x)] fn f() -> (A, B) {}",
    r#"#[require_auth(scope = "a b")] #[turned_into_a_future] fn f() {}"#,
    r"#[require_auth(policy = P)] async fn f(&self) {}",
    r#"#[require_auth(scope = "a")] async fn f(self: Arc<Self>) {}"#,
    r#"#[require_auth(scope = "a")] async fn f(State(s): State<Self>) {}"#,
    r"#[require_auth(scope = Self::SCOPE)] async fn f() {}",
    r#"#[require_auth(scheme = ["bearer", Self::SCHEME])] async fn f() {}"#,
    r"#[optional_auth] async fn f(State(s): State<Self>) {}",
    r#"#[allow_anonymous(reason = "a")] async fn f(self) {}"#,
    r"#[require_auth] #[require_auth] async fn f() {}",
    r"#[require_auth] #[auth_runtime::optional_auth] async fn f() {}",
    r"#[require_auth(crate = crate::renamed)] #[crate::renamed::optional_auth] async fn f() {}",
    r"#[policy] #[policy] struct P;",
    r"#[require_auth] async fn f(a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A, i: A, j: A, k: A, l: A, m: A, n: A, o: A, p: A) {}",
    r#"#[allow_anonymous(reason = "a")] async fn f(a: Identity, b: auth_runtime::Claims<Mine>) {}"#,
    r"#[optional_auth] async fn f(a: Identity, b: Claims<Mine>, c: Option<Identity>) {}",
    r"#[require_auth] async fn f(a: Checked<Order>) {}",
    r#"#[require_auth(any(role = "a", check = |a: A| true))] async fn f(a: Checked<Order>) {}"#,
    // Named checks
    r"#[check] struct S;",
    r"#[check] async fn f() -> bool;",
    r"#[check] async fn f() {}",
    r#"#[check(" ")] async fn f() -> bool { true }"#,
    r#"#[check("a", "b")] async fn f() -> bool { true }"#,
    r#"#[check("a" "b")] async fn f() -> bool { true }"#,
    r#"#[check(description = "a")] async fn f() -> bool { true }"#,
    r#"#[check(scope = "a")] async fn f() -> bool { true }"#,
    r#"#[check("a", crate = renamed)] async fn f() -> bool { true }"#,
    r#"#[check] const unsafe extern "C" fn f() -> bool { true }"#,
    r"#[check] async fn f(&self) -> bool { true }",
    r"#[check] async fn f(a: State<Self>) -> bool { true }",
    r"#[check] async fn f<'a, T, const N: usize>(a: State<T>) -> bool { true }",
    r"#[check] async fn f(a: impl Db) -> bool { true }",
    r"#[check] async fn f(#[cfg(x)] a: A) -> bool { true }",
    r"#[check] async fn f(a: &A, b: Json<B>, c: Checked<C>, d: Option<Bytes>) -> bool { true }",
    r"#[check] #[check] async fn f() -> bool { true }",
    r"#[check] #[require_auth] async fn f() -> bool { true }",
    r"#[require_auth] #[check] async fn f() -> bool { true }",
    // Several mistakes in one attribute
    r#"#[require_auth(scop = "a", role = 5, any(), claim("x"), scheme = "Basic", check = |id| true, max_age = "x")] async fn f(&self) {}"#,
];
