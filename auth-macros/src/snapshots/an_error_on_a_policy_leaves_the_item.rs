// #[policy(scope = "a b")]
// pub struct CanRead;

pub struct CanRead;
::core::compile_error! {
    "one scope at a time: write `all(scope = \"a\", scope = \"b\")` if all are needed, `any(scope = \"a\", scope = \"b\")` if one is enough"
}
