//! Rows C1 to C4 and C6: a valid token that does not satisfy the rule.

use auth_runtime::testing::Token;
use auth_tests::application::World;
use auth_tests::client::Request;
use auth_tests::expected::{Refused, handler, refused};
use serde_json::json;

use crate::case::{Case, case};

/// Row C1: these scopes would satisfy the rule.
pub(super) fn needs(scopes: &'static str) -> Refused {
    refused(403).code("insufficient_scope").required_scopes(scopes).challenge(format!(
        r#"Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="{scopes}""#
    ))
}

/// Row C4: no scope would satisfy the rule.
pub(super) fn forbidden() -> Refused {
    refused(403)
        .code("forbidden")
        .challenge(r#"Bearer realm="api""#)
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let mut cases = scopes(world);
    cases.extend(beyond_scopes(world));
    cases.extend(ownership(world));
    cases
}

pub(super) fn to(path: &str, token: &Token) -> Request {
    Request::get(path).bearer(token.sign())
}

fn scopes(world: &World) -> Vec<Case> {
    let alice = || world.alice();
    vec![
        case(
            "c1_a_token_with_another_scope_gets_403_with_the_required_scope",
            to("/read", &alice().scope("write")),
            needs("read"),
        ),
        case(
            "c1_the_challenge_names_all_required_scopes_and_not_only_the_missing_one",
            to("/both", &alice().scope("read")),
            needs("read write"),
        ),
        case(
            "c1_the_challenge_names_scopes_in_the_order_of_the_rule",
            to("/both", &alice().scope("write")),
            needs("read write"),
        ),
        case(
            "c1_a_token_with_both_scopes_is_accepted",
            to("/both", &alice().scope("write read")),
            handler("both: alice"),
        ),
        case(
            "c2_a_token_without_a_scope_claim_gets_403",
            to("/read", &alice()),
            needs("read"),
        ),
        case(
            "c2_a_token_with_an_empty_scope_claim_gets_403",
            to("/read", &alice().scope("")),
            needs("read"),
        ),
        case(
            "c2_a_token_with_an_empty_array_of_scopes_gets_403",
            to("/read", &alice().claim("scope", json!([]))),
            needs("read"),
        ),
        case(
            "c3_without_any_scope_the_challenge_names_the_first_alternative",
            to("/either", &alice()),
            needs("a"),
        ),
        case(
            "c3_the_challenge_names_the_first_alternative_even_if_another_lacks_less",
            to("/either", &alice().scope("b")),
            needs("a"),
        ),
        case(
            "c3_a_token_that_satisfies_the_first_alternative_is_accepted",
            to("/either", &alice().scope("a")),
            handler("either: alice"),
        ),
        case(
            "c3_a_token_that_satisfies_the_second_alternative_is_accepted",
            to("/either", &alice().scope("c b")),
            handler("either: alice"),
        ),
        case(
            "c3_without_the_role_the_challenge_names_the_alternative_scope",
            to("/role-or-scope", &alice().role("x")),
            needs("read"),
        ),
        case(
            "c3_a_token_with_the_role_needs_no_scope",
            to("/role-or-scope", &alice().role("admin")),
            handler("role-or-scope: alice"),
        ),
        case(
            "c3_the_challenge_names_the_alternative_whose_role_the_token_has",
            to("/role-alternatives", &alice().role("support")),
            needs("b"),
        ),
        case(
            "c3_without_the_role_of_any_alternative_no_scope_is_named",
            to("/role-alternatives", &alice().role("x")),
            forbidden(),
        ),
        case(
            "c3_scopes_of_both_alternatives_without_a_role_are_forbidden",
            to("/role-alternatives", &alice().scope("a b")),
            forbidden(),
        ),
        case(
            "c1_a_token_with_the_role_and_without_the_scope_gets_the_scope_named",
            to("/scope-and-role", &alice().role("support")),
            needs("read"),
        ),
        case(
            "c1_a_satisfied_not_leaves_only_the_missing_scope",
            to("/not-trial", &alice().role("x")),
            needs("read"),
        ),
        case(
            "c1_scopes_may_be_an_array",
            to("/read", &alice().claim("scope", ["x", "read"])),
            handler("read: alice"),
        ),
        case(
            "c1_scopes_may_be_in_the_claim_scp",
            to("/read", &alice().claim("scp", ["read"])),
            handler("read: alice"),
        ),
        case(
            "c1_the_claims_scope_and_scp_count_together",
            to("/both", &alice().scope("read").claim("scp", "write")),
            handler("both: alice"),
        ),
    ]
}

fn beyond_scopes(world: &World) -> Vec<Case> {
    let alice = || world.alice();
    let reader = || world.reader();
    vec![
        case(
            "c4_a_token_with_another_role_is_forbidden",
            to("/admin", &alice().role("user")),
            forbidden(),
        ),
        case(
            "c4_a_token_without_roles_is_forbidden",
            to("/admin", &alice()),
            forbidden(),
        ),
        case(
            "c4_a_role_is_compared_with_its_case",
            to("/admin", &alice().role("Admin")),
            forbidden(),
        ),
        case(
            "c4_a_role_string_is_not_split_at_spaces",
            to("/admin", &alice().claim("roles", "user admin")),
            forbidden(),
        ),
        case(
            "c4_a_scope_does_not_count_as_a_role",
            to("/admin", &alice().scope("admin")),
            forbidden(),
        ),
        case(
            "c4_a_token_with_the_role_is_accepted",
            to("/admin", &alice().role("user").role("admin")),
            handler("admin: alice"),
        ),
        case(
            "c4_a_single_role_may_be_a_string",
            to("/admin", &alice().claim("roles", "admin")),
            handler("admin: alice"),
        ),
        case(
            "c4_a_missing_role_is_forbidden_even_if_a_scope_is_missing_too",
            to("/scope-and-role", &alice()),
            forbidden(),
        ),
        case(
            "c4_a_missing_role_is_forbidden_if_the_scope_is_granted",
            to("/scope-and-role", &reader()),
            forbidden(),
        ),
        case(
            "c4_a_role_inside_not_is_forbidden",
            to("/not-trial", &reader().role("trial")),
            forbidden(),
        ),
        case(
            "c4_a_role_inside_not_is_forbidden_even_if_the_scope_is_missing",
            to("/not-trial", &alice().role("trial")),
            forbidden(),
        ),
        case(
            "c4_not_of_a_role_is_forbidden_if_the_token_has_no_roles_claim",
            to("/not-trial", &reader()),
            forbidden(),
        ),
        case(
            "c4_not_of_a_role_accepts_a_token_with_other_roles",
            to("/not-trial", &reader().role("x")),
            handler("not-trial: alice"),
        ),
        case(
            "c4_not_of_a_role_accepts_a_token_with_an_empty_array_of_roles",
            to("/not-trial", &reader().claim("roles", json!([]))),
            handler("not-trial: alice"),
        ),
        case(
            "c4_a_missing_claim_of_the_rule_is_forbidden",
            to("/verified", &alice()),
            forbidden(),
        ),
        case(
            "c4_a_false_claim_of_the_rule_is_forbidden",
            to("/verified", &alice().claim("email_verified", false)),
            forbidden(),
        ),
        case(
            "c4_a_string_does_not_equal_a_boolean_claim_of_the_rule",
            to("/verified", &alice().claim("email_verified", "true")),
            forbidden(),
        ),
        case(
            "c4_a_number_does_not_equal_a_boolean_claim_of_the_rule",
            to("/verified", &alice().claim("email_verified", 1)),
            forbidden(),
        ),
        case(
            "c4_a_null_claim_of_the_rule_is_forbidden",
            to("/verified", &alice().claim("email_verified", json!(null))),
            forbidden(),
        ),
        case(
            "c4_a_token_with_the_claim_of_the_rule_is_accepted",
            to("/verified", &alice().claim("email_verified", true)),
            handler("verified: alice"),
        ),
        case(
            "c4_a_claim_is_found_by_its_json_pointer",
            to("/acme", &alice().claim("tenant", json!({ "id": "acme" }))),
            handler("acme: alice"),
        ),
        case(
            "c4_a_claim_found_by_its_json_pointer_may_be_an_array",
            to(
                "/acme",
                &alice().claim("tenant", json!({ "id": ["x", "acme"] })),
            ),
            handler("acme: alice"),
        ),
        case(
            "c4_another_value_at_the_json_pointer_is_forbidden",
            to("/acme", &alice().claim("tenant", json!({ "id": "acme2" }))),
            forbidden(),
        ),
        case(
            "c4_a_claim_named_like_the_json_pointer_is_forbidden",
            to("/acme", &alice().claim("/tenant/id", "acme")),
            forbidden(),
        ),
        case(
            "c1_without_scopes_a_rule_with_not_of_a_scope_names_the_scope_that_is_missing",
            to("/not-sandbox", &alice()),
            needs("read"),
        ),
        case(
            "c1_with_another_scope_a_rule_with_not_of_a_scope_names_the_scope_that_is_missing",
            to("/not-sandbox", &alice().scope("x")),
            needs("read"),
        ),
        case(
            "c4_a_scope_inside_not_is_forbidden",
            to("/not-sandbox", &alice().scope("read sandbox")),
            forbidden(),
        ),
        case(
            "c4_a_scope_inside_not_is_forbidden_even_if_another_scope_is_missing",
            to("/not-sandbox", &alice().scope("sandbox")),
            forbidden(),
        ),
        case(
            "c4_not_of_a_scope_accepts_a_token_with_the_other_scope",
            to("/not-sandbox", &reader()),
            handler("not-sandbox: alice"),
        ),
    ]
}

fn ownership(world: &World) -> Vec<Case> {
    let alice = || world.alice();
    vec![
        case(
            "c6_the_owner_is_accepted",
            to("/owned/alice", &alice()),
            handler("owned: alice"),
        ),
        case(
            "c6_a_caller_other_than_the_owner_is_forbidden",
            to("/owned/bob", &alice()),
            forbidden(),
        ),
        case(
            "c6_a_caller_without_the_role_who_is_not_the_owner_is_forbidden",
            to("/admin-or-owner/bob", &alice()),
            forbidden(),
        ),
        case(
            "c6_a_caller_with_the_role_need_not_be_the_owner",
            to("/admin-or-owner/bob", &alice().role("admin")),
            handler("admin-or-owner: alice"),
        ),
        case(
            "c6_the_owner_needs_no_role",
            to("/admin-or-owner/alice", &alice()),
            handler("admin-or-owner: alice"),
        ),
        case(
            "c6_a_caller_with_the_scope_who_is_not_the_owner_is_forbidden",
            to("/read-and-own/bob", &world.reader()),
            forbidden(),
        ),
        case(
            "c6_the_owner_with_the_scope_is_accepted",
            to("/read-and-own/alice", &world.reader()),
            handler("read-and-own: alice"),
        ),
        // The check counts as undecided: it would run if the scope were granted.
        case(
            "c1_a_missing_scope_is_named_before_the_owner_is_checked",
            to("/read-and-own/bob", &alice()),
            needs("read"),
        ),
    ]
}
