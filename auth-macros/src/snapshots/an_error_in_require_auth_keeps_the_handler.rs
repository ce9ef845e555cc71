// #[require_auth(scop = "a", role = 5, any())]
// #[debug_handler]
// async fn list(caller: Identity) -> String {
//     caller.subject().to_owned()
// }

#[debug_handler]
async fn list(
    _: ::auth_runtime::Guard<::auth_runtime::__private::InvalidPolicy>,
    caller: Identity,
) -> String {
    caller.subject().to_owned()
}
::core::compile_error! {
    "unknown key `scop`: did you mean `scope`? (`#[require_auth]` takes `scope`, `role`, `claim`, `any`, `all`, `not`, `check`, `policy`, `scheme`, `acr`, `max_age`, `hide` and `crate` here)"
}
::core::compile_error! {
    "an empty `any()` denies every caller: write a rule in the parentheses, `any(scope = \"orders:read\", role = \"support\")`"
}
::core::compile_error! {
    "`role` takes a string literal or the path of a `const`: write `role = \"admin\"` or `role = roles::ADMIN`"
}
