// #[check]
// /// Whether the caller owns the order.
// pub(crate) async fn owns_order(caller: Identity, Path(id): Path<OrderId>) -> Result<bool, CheckError> {
//     Ok(find(id)?.owner == caller.id())
// }

/// Whether the caller owns the order.
pub(crate) async fn owns_order(
    caller: Identity,
    Path(id): Path<OrderId>,
) -> Result<bool, CheckError> {
    Ok(find(id)?.owner == caller.id())
}
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types, reason = "it has the name of the function")]
pub(crate) enum owns_order {}
impl ::auth_runtime::__private::NamedCheck for owns_order {
    const DESCRIPTION: &'static ::core::primitive::str = "owns_order";
}
#[doc(hidden)]
impl<__RequestState> ::auth_runtime::__private::Check<__RequestState> for owns_order
where
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
    Identity: ::auth_runtime::__private::FromRequestParts<__RequestState>,
    Path<OrderId>: ::auth_runtime::__private::FromRequestParts<__RequestState>,
{
    async fn check(
        _: usize,
        _: usize,
        parts: &mut ::auth_runtime::__private::Parts,
        state: &__RequestState,
    ) -> ::auth_runtime::__private::Outcome {
        let __argument_0 = match ::auth_runtime::__private::extract::<
            Identity,
            __RequestState,
        >(parts, state)
            .await
        {
            ::core::result::Result::Ok(__argument) => __argument,
            ::core::result::Result::Err(__outcome) => return __outcome,
        };
        let __argument_1 = match ::auth_runtime::__private::extract::<
            Path<OrderId>,
            __RequestState,
        >(parts, state)
            .await
        {
            ::core::result::Result::Ok(__argument) => __argument,
            ::core::result::Result::Err(__outcome) => return __outcome,
        };
        ::auth_runtime::__private::conclude(owns_order(__argument_0, __argument_1)).await
    }
}
