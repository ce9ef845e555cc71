// #[policy(any(scope = "refunds", role = "support"), acr = "gold")]
// /// May refund.
// pub struct CanRefund;

/// May refund.
pub struct CanRefund;
impl ::auth_runtime::Policy for CanRefund {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule {
        requirement: ::auth_runtime::__private::Requirement::Any {
            of: &[
                ::auth_runtime::__private::Requirement::scope("refunds"),
                ::auth_runtime::__private::Requirement::role("support"),
            ],
        },
        acr: &["gold"],
        ..::auth_runtime::__private::Rule::required(
            ::core::concat!(::core::module_path!(), "::CanRefund"),
        )
    };
    type Checks = ();
}
