// #[check]
// async fn owns(caller: &Identity) -> bool {
//     true
// }

async fn owns(caller: &Identity) -> bool {
    true
}
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types, reason = "it has the name of the function")]
enum owns {}
impl ::auth_runtime::__private::NamedCheck for owns {
    const DESCRIPTION: &'static ::core::primitive::str = "owns";
}
#[doc(hidden)]
impl<__RequestState> ::auth_runtime::__private::Check<__RequestState> for owns
where
    __RequestState: ::core::marker::Send + ::core::marker::Sync,
{
    async fn check(
        _: usize,
        _: usize,
        _: &mut ::auth_runtime::__private::Parts,
        _: &__RequestState,
    ) -> ::auth_runtime::__private::Outcome {
        ::auth_runtime::__private::unknown_check(0)
    }
}
::core::compile_error! {
    "a check takes its arguments by value: write `Identity`"
}
