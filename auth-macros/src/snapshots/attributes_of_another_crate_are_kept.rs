// #[require_auth]
// #[other::policy(check = ..)]
// #[other::auth_runtime::require_auth]
// async fn show() {}

#[other::policy(check = ..)]
#[other::auth_runtime::require_auth]
async fn show(_: ::auth_runtime::Guard<__show_policy>) {}
#[doc(hidden)]
enum __show_policy {}
impl ::auth_runtime::Policy for __show_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::required(
        ::core::concat!(::core::module_path!(), "::show"),
    );
    type Checks = ();
}
