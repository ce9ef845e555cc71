// #[require_auth(any(check = |caller: Identity| todo!(), check = || { let order = order()?; todo!() }))]
// async fn show() {}

async fn show(_: ::auth_runtime::Guard<__show_policy>) {}
#[doc(hidden)]
enum __show_policy {}
impl ::auth_runtime::Policy for __show_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::show"),
        ::auth_runtime::__private::Requirement::Any {
            of: &[
                ::auth_runtime::__private::Requirement::Check {
                    number: 0,
                    description: ::core::option::Option::None,
                    id: ::core::option::Option::None,
                },
                ::auth_runtime::__private::Requirement::Check {
                    number: 1,
                    description: ::core::option::Option::None,
                    id: ::core::option::Option::None,
                },
            ],
        },
    );
    type Checks = ::auth_runtime::__private::ChecksOf<Self>;
}
impl __show_policy {
    async fn check_0(caller: Identity) -> ::core::primitive::bool {
        todo!()
    }
    async fn check_1() -> ::core::result::Result<
        ::core::primitive::bool,
        ::auth_runtime::CheckError,
    > {
        let order = order()?;
        todo!()
    }
}
#[doc(hidden)]
impl<__RequestState> ::auth_runtime::__private::Check<__RequestState> for __show_policy
where
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
    Identity: ::auth_runtime::__private::FromRequestParts<__RequestState>,
{
    async fn check(
        place: usize,
        _: usize,
        parts: &mut ::auth_runtime::__private::Parts,
        state: &__RequestState,
    ) -> ::auth_runtime::__private::Outcome {
        match place {
            0 => {
                let __argument_0 = match ::auth_runtime::__private::extract::<
                    Identity,
                    __RequestState,
                >(parts, state)
                    .await
                {
                    ::core::result::Result::Ok(__argument) => __argument,
                    ::core::result::Result::Err(__outcome) => return __outcome,
                };
                ::auth_runtime::__private::conclude(Self::check_0(__argument_0)).await
            }
            1 => ::auth_runtime::__private::conclude(Self::check_1()).await,
            _ => ::auth_runtime::__private::unknown_check(place),
        }
    }
}
