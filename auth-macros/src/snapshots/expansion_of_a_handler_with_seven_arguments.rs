// #[require_auth]
// async fn many(a: A, b: B, c: C, d: D, e: E, f: F, g: G) {}

#[allow(clippy::too_many_arguments, reason = "one of them is the guard")]
async fn many(
    _: ::auth_runtime::Guard<__many_policy>,
    a: A,
    b: B,
    c: C,
    d: D,
    e: E,
    f: F,
    g: G,
) {}
#[doc(hidden)]
enum __many_policy {}
impl ::auth_runtime::Policy for __many_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::required(
        ::core::concat!(::core::module_path!(), "::many"),
    );
    type Checks = ();
}
