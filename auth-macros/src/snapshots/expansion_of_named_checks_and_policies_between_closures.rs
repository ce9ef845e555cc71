// #[require_auth(all(
//     check = rules::owns_order,
//     policy = A,
//     check = || true,
//     not(policy = B),
//     check = || false,
//     check = owns::<Db>,
// ))]
// async fn show() {}

async fn show(_: ::auth_runtime::Guard<__show_policy>) {}
#[doc(hidden)]
enum __show_policy {}
impl ::auth_runtime::Policy for __show_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::show"),
        ::auth_runtime::__private::Requirement::All {
            of: &[
                ::auth_runtime::__private::Requirement::Check {
                    number: 0,
                    description: ::core::option::Option::Some(
                        <rules::owns_order as ::auth_runtime::__private::NamedCheck>::DESCRIPTION,
                    ),
                    id: ::core::option::Option::Some(
                        <rules::owns_order as ::auth_runtime::__private::NamedCheck>::ID,
                    ),
                },
                ::auth_runtime::__private::Requirement::Policy {
                    rule: ::auth_runtime::__private::leaf::<A>(),
                    first_check: 1,
                },
                ::auth_runtime::__private::Requirement::Check {
                    number: ::auth_runtime::__private::number_after_policy(
                        1,
                        ::auth_runtime::__private::leaf::<A>(),
                    ),
                    description: ::core::option::Option::None,
                    id: ::core::option::Option::None,
                },
                ::auth_runtime::__private::Requirement::Not {
                    requirement: &::auth_runtime::__private::Requirement::Policy {
                        rule: ::auth_runtime::__private::leaf_inside_not(
                            ::auth_runtime::__private::leaf::<B>(),
                        ),
                        first_check: ::auth_runtime::__private::number_after_policy(
                            2,
                            ::auth_runtime::__private::leaf::<A>(),
                        ),
                    },
                },
                ::auth_runtime::__private::Requirement::Check {
                    number: ::auth_runtime::__private::number_after_policy(
                        ::auth_runtime::__private::number_after_policy(
                            2,
                            ::auth_runtime::__private::leaf::<A>(),
                        ),
                        ::auth_runtime::__private::leaf::<B>(),
                    ),
                    description: ::core::option::Option::None,
                    id: ::core::option::Option::None,
                },
                ::auth_runtime::__private::Requirement::Check {
                    number: ::auth_runtime::__private::number_after_policy(
                        ::auth_runtime::__private::number_after_policy(
                            3,
                            ::auth_runtime::__private::leaf::<A>(),
                        ),
                        ::auth_runtime::__private::leaf::<B>(),
                    ),
                    description: ::core::option::Option::Some(
                        <owns<Db> as ::auth_runtime::__private::NamedCheck>::DESCRIPTION,
                    ),
                    id: ::core::option::Option::Some(
                        <owns<Db> as ::auth_runtime::__private::NamedCheck>::ID,
                    ),
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
    async fn check_1() -> impl ::auth_runtime::__private::Verdict {
        false
    }
}
#[doc(hidden)]
impl<__RequestState> ::auth_runtime::__private::Check<__RequestState> for __show_policy
where
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
    ::core::marker::PhantomData<
        fn() -> rules::owns_order,
    >: ::auth_runtime::__private::RunNamedCheck<__RequestState>,
    A: ::auth_runtime::__private::RunPolicy<__RequestState>,
    B: ::auth_runtime::__private::RunPolicy<__RequestState>,
    ::core::marker::PhantomData<
        fn() -> owns<Db>,
    >: ::auth_runtime::__private::RunNamedCheck<__RequestState>,
{
    async fn check(
        place: usize,
        number_in_policy: usize,
        parts: &mut ::auth_runtime::__private::Parts,
        state: &__RequestState,
    ) -> ::auth_runtime::__private::Outcome {
        match place {
            0 => {
                <::core::marker::PhantomData<
                    fn() -> rules::owns_order,
                > as ::auth_runtime::__private::RunNamedCheck<
                    __RequestState,
                >>::run(parts, state)
                    .await
            }
            1 => {
                <A as ::auth_runtime::__private::RunPolicy<
                    __RequestState,
                >>::run(number_in_policy, parts, state)
                    .await
            }
            2 => ::auth_runtime::__private::conclude(Self::check_0()).await,
            3 => {
                <B as ::auth_runtime::__private::RunPolicy<
                    __RequestState,
                >>::run(number_in_policy, parts, state)
                    .await
            }
            4 => ::auth_runtime::__private::conclude(Self::check_1()).await,
            5 => {
                <::core::marker::PhantomData<
                    fn() -> owns<Db>,
                > as ::auth_runtime::__private::RunNamedCheck<
                    __RequestState,
                >>::run(parts, state)
                    .await
            }
            _ => ::auth_runtime::__private::unknown_check(place),
        }
    }
}
