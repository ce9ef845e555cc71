// #[require_auth(scope = "a", any(role = , check = |caller: Ident), sc)]
// async fn list() {}

async fn list(_: ::auth_runtime::Guard<::auth_runtime::__private::InvalidPolicy>) {}
::core::compile_error! {
    "the value of `role` is missing: write `role = \"admin\"`"
}
::core::compile_error! {
    "expected `,`"
}
::core::compile_error! {
    "unknown key `sc`: did you mean `scope`? (`#[require_auth]` takes `scope`, `role`, `claim`, `any`, `all`, `not`, `check`, `policy`, `scheme`, `acr`, `max_age`, `hide` and `crate` here)"
}
