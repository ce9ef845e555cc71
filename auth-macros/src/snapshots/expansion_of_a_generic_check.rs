// #[check]
// async fn owns<T: Db, const N: usize>(State(db): State<T>) -> bool
// where
//     T: Clone,
// {
//     db.owns(N)
// }

async fn owns<T: Db, const N: usize>(State(db): State<T>) -> bool
where
    T: Clone,
{
    db.owns(N)
}
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types, reason = "it has the name of the function")]
enum owns<T: Db, const N: usize>
where
    T: Clone,
{
    Never(::core::convert::Infallible, ::core::marker::PhantomData<fn() -> (T,)>),
}
impl<T: Db, const N: usize> ::auth_runtime::__private::NamedCheck for owns<T, N>
where
    T: Clone,
    Self: 'static,
{
    const DESCRIPTION: &'static ::core::primitive::str = "owns";
}
#[doc(hidden)]
impl<
    __RequestState,
    T: Db,
    const N: usize,
> ::auth_runtime::__private::Check<__RequestState> for owns<T, N>
where
    T: Clone,
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
    State<T>: ::auth_runtime::__private::FromRequestParts<__RequestState>,
{
    async fn check(
        _: usize,
        _: usize,
        parts: &mut ::auth_runtime::__private::Parts,
        state: &__RequestState,
    ) -> ::auth_runtime::__private::Outcome {
        let __argument_0 = match ::auth_runtime::__private::extract::<
            State<T>,
            __RequestState,
        >(parts, state)
            .await
        {
            ::core::result::Result::Ok(__argument) => __argument,
            ::core::result::Result::Err(__outcome) => return __outcome,
        };
        ::auth_runtime::__private::conclude(owns::<T, N>(__argument_0)).await
    }
}
