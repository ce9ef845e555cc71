// #[require_auth]
// async fn whoami(caller: Identity) -> String {
//     caller.subject().to_owned()
// }

async fn whoami(_: ::auth_runtime::Guard<__whoami_policy>, caller: Identity) -> String {
    caller.subject().to_owned()
}
#[doc(hidden)]
enum __whoami_policy {}
impl ::auth_runtime::Policy for __whoami_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::required(
        ::core::concat!(::core::module_path!(), "::whoami"),
    );
    type Checks = ();
}
