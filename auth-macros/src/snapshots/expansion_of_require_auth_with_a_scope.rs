// #[require_auth(scope = "orders:read")]
// /// Lists orders.
// pub async fn list_orders(caller: Identity) -> String {
//     format!("orders of {}", caller.subject())
// }

/// Lists orders.
pub async fn list_orders(
    _: ::auth_runtime::Guard<__list_orders_policy>,
    caller: Identity,
) -> String {
    format!("orders of {}", caller.subject())
}
#[doc(hidden)]
pub enum __list_orders_policy {}
impl ::auth_runtime::Policy for __list_orders_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::list_orders"),
        ::auth_runtime::__private::Requirement::scope("orders:read"),
    );
    type Checks = ();
}
