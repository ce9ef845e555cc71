// #[require_auth(check = |State(db): State<T>| db.open())]
// async fn list<T: Database>(State(db): State<T>) {}

async fn list<T: Database>(
    _: ::auth_runtime::Guard<__list_policy<T>>,
    State(db): State<T>,
) {}
#[doc(hidden)]
struct __list_policy<T: Database>(::core::marker::PhantomData<fn() -> T>);
impl<T: Database> ::auth_runtime::Policy for __list_policy<T> {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::list"),
        ::auth_runtime::__private::Requirement::Check {
            number: 0,
            description: ::core::option::Option::None,
            id: ::core::option::Option::None,
        },
    );
    type Checks = ::auth_runtime::__private::ChecksOf<Self>;
}
impl<T: Database> __list_policy<T> {
    async fn check_0(State(db): State<T>) -> impl ::auth_runtime::__private::Verdict {
        db.open()
    }
}
#[doc(hidden)]
impl<__RequestState, T: Database> ::auth_runtime::__private::Check<__RequestState>
for __list_policy<T>
where
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
    State<T>: ::auth_runtime::__private::FromRequestParts<__RequestState>,
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
                    State<T>,
                    __RequestState,
                >(parts, state)
                    .await
                {
                    ::core::result::Result::Ok(__argument) => __argument,
                    ::core::result::Result::Err(__outcome) => return __outcome,
                };
                ::auth_runtime::__private::conclude(Self::check_0(__argument_0)).await
            }
            _ => ::auth_runtime::__private::unknown_check(place),
        }
    }
}
