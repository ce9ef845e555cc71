// #[policy(any(role = "support", check = owns_order))]
// pub struct CanEdit;

pub struct CanEdit;
impl ::auth_runtime::Policy for CanEdit {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::CanEdit"),
        ::auth_runtime::__private::Requirement::Any {
            of: &[
                ::auth_runtime::__private::Requirement::role("support"),
                ::auth_runtime::__private::Requirement::Check {
                    number: 0,
                    description: ::core::option::Option::Some(
                        <owns_order as ::auth_runtime::__private::NamedCheck>::DESCRIPTION,
                    ),
                    id: ::core::option::Option::Some(
                        <owns_order as ::auth_runtime::__private::NamedCheck>::ID,
                    ),
                },
            ],
        },
    );
    type Checks = ::auth_runtime::__private::ChecksOf<Self>;
}
#[doc(hidden)]
impl<__RequestState> ::auth_runtime::__private::Check<__RequestState> for CanEdit
where
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
    ::core::marker::PhantomData<
        fn() -> owns_order,
    >: ::auth_runtime::__private::RunNamedCheck<__RequestState>,
{
    async fn check(
        place: usize,
        _: usize,
        parts: &mut ::auth_runtime::__private::Parts,
        state: &__RequestState,
    ) -> ::auth_runtime::__private::Outcome {
        match place {
            0 => {
                <::core::marker::PhantomData<
                    fn() -> owns_order,
                > as ::auth_runtime::__private::RunNamedCheck<
                    __RequestState,
                >>::run(parts, state)
                    .await
            }
            _ => ::auth_runtime::__private::unknown_check(place),
        }
    }
}
