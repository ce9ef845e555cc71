// #[policy(scope = "a b")]
// pub struct CanRead;

pub struct CanRead;
impl ::auth_runtime::Policy for CanRead {
    const RULE: &'static ::auth_runtime::__private::Rule = <::auth_runtime::__private::InvalidPolicy as ::auth_runtime::Policy>::RULE;
}
::core::compile_error! {
    "one scope at a time: write `all(scope = \"a\", scope = \"b\")` if all are needed, `any(scope = \"a\", scope = \"b\")` if one is enough"
}
