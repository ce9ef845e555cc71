// #[allow_anonymous(reason = "health probe")]
// async fn health() {}

async fn health(_: ::auth_runtime::Guard<__health_policy>) {}
#[doc(hidden)]
enum __health_policy {}
impl ::auth_runtime::Policy for __health_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::anonymous(
        ::core::concat!(::core::module_path!(), "::health"),
        "health probe",
    );
    type Checks = ();
}
