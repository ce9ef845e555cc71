// #[require_auth(scope = "a")]
// #[debug_handler]
// #[instrument(skip_all)]
// #[cfg(feature = "orders")]
// pub(crate) fn r#move<'a, T: Debug, const N: usize>(
//     mut first: Path<[T; N]>,
//     #[cfg(feature = "late")] Query(late): Query<Late>,
//     third: impl Extractor,
// ) -> impl Future<Output = Result<&'a str, Problem>>
// where
//     T: 'a,
// {
//     #![allow(unused)]
//     async move { Ok("x") }
// }

#[debug_handler]
#[instrument(skip_all)]
#[cfg(feature = "orders")]
pub(crate) fn r#move<'a, T: Debug, const N: usize>(
    _: ::auth_runtime::Guard<__move_policy>,
    mut first: Path<[T; N]>,
    #[cfg(feature = "late")]
    Query(late): Query<Late>,
    third: impl Extractor,
) -> impl Future<Output = Result<&'a str, Problem>>
where
    T: 'a,
{
    #![allow(unused)]
    async move { Ok("x") }
}
#[cfg(feature = "orders")]
#[doc(hidden)]
pub(crate) enum __move_policy {}
#[cfg(feature = "orders")]
impl ::auth_runtime::Policy for __move_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::move"),
        ::auth_runtime::__private::Requirement::scope("a"),
    );
    type Checks = ();
}
