// #[require_auth(scope = "a", check = |caller: Identity| caller.is_new()?, crate = ::renamed)]
// async fn list() {}

async fn list(_: ::renamed::Guard<__list_policy>) {}
#[doc(hidden)]
enum __list_policy {}
impl ::renamed::Policy for __list_policy {
    const RULE: &'static ::renamed::__private::Rule = &::renamed::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::list"),
        ::renamed::__private::Requirement::All {
            of: &[
                ::renamed::__private::Requirement::scope("a"),
                ::renamed::__private::Requirement::Check {
                    number: 0,
                    description: ::core::option::Option::None,
                    id: ::core::option::Option::None,
                },
            ],
        },
    );
    type Checks = ::renamed::__private::ChecksOf<Self>;
}
impl __list_policy {
    async fn check_0(
        caller: Identity,
    ) -> ::core::result::Result<
        impl ::renamed::__private::Verdict,
        ::renamed::CheckError,
    > {
        let verdict = caller.is_new()?;
        ::core::result::Result::Ok(verdict)
    }
}
#[doc(hidden)]
impl<__RequestState> ::renamed::__private::Check<__RequestState> for __list_policy
where
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
    Identity: ::renamed::__private::FromRequestParts<__RequestState>,
{
    async fn check(
        place: usize,
        _: usize,
        parts: &mut ::renamed::__private::Parts,
        state: &__RequestState,
    ) -> ::renamed::__private::Outcome {
        match place {
            0 => {
                let __argument_0 = match ::renamed::__private::extract::<
                    Identity,
                    __RequestState,
                >(parts, state)
                    .await
                {
                    ::core::result::Result::Ok(__argument) => __argument,
                    ::core::result::Result::Err(__outcome) => return __outcome,
                };
                ::renamed::__private::conclude(Self::check_0(__argument_0)).await
            }
            _ => ::renamed::__private::unknown_check(place),
        }
    }
}
