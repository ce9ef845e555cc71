// #[require_auth(scope = "pay", acr = ["gold", "silver"], max_age = "5m", scheme = "bearer", hide)]
// async fn pay() {}

async fn pay(_: ::auth_runtime::Guard<__pay_policy>) {}
#[doc(hidden)]
enum __pay_policy {}
impl ::auth_runtime::Policy for __pay_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule {
        requirement: ::auth_runtime::__private::Requirement::scope("pay"),
        schemes: &[::auth_runtime::__private::scheme("bearer")],
        acr: &["gold", "silver"],
        max_age: ::core::option::Option::Some(300),
        hide: ::auth_runtime::__private::Hide::Forbidden,
        ..::auth_runtime::__private::Rule::required(
            ::core::concat!(::core::module_path!(), "::pay"),
        )
    };
    type Checks = ();
}
