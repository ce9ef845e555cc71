// #[require_auth(any(policy = CanRefund, policy = <Shop as Rules>::Owner))]
// async fn refund() {}

async fn refund(_: ::auth_runtime::Guard<__refund_policy>) {}
#[doc(hidden)]
enum __refund_policy {}
impl ::auth_runtime::Policy for __refund_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule {
        requirement: ::auth_runtime::__private::Requirement::Any {
            of: &[
                ::auth_runtime::__private::Requirement::Policy {
                    rule: ::auth_runtime::__private::leaf::<CanRefund>(),
                },
                ::auth_runtime::__private::Requirement::Policy {
                    rule: ::auth_runtime::__private::leaf::<<Shop as Rules>::Owner>(),
                },
            ],
        },
        ..::auth_runtime::__private::Rule::required(
            ::core::concat!(::core::module_path!(), "::refund"),
        )
    };
}
