// #[optional_auth(scheme = ["bearer", "basic"])]
// async fn greet(caller: Option<Identity>) {}

async fn greet(_: ::auth_runtime::Guard<__greet_policy>, caller: Option<Identity>) {}
#[doc(hidden)]
enum __greet_policy {}
impl ::auth_runtime::Policy for __greet_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule {
        schemes: &[
            ::auth_runtime::__private::scheme("bearer"),
            ::auth_runtime::__private::scheme("basic"),
        ],
        ..::auth_runtime::__private::Rule::optional(
            ::core::concat!(::core::module_path!(), "::greet"),
        )
    };
    type Checks = ();
}
