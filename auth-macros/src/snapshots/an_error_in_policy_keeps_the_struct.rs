// #[policy(scope = "a b")]
// pub struct CanRead;

pub struct CanRead;
impl ::auth_runtime::Policy for CanRead {
    const RULE: &'static ::auth_runtime::__private::Rule = <::auth_runtime::__private::InvalidPolicy as ::auth_runtime::Policy>::RULE;
    type Checks = ();
}
::core::compile_error! {
    "a string names one scope: write `all(scope = \"a\", scope = \"b\")` if all are required, `any(scope = \"a\", scope = \"b\")` if one is enough"
}
