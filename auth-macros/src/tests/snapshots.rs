//! Formatted expansions, one file each. `UPDATE_EXPECT=1 cargo test -p auth-macros` updates them.

use std::fmt::Write as _;

use expect_test::{ExpectFile, expect_file};

use super::{Annotated, formatted};

fn snapshot(source: &str, expected: &ExpectFile) {
    let mut text = String::new();
    for line in source.trim().lines() {
        // The indentation of the raw string in this file.
        let line = line.strip_prefix("            ").unwrap_or(line);
        writeln!(text, "// {line}").expect("writing to a string failed");
    }
    text.push('\n');
    text.push_str(&formatted(&Annotated::parse(source).expand()));
    expected.assert_eq(&text);
}

macro_rules! snapshots {
    ($($name:ident: $source:literal)*) => {$(
        #[test]
        fn $name() {
            snapshot(
                $source,
                &expect_file![concat!("../snapshots/", stringify!($name), ".rs")],
            );
        }
    )*};
}

snapshots! {
    expansion_of_require_auth_without_a_rule: r"
            #[require_auth]
            async fn whoami(caller: Identity) -> String {
                caller.subject().to_owned()
            }
    "
    expansion_of_require_auth_with_a_scope: r#"
            #[require_auth(scope = "orders:read")]
            /// Lists orders.
            pub async fn list_orders(caller: Identity) -> String {
                format!("orders of {}", caller.subject())
            }
    "#
    expansion_of_require_auth_with_nested_rules: r#"
            #[require_auth(
                any(scope = scopes::ADMIN, all(scope = "orders:read", role = "support")),
                not(role = "trial"),
            )]
            async fn list_orders() {}
    "#
    expansion_of_require_auth_with_claims: r#"
            #[require_auth(all(
                claim("email_verified" = true),
                claim("level" = -1_000),
                claim("/address/country" = "NL"),
            ))]
            async fn ship() {}
    "#
    expansion_of_require_auth_with_step_up: r#"
            #[require_auth(scope = "pay", acr = ["gold", "silver"], max_age = "5m", scheme = "bearer", hide)]
            async fn pay() {}
    "#
    expansion_of_require_auth_with_hide_always: r#"
            #[require_auth(hide = "always")]
            async fn secret() {}
    "#
    expansion_of_require_auth_with_a_named_policy: r"
            #[require_auth(policy = refunds::CanRefund<3>)]
            async fn refund(State(state): State<Self>) -> StatusCode {
                state.refund().await
            }
    "
    expansion_of_require_auth_with_several_named_policies: r"
            #[require_auth(any(policy = CanRefund, policy = <Shop as Rules>::Owner))]
            async fn refund() {}
    "
    the_signature_body_and_attributes_are_kept: r#"
            #[require_auth(scope = "a")]
            #[debug_handler]
            #[instrument(skip_all)]
            #[cfg(feature = "orders")]
            pub(crate) fn r#move<'a, T: Debug, const N: usize>(
                mut first: Path<[T; N]>,
                #[cfg(feature = "late")] Query(late): Query<Late>,
                third: impl Extractor,
            ) -> impl Future<Output = Result<&'a str, Problem>>
            where
                T: 'a,
            {
                #![allow(unused)]
                async move { Ok("x") }
            }
    "#
    expansion_of_a_handler_with_seven_arguments: r"
            #[require_auth]
            async fn many(a: A, b: B, c: C, d: D, e: E, f: F, g: G) {}
    "
    expansion_of_a_scope_of_a_generic_parameter: r"
            #[require_auth(scope = T::SCOPE)]
            async fn list<S, T: Resource + Send, const N: usize>(Path(page): Path<u32>) -> Json<Vec<T>>
            where
                T: Serialize,
                S: Clone,
            {
                page.of::<S, T, N>()
            }
    "
    expansion_of_a_scheme_of_a_custom_kind: r#"
            #[require_auth(scheme = ["bearer", GATEWAY, T::SCHEME])]
            async fn list<S, T: Gateway>(State(gateway): State<T>, State(shop): State<S>) {}
    "#
    expansion_of_a_check_with_a_generic_parameter: r"
            #[require_auth(check = |State(db): State<T>| db.open())]
            async fn list<T: Database>(State(db): State<T>) {}
    "
    expansion_of_a_check_with_a_plain_expression: r#"
            #[require_auth(check("owns the order") = |caller: Identity, Path(owner): Path<String>| caller.subject() == owner)]
            async fn show() {}
    "#
    expansion_of_a_check_that_returns_a_result: r"
            #[require_auth(check = move |State(db): State<Db>, Path(id): Path<OrderId>| {
                let order = db.order(id).await?;
                Ok(Allowed::with(order))
            })]
            async fn show(order: Checked<Order>) {}
    "
    expansion_of_a_check_with_a_question_mark: r"
            #[require_auth(check = |caller: Identity, State(db): State<Db>| db.owner().await? == caller.id())]
            async fn show() {}
    "
    expansion_of_a_check_with_statements_and_a_question_mark: r"
            #[require_auth(check = |caller: Identity, State(db): State<Db>| {
                let owner = db.owner().await?;
                (owner == caller.id())
            })]
            async fn show() {}
    "
    expansion_of_a_check_with_todo: r"
            #[require_auth(any(check = |caller: Identity| todo!(), check = || { let order = order()?; todo!() }))]
            async fn show() {}
    "
    attributes_of_another_crate_are_kept: r"
            #[require_auth]
            #[other::policy(check = ..)]
            #[other::auth_runtime::require_auth]
            async fn show() {}
    "
    expansion_of_a_check_with_an_explicit_return_type: r"
            #[require_auth(check = |State(db): State<Db>| -> Result<bool, DbError> { db.open().await })]
            async fn show() {}
    "
    expansion_of_checks_in_nested_rules: r#"
            #[require_auth(any(
                role = "admin",
                check("is open") = || true,
                all(scope = "a", check("has time") = |Hours(hours): Hours| hours > 1),
            ))]
            async fn show() {}
    "#
    expansion_of_named_checks_and_policies_between_closures: r"
            #[require_auth(all(
                check = rules::owns_order,
                policy = A,
                check = || true,
                not(policy = B),
                check = || false,
                check = owns::<Db>,
            ))]
            async fn show() {}
    "
    expansion_of_a_policy_with_a_named_check: r#"
            #[policy(any(role = "support", check = owns_order))]
            pub struct CanEdit;
    "#
    expansion_of_check: r"
            #[check]
            /// Whether the caller owns the order.
            pub(crate) async fn owns_order(caller: Identity, Path(id): Path<OrderId>) -> Result<bool, CheckError> {
                Ok(find(id)?.owner == caller.id())
            }
    "
    expansion_of_check_with_all_arguments: r#"
            #[check("the shop is open", crate = ::renamed)]
            #[cfg(feature = "shop")]
            fn is_open() -> bool {
                true
            }
    "#
    expansion_of_a_generic_check: r"
            #[check]
            async fn owns<T: Db, const N: usize>(State(db): State<T>) -> bool
            where
                T: Clone,
            {
                db.owns(N)
            }
    "
    an_error_in_check_keeps_the_function: r"
            #[check]
            async fn owns(caller: &Identity) -> bool {
                true
            }
    "
    expansion_of_policy_on_a_struct: r#"
            #[policy(any(scope = "refunds", role = "support"), acr = "gold")]
            /// May refund.
            pub struct CanRefund;
    "#
    expansion_of_policy_on_an_enum_with_cfg: r#"
            #[policy]
            #[cfg(feature = "refunds")]
            #[derive(Debug)]
            enum CanRefund {}
    "#
    expansion_of_optional_auth_with_two_schemes: r#"
            #[optional_auth(scheme = ["bearer", "basic"])]
            async fn greet(caller: Option<Identity>) {}
    "#
    expansion_of_allow_anonymous_with_a_reason: r#"
            #[allow_anonymous(reason = "health probe")]
            async fn health() {}
    "#
    a_crate_argument_renames_the_runtime: r#"
            #[require_auth(scope = "a", check = |caller: Identity| caller.is_new()?, crate = ::renamed)]
            async fn list() {}
    "#
    an_error_in_require_auth_keeps_the_handler: r#"
            #[require_auth(scop = "a", role = 5, any())]
            #[debug_handler]
            async fn list(caller: Identity) -> String {
                caller.subject().to_owned()
            }
    "#
    an_error_in_policy_keeps_the_struct: r#"
            #[policy(scope = "a b")]
            pub struct CanRead;
    "#
    expansion_of_a_half_typed_attribute: r#"
            #[require_auth(scope = "a", any(role = , check = |caller: Ident), sc)]
            async fn list() {}
    "#
    expansion_of_a_half_typed_signature: r#"
            #[require_auth(scope = "a")]
            async fn list(caller: Identity, Path(id)
    )
    "#
    expansion_of_a_half_typed_body: r"
            #[require_auth]
            async fn list(caller: Identity) {
                let order = caller.
            }
    "
}
