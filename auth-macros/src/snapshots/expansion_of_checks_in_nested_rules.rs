// #[require_auth(any(
//     role = "admin",
//     check("is open") = || true,
//     all(scope = "a", check("has time") = |Hours(hours): Hours| hours > 1),
// ))]
// async fn show() {}

async fn show(_: ::auth_runtime::Guard<__show_policy>) {}
#[doc(hidden)]
enum __show_policy {}
impl ::auth_runtime::Policy for __show_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::show"),
        ::auth_runtime::__private::Requirement::Any {
            of: &[
                ::auth_runtime::__private::Requirement::role("admin"),
                ::auth_runtime::__private::Requirement::Check {
                    number: 0,
                    description: ::core::option::Option::Some("is open"),
                    id: ::core::option::Option::None,
                },
                ::auth_runtime::__private::Requirement::All {
                    of: &[
                        ::auth_runtime::__private::Requirement::scope("a"),
                        ::auth_runtime::__private::Requirement::Check {
                            number: 1,
                            description: ::core::option::Option::Some("has time"),
                            id: ::core::option::Option::None,
                        },
                    ],
                },
            ],
        },
    );
    type Checks = ::auth_runtime::__private::ChecksOf<Self>;
}
impl __show_policy {
    async fn check_0() -> impl ::auth_runtime::__private::Verdict {
        true
    }
    async fn check_1(Hours(hours): Hours) -> impl ::auth_runtime::__private::Verdict {
        hours > 1
    }
}
#[doc(hidden)]
impl<__RequestState> ::auth_runtime::__private::Check<__RequestState> for __show_policy
where
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
    Hours: ::auth_runtime::__private::FromRequestParts<__RequestState>,
{
    async fn check(
        place: usize,
        _: usize,
        parts: &mut ::auth_runtime::__private::Parts,
        state: &__RequestState,
    ) -> ::auth_runtime::__private::Outcome {
        match place {
            0 => ::auth_runtime::__private::conclude(Self::check_0()).await,
            1 => {
                let __argument_0 = match ::auth_runtime::__private::extract::<
                    Hours,
                    __RequestState,
                >(parts, state)
                    .await
                {
                    ::core::result::Result::Ok(__argument) => __argument,
                    ::core::result::Result::Err(__outcome) => return __outcome,
                };
                ::auth_runtime::__private::conclude(Self::check_1(__argument_0)).await
            }
            _ => ::auth_runtime::__private::unknown_check(place),
        }
    }
}
