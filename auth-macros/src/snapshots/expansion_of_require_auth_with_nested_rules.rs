// #[require_auth(
//     any(scope = scopes::ADMIN, all(scope = "orders:read", role = "support")),
//     not(role = "trial"),
// )]
// async fn list_orders() {}

async fn list_orders(_: ::auth_runtime::Guard<__list_orders_policy>) {}
#[doc(hidden)]
enum __list_orders_policy {}
impl ::auth_runtime::Policy for __list_orders_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::list_orders"),
        ::auth_runtime::__private::Requirement::All {
            of: &[
                ::auth_runtime::__private::Requirement::Any {
                    of: &[
                        ::auth_runtime::__private::Requirement::Scope {
                            scope: {
                                use ::auth_runtime::__private::OtherConstant as _;
                                ::auth_runtime::__private::Constant(scopes::ADMIN).scope()
                            },
                        },
                        ::auth_runtime::__private::Requirement::All {
                            of: &[
                                ::auth_runtime::__private::Requirement::scope(
                                    "orders:read",
                                ),
                                ::auth_runtime::__private::Requirement::role("support"),
                            ],
                        },
                    ],
                },
                ::auth_runtime::__private::Requirement::Not {
                    requirement: &::auth_runtime::__private::Requirement::role("trial"),
                },
            ],
        },
    );
    type Checks = ();
}
