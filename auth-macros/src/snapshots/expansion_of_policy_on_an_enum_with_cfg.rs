// #[policy]
// #[cfg(feature = "refunds")]
// #[derive(Debug)]
// enum CanRefund {}

#[cfg(feature = "refunds")]
#[derive(Debug)]
enum CanRefund {}
#[cfg(feature = "refunds")]
impl ::auth_runtime::Policy for CanRefund {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::required(
        ::core::concat!(::core::module_path!(), "::CanRefund"),
    );
    type Checks = ();
}
