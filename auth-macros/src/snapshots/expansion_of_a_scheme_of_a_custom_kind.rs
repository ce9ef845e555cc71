// #[require_auth(scheme = ["bearer", GATEWAY, T::SCHEME])]
// async fn list<S, T: Gateway>(State(gateway): State<T>, State(shop): State<S>) {}

async fn list<S, T: Gateway>(
    _: ::auth_runtime::Guard<__list_policy<T>>,
    State(gateway): State<T>,
    State(shop): State<S>,
) {}
#[doc(hidden)]
struct __list_policy<T: Gateway>(::core::marker::PhantomData<fn() -> T>);
impl<T: Gateway> ::auth_runtime::Policy for __list_policy<T> {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule {
        schemes: &[
            ::auth_runtime::__private::scheme("bearer"),
            {
                use ::auth_runtime::__private::OtherConstant as _;
                ::auth_runtime::__private::Constant(GATEWAY).scheme()
            },
            {
                use ::auth_runtime::__private::OtherConstant as _;
                ::auth_runtime::__private::Constant(T::SCHEME).scheme()
            },
        ],
        ..::auth_runtime::__private::Rule::required(
            ::core::concat!(::core::module_path!(), "::list"),
        )
    };
    type Checks = ();
}
