// #[require_auth(scope = T::SCOPE)]
// async fn list<S, T: Resource + Send, const N: usize>(Path(page): Path<u32>) -> Json<Vec<T>>
// where
//     T: Serialize,
//     S: Clone,
// {
//     page.of::<S, T, N>()
// }

async fn list<S, T: Resource + Send, const N: usize>(
    _: ::auth_runtime::Guard<__list_policy<T>>,
    Path(page): Path<u32>,
) -> Json<Vec<T>>
where
    T: Serialize,
    S: Clone,
{
    page.of::<S, T, N>()
}
#[doc(hidden)]
struct __list_policy<T: Resource + Send>(
    ::core::marker::PhantomData<fn() -> T>,
)
where
    T: Serialize;
impl<T: Resource + Send> ::auth_runtime::Policy for __list_policy<T>
where
    T: Serialize,
{
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::list"),
        ::auth_runtime::__private::Requirement::Scope {
            scope: {
                use ::auth_runtime::__private::OtherConstant as _;
                ::auth_runtime::__private::Constant(T::SCOPE).scope()
            },
        },
    );
    type Checks = ();
}
