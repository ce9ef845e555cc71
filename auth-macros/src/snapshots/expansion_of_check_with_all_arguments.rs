// #[check("the shop is open", crate = ::renamed)]
// #[cfg(feature = "shop")]
// fn is_open() -> bool {
//     true
// }

#[cfg(feature = "shop")]
fn is_open() -> bool {
    true
}
#[cfg(feature = "shop")]
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types, reason = "it has the name of the function")]
enum is_open {}
#[cfg(feature = "shop")]
impl ::renamed::__private::NamedCheck for is_open {
    const DESCRIPTION: &'static ::core::primitive::str = "the shop is open";
}
#[cfg(feature = "shop")]
#[doc(hidden)]
impl<__RequestState> ::renamed::__private::Check<__RequestState> for is_open
where
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
{
    async fn check(
        _: usize,
        _: usize,
        _: &mut ::renamed::__private::Parts,
        _: &__RequestState,
    ) -> ::renamed::__private::Outcome {
        ::renamed::__private::conclude(::core::future::ready(is_open())).await
    }
}
