// #[require_auth(all(
//     claim("email_verified" = true),
//     claim("level" = -1_000),
//     claim("/address/country" = "NL"),
// ))]
// async fn ship() {}

async fn ship(_: ::auth_runtime::Guard<__ship_policy>) {}
#[doc(hidden)]
enum __ship_policy {}
impl ::auth_runtime::Policy for __ship_policy {
    const RULE: &'static ::auth_runtime::__private::Rule = &::auth_runtime::__private::Rule::requires(
        ::core::concat!(::core::module_path!(), "::ship"),
        ::auth_runtime::__private::Requirement::All {
            of: &[
                ::auth_runtime::__private::Requirement::Claim {
                    name: "email_verified",
                    value: ::auth_runtime::__private::ClaimValue::Boolean {
                        value: true,
                    },
                },
                ::auth_runtime::__private::Requirement::Claim {
                    name: "level",
                    value: ::auth_runtime::__private::ClaimValue::Integer {
                        value: -1000,
                    },
                },
                ::auth_runtime::__private::Requirement::Claim {
                    name: "/address/country",
                    value: ::auth_runtime::__private::ClaimValue::Text {
                        value: "NL",
                    },
                },
            ],
        },
    );
    type Checks = ();
}
