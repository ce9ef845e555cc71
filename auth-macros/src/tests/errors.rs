//! Every complaint, next to what was written. Where it points is shown by the UI tests.

use std::fmt::Write as _;

use expect_test::expect_file;

use super::{Annotated, messages};

#[test]
fn every_mistake_has_its_own_words() {
    let mut text = String::new();
    for source in MISTAKES {
        let found = messages(Annotated::parse(source).expand());
        assert!(!found.is_empty(), "no complaint about {source}");
        writeln!(text, "{source}").expect("writing to a string");
        for message in found {
            assert!(
                !message.ends_with('.') || message.ends_with(".."),
                "{message}"
            );
            writeln!(text, "    {message}").expect("writing to a string");
        }
        text.push('\n');
    }
    expect_file!["../snapshots/errors.txt"].assert_eq(&text);
}

const MISTAKES: &[&str] = &[
    // Keys
    r#"#[require_auth(scop = "a")] fn f() {}"#,
    r#"#[require_auth(frobnicate = "a")] fn f() {}"#,
    r#"#[require_auth(any(rolle = "a", scheme = "bearer"))] fn f() {}"#,
    r#"#[require_auth(or(scope = "a"))] fn f() {}"#,
    r#"#[require_auth(reason = "a")] fn f() {}"#,
    r#"#[optional_auth(scope = "a", schema = "bearer")] fn f() {}"#,
    r#"#[allow_anonymous(reason = "a", role = "b")] fn f() {}"#,
    r#"#[require_auth("orders:read")] fn f() {}"#,
    r#"#[allow_anonymous("health probe")] fn f() {}"#,
    r"#[require_auth(5)] fn f() {}",
    r#"#[require_auth(!role = "a")] fn f() {}"#,
    r#"#[require_auth(scope = "a" role = "b")] fn f() {}"#,
    r#"#[require_auth(scope = "a" || role = "b")] fn f() {}"#,
    r#"#[require_auth(scope = "a" && role = "b")] fn f() {}"#,
    r#"#[require_auth(any(scope = "a") || role = "b")] fn f() {}"#,
    // Twice
    r#"#[require_auth(scope = "a", scope = "b")] fn f() {}"#,
    r#"#[require_auth(scope = "a", scope = "a")] fn f() {}"#,
    r"#[require_auth(scope = scopes::A, scope = scopes::B)] fn f() {}",
    r#"#[require_auth(not(role = "a"), not(role = "b"))] fn f() {}"#,
    r#"#[require_auth(scheme = "bearer", scheme = GATEWAY, hide, hide)] fn f() {}"#,
    r"#[require_auth(scheme = GATEWAY, scheme = GATEWAY)] fn f() {}",
    // Shapes
    r"#[require_auth(scope)] fn f() {}",
    r"#[require_auth(scope =)] fn f() {}",
    r#"#[require_auth(scope("a"))] fn f() {}"#,
    r#"#[require_auth(any = "a")] fn f() {}"#,
    r"#[require_auth(any(), all(), not())] fn f() {}",
    r#"#[require_auth(not(role = "a", role = "b"))] fn f() {}"#,
    r"#[require_auth(scope = 5, role = true)] fn f() {}",
    r#"#[require_auth(scope = ["a", "b"])] fn f() {}"#,
    r#"#[require_auth(scope = Scope::new("a"))] fn f() {}"#,
    // Scopes and roles
    r#"#[require_auth(scope = "", role = " ")] fn f() {}"#,
    r#"#[require_auth(scope = "a b", role = "team lead")] fn f() {}"#,
    r#"#[require_auth(scope = "a ", role = "b ")] fn f() {}"#,
    r#"#[require_auth(scope = "a\"b", role = "ä")] fn f() {}"#,
    r#"#[require_auth(scope = "a:r,a:w", role = "a;b")] fn f() {}"#,
    r#"#[require_auth(scope = "a, b", role = "a, b c")] fn f() {}"#,
    r#"#[require_auth(scope = "a,", role = ",")] fn f() {}"#,
    // Claims
    r"#[require_auth(claim)] fn f() {}",
    r"#[require_auth(claim())] fn f() {}",
    r#"#[require_auth(claim("a"))] fn f() {}"#,
    r#"#[require_auth(claim("a" =))] fn f() {}"#,
    r"#[require_auth(claim(a = true))] fn f() {}",
    r#"#[require_auth(claim("" = true))] fn f() {}"#,
    r#"#[require_auth(claim("a" = 1.5))] fn f() {}"#,
    r#"#[require_auth(claim("a" = -1.5))] fn f() {}"#,
    r#"#[require_auth(claim("a" = 5u8))] fn f() {}"#,
    r#"#[require_auth(claim("a" = 9223372036854775808))] fn f() {}"#,
    r#"#[require_auth(claim("a" = LEVEL))] fn f() {}"#,
    r#"#[require_auth(claim("a" = ["b", "c"]))] fn f() {}"#,
    r#"#[require_auth(claim("a" = 1, "b" = 2))] fn f() {}"#,
    r#"#[require_auth(claim("/a~b/c" = true))] fn f() {}"#,
    r#"#[require_auth(claim("a" == -1), claim("b" != "c"), claim("d" ==))] fn f() {}"#,
    // Settings
    r#"#[require_auth(any(scope = "a", scheme = "bearer"), all(acr = "x", max_age = "5m"), not(hide))] fn f() {}"#,
    r#"#[require_auth(any(scope = "a", crate = ::x))] fn f() {}"#,
    r#"#[require_auth(scheme = "Bearer")] fn f() {}"#,
    r#"#[require_auth(scheme = "bearer basic")] fn f() {}"#,
    r#"#[require_auth(scheme = "bearer, Basic")] fn f() {}"#,
    r#"#[require_auth(scheme = ["API_KEY", "api-key", "apikey", "Bearer token", "baerer"])] fn f() {}"#,
    r#"#[require_auth(scheme = "")] fn f() {}"#,
    r"#[require_auth(scheme = [], acr = [])] fn f() {}",
    r#"#[require_auth(scheme = ["bearer", "bearer"], acr = ["a", "b", "a"])] fn f() {}"#,
    r"#[require_auth(scheme = [kinds::A, B, kinds :: A])] fn f() {}",
    r"#[require_auth(scheme = 1, acr = 1)] fn f() {}",
    r"#[require_auth(scheme = bearer, acr = GOLD)] fn f() {}",
    r#"#[require_auth(scheme = ["api_key", basic, Scheme::new("Gateway")])] fn f() {}"#,
    r#"#[require_auth(acr = "a b")] fn f() {}"#,
    r#"#[require_auth(acr = "")] fn f() {}"#,
    r#"#[require_auth(acr = "a\\b")] fn f() {}"#,
    r"#[require_auth(max_age = 300)] fn f() {}",
    r#"#[require_auth(max_age = "5")] fn f() {}"#,
    r#"#[require_auth(max_age = "0s")] fn f() {}"#,
    r#"#[require_auth(max_age = "99999999999999999999d")] fn f() {}"#,
    r"#[require_auth(hide = true)] fn f() {}",
    r#"#[require_auth(hide = "never")] fn f() {}"#,
    r#"#[require_auth(crate = "renamed")] fn f() {}"#,
    r#"#[require_auth(hide("always"))] fn f() {}"#,
    r"#[require_auth(crate = renamed::inner)] fn f() {}",
    r"#[require_auth(crate = self::renamed)] fn f() {}",
    r"#[require_auth(crate = super)] fn f() {}",
    r"#[allow_anonymous] fn f() {}",
    r#"#[allow_anonymous(reason = " ")] fn f() {}"#,
    r"#[allow_anonymous(reason = WHY)] fn f() {}",
    // Policies
    r#"#[require_auth(policy = "CanRefund")] fn f() {}"#,
    r"#[require_auth(policy = (A, B))] fn f() {}",
    r"#[policy(check = |a: A| true)] struct P;",
    r"#[policy(any(check = |a: A| true))] struct P;",
    r#"#[policy(scope = "a")] fn f() {}"#,
    r#"#[policy(scope = "a")] struct P(u8);"#,
    r#"#[policy(scope = "a")] enum P { A }"#,
    r"#[policy] struct P<'a, T: Order, const N: usize>;",
    // Contradictions
    r#"#[require_auth(scope = "a", not(scope = "a"))] fn f() {}"#,
    r#"#[require_auth(all(role = "a", all(scope = "b", not(role = "a"))))] fn f() {}"#,
    r#"#[require_auth(any(role = "a", not(role = "a")))] fn f() {}"#,
    r#"#[require_auth(all(any(scope = "a", role = "b"), not(any(scope = "a", role = "b"))))] fn f() {}"#,
    r#"#[require_auth(any(scope = "a", role = "b", scope = "a"))] fn f() {}"#,
    // Checks
    r"#[require_auth(check)] fn f() {}",
    r#"#[require_auth(check("a"))] fn f() {}"#,
    r"#[require_auth(check(a) = || true)] fn f() {}",
    r#"#[require_auth(check(" ") = || true)] fn f() {}"#,
    r"#[require_auth(check = owns)] fn f() {}",
    r"#[require_auth(check = async |a: A| true)] fn f() {}",
    r"#[require_auth(check = for<'a> |a: A| true)] fn f() {}",
    r"#[require_auth(check = |id, Path(id), Foo { id }| true)] fn f() {}",
    r"#[require_auth(check = |State(db): State<_>| true)] fn f() {}",
    r"#[require_auth(check = |#[cfg(x)] a: A| true)] fn f() {}",
    r"#[require_auth(check = |a: &A, b: Option<&mut B>, c: State<fn(&u8)>, d: &'static D| true)] fn f() {}",
    r"#[require_auth(check = |a: Json<A>, b: axum::body::Bytes, c: String, d: Request| true)] fn f() {}",
    r"#[require_auth(check = |a: Option<Json<A>>, b: Result<axum::extract::Form<B>, _>, c: Option<A>| true)] fn f() {}",
    r"#[require_auth(check = |Checked(a): Checked<A>, b: Option<auth_runtime::Checked<B>>| true)] fn f() {}",
    r"#[require_auth(check = |a: A| async move { true })] fn f() {}",
    r"#[require_auth(check = |a: A| { (async { true }) })] fn f() {}",
    r"#[require_auth(not(check = |a: A| true))] fn f() {}",
    r#"#[require_auth(not(any(role = "a", check = |a: A| true)))] fn f() {}"#,
    // Handlers
    r"#[require_auth] struct S;",
    r"#[require_auth] impl S {}",
    r"#[optional_auth] const X: u8 = 1;",
    r"#[require_auth] fn f();",
    r"#[require_auth(policy = P)] fn f(&self) {}",
    r#"#[require_auth(scope = "a")] fn f(self: Arc<Self>) {}"#,
    r#"#[require_auth(scope = "a")] fn f(State(s): State<Self>) {}"#,
    r"#[require_auth(scope = Self::SCOPE)] fn f() {}",
    r#"#[require_auth(scheme = ["bearer", Self::SCHEME])] fn f() {}"#,
    r"#[optional_auth] fn f(State(s): State<Self>) {}",
    r#"#[allow_anonymous(reason = "a")] fn f(self) {}"#,
    r"#[require_auth] #[require_auth] fn f() {}",
    r"#[require_auth] #[auth_runtime::optional_auth] fn f() {}",
    r"#[require_auth(crate = crate::renamed)] #[crate::renamed::optional_auth] fn f() {}",
    r"#[policy] #[policy] struct P;",
    r"#[require_auth] fn f(a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A, i: A, j: A, k: A, l: A, m: A, n: A, o: A, p: A) {}",
    r#"#[allow_anonymous(reason = "a")] fn f(a: Identity, b: auth_runtime::Claims<Mine>) {}"#,
    r"#[optional_auth] fn f(a: Identity, b: Claims<Mine>, c: Option<Identity>) {}",
    r"#[require_auth] fn f(a: Checked<Order>) {}",
    r#"#[require_auth(any(role = "a", check = |a: A| true))] fn f(a: Checked<Order>) {}"#,
    // All at once
    r#"#[require_auth(scop = "a", role = 5, any(), claim("x"), scheme = "Basic", check = |id| true, max_age = "x")] fn f(&self) {}"#,
];
