// #[require_auth(any(policy = CanRefund, policy = <Shop as Rules>::Owner))]
// async fn refund() {}

async fn refund(_: ::auth_runtime::Guard<__refund_policy>) {}
#[doc(hidden)]
enum __refund_policy {}
impl ::auth_runtime::Policy for __refund_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::refund"),
        ::auth_runtime::__private::Requirement::Any {
            of: &[
                ::auth_runtime::__private::Requirement::Policy {
                    rule: ::auth_runtime::__private::leaf::<CanRefund>(),
                    first_check: 0,
                },
                ::auth_runtime::__private::Requirement::Policy {
                    rule: ::auth_runtime::__private::leaf::<<Shop as Rules>::Owner>(),
                    first_check: ::auth_runtime::__private::number_after_policy(
                        0,
                        ::auth_runtime::__private::leaf::<CanRefund>(),
                    ),
                },
            ],
        },
    );
    type Checks = ::auth_runtime::__private::ChecksOf<Self>;
}
#[doc(hidden)]
impl<__RequestState> ::auth_runtime::__private::Check<__RequestState> for __refund_policy
where
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
    CanRefund: ::auth_runtime::__private::RunPolicy<__RequestState>,
    <Shop as Rules>::Owner: ::auth_runtime::__private::RunPolicy<__RequestState>,
{
    async fn check(
        place: usize,
        number_in_policy: usize,
        parts: &mut ::auth_runtime::__private::Parts,
        state: &__RequestState,
    ) -> ::auth_runtime::__private::Outcome {
        match place {
            0 => {
                <CanRefund as ::auth_runtime::__private::RunPolicy<
                    __RequestState,
                >>::run(number_in_policy, parts, state)
                    .await
            }
            1 => {
                <<Shop as Rules>::Owner as ::auth_runtime::__private::RunPolicy<
                    __RequestState,
                >>::run(number_in_policy, parts, state)
                    .await
            }
            _ => ::auth_runtime::__private::unknown_check(place),
        }
    }
}
