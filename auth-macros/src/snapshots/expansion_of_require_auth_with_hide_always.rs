// #[require_auth(hide = "always")]
// async fn secret() {}

async fn secret(_: ::auth_runtime::Guard<__secret_policy>) {}
#[doc(hidden)]
enum __secret_policy {}
impl ::auth_runtime::Policy for __secret_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule {
        hide: ::auth_runtime::__private::Hide::Always,
        ..::auth_runtime::__private::Rule::required(
            ::core::concat!(::core::module_path!(), "::secret"),
        )
    };
    type Checks = ();
}
