//! Rows C1 to C4 and C6: a good token that is not enough.

use auth_runtime::testing::Token;
use auth_tests::client::Request;
use serde_json::json;

use super::Refused;
use super::{Case, case, handler, refused};
use crate::app::World;

/// Row C1: these scopes would do.
pub(super) fn needs(scopes: &'static str) -> Refused {
    refused(403).code("insufficient_scope").required_scopes(scopes).challenge(format!(
        r#"Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="{scopes}""#
    ))
}

/// Row C4: no scope would do.
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
            "C1",
            "another scope",
            to("/read", &alice().scope("write")),
            needs("read"),
        ),
        case(
            "C1",
            "all scopes, not only the missing",
            to("/both", &alice().scope("read")),
            needs("read write"),
        ),
        case(
            "C1",
            "in declaration order",
            to("/both", &alice().scope("write")),
            needs("read write"),
        ),
        case(
            "C1",
            "both",
            to("/both", &alice().scope("write read")),
            handler("both: alice"),
        ),
        case("C2", "no scope claim", to("/read", &alice()), needs("read")),
        case(
            "C2",
            "an empty scope claim",
            to("/read", &alice().scope("")),
            needs("read"),
        ),
        case(
            "C2",
            "an empty array",
            to("/read", &alice().claim("scope", json!([]))),
            needs("read"),
        ),
        case(
            "C3",
            "the first alternative",
            to("/either", &alice()),
            needs("a"),
        ),
        case(
            "C3",
            "also when less of another is missing",
            to("/either", &alice().scope("b")),
            needs("a"),
        ),
        case(
            "C3",
            "one alternative",
            to("/either", &alice().scope("a")),
            handler("either: alice"),
        ),
        case(
            "C3",
            "the other",
            to("/either", &alice().scope("c b")),
            handler("either: alice"),
        ),
        case(
            "C3",
            "a role that is not there",
            to("/role-or-scope", &alice().role("x")),
            needs("read"),
        ),
        case(
            "C3",
            "the role",
            to("/role-or-scope", &alice().role("admin")),
            handler("role-or-scope: alice"),
        ),
        case(
            "C3",
            "the alternative whose role is there",
            to("/role-alternatives", &alice().role("support")),
            needs("b"),
        ),
        case(
            "C3",
            "no alternative in reach",
            to("/role-alternatives", &alice().role("x")),
            forbidden(),
        ),
        case(
            "C3",
            "scopes of both alternatives and no role",
            to("/role-alternatives", &alice().scope("a b")),
            forbidden(),
        ),
        case(
            "C1",
            "the role is there",
            to("/scope-and-role", &alice().role("support")),
            needs("read"),
        ),
        case(
            "C1",
            "the scope under not is fine",
            to("/not-trial", &alice().role("x")),
            needs("read"),
        ),
        case(
            "C1",
            "an array of scopes",
            to("/read", &alice().claim("scope", ["x", "read"])),
            handler("read: alice"),
        ),
        case(
            "C1",
            "the claim scp",
            to("/read", &alice().claim("scp", ["read"])),
            handler("read: alice"),
        ),
        case(
            "C1",
            "scope and scp together",
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
            "C4",
            "another role",
            to("/admin", &alice().role("user")),
            forbidden(),
        ),
        case("C4", "no role", to("/admin", &alice()), forbidden()),
        case(
            "C4",
            "a role of another case",
            to("/admin", &alice().role("Admin")),
            forbidden(),
        ),
        case(
            "C4",
            "roles are not split",
            to("/admin", &alice().claim("roles", "user admin")),
            forbidden(),
        ),
        case(
            "C4",
            "a scope is no role",
            to("/admin", &alice().scope("admin")),
            forbidden(),
        ),
        case(
            "C4",
            "the role",
            to("/admin", &alice().role("user").role("admin")),
            handler("admin: alice"),
        ),
        case(
            "C4",
            "one role as a string",
            to("/admin", &alice().claim("roles", "admin")),
            handler("admin: alice"),
        ),
        case(
            "C4",
            "scope and role lack",
            to("/scope-and-role", &alice()),
            forbidden(),
        ),
        case(
            "C4",
            "the role lacks",
            to("/scope-and-role", &reader()),
            forbidden(),
        ),
        case(
            "C4",
            "not",
            to("/not-trial", &reader().role("trial")),
            forbidden(),
        ),
        case(
            "C4",
            "not, and the scope lacks",
            to("/not-trial", &alice().role("trial")),
            forbidden(),
        ),
        case(
            "C4",
            "not, without any roles",
            to("/not-trial", &reader()),
            forbidden(),
        ),
        case(
            "C4",
            "not, with other roles",
            to("/not-trial", &reader().role("x")),
            handler("not-trial: alice"),
        ),
        case(
            "C4",
            "not, with an empty array",
            to("/not-trial", &reader().claim("roles", json!([]))),
            handler("not-trial: alice"),
        ),
        case("C4", "claim lacks", to("/verified", &alice()), forbidden()),
        case(
            "C4",
            "claim is false",
            to("/verified", &alice().claim("email_verified", false)),
            forbidden(),
        ),
        case(
            "C4",
            "claim is a string",
            to("/verified", &alice().claim("email_verified", "true")),
            forbidden(),
        ),
        case(
            "C4",
            "claim is 1",
            to("/verified", &alice().claim("email_verified", 1)),
            forbidden(),
        ),
        case(
            "C4",
            "claim is null",
            to("/verified", &alice().claim("email_verified", json!(null))),
            forbidden(),
        ),
        case(
            "C4",
            "claim",
            to("/verified", &alice().claim("email_verified", true)),
            handler("verified: alice"),
        ),
        case(
            "C4",
            "pointer",
            to("/acme", &alice().claim("tenant", json!({ "id": "acme" }))),
            handler("acme: alice"),
        ),
        case(
            "C4",
            "pointer into an array",
            to(
                "/acme",
                &alice().claim("tenant", json!({ "id": ["x", "acme"] })),
            ),
            handler("acme: alice"),
        ),
        case(
            "C4",
            "pointer, another value",
            to("/acme", &alice().claim("tenant", json!({ "id": "acme2" }))),
            forbidden(),
        ),
        case(
            "C4",
            "a claim named like the pointer",
            to("/acme", &alice().claim("/tenant/id", "acme")),
            forbidden(),
        ),
        case(
            "C1",
            "not a scope, none held",
            to("/not-sandbox", &alice()),
            needs("read"),
        ),
        case(
            "C1",
            "not a scope, another held",
            to("/not-sandbox", &alice().scope("x")),
            needs("read"),
        ),
        case(
            "C4",
            "a scope too many",
            to("/not-sandbox", &alice().scope("read sandbox")),
            forbidden(),
        ),
        case(
            "C4",
            "a scope too many and one too few",
            to("/not-sandbox", &alice().scope("sandbox")),
            forbidden(),
        ),
        case(
            "C4",
            "not a scope",
            to("/not-sandbox", &reader()),
            handler("not-sandbox: alice"),
        ),
    ]
}

fn ownership(world: &World) -> Vec<Case> {
    let alice = || world.alice();
    vec![
        case(
            "C6",
            "the owner",
            to("/owned/alice", &alice()),
            handler("owned: alice"),
        ),
        case(
            "C6",
            "somebody else",
            to("/owned/bob", &alice()),
            forbidden(),
        ),
        case(
            "C6",
            "neither admin nor owner",
            to("/admin-or-owner/bob", &alice()),
            forbidden(),
        ),
        case(
            "C6",
            "admin",
            to("/admin-or-owner/bob", &alice().role("admin")),
            handler("admin-or-owner: alice"),
        ),
        case(
            "C6",
            "owner",
            to("/admin-or-owner/alice", &alice()),
            handler("admin-or-owner: alice"),
        ),
        case(
            "C6",
            "scope and no owner",
            to("/read-and-own/bob", &world.reader()),
            forbidden(),
        ),
        case(
            "C6",
            "scope and owner",
            to("/read-and-own/alice", &world.reader()),
            handler("read-and-own: alice"),
        ),
        // The check counts as open: with the scope it would be asked.
        case(
            "C1",
            "no scope, whoever owns it",
            to("/read-and-own/bob", &alice()),
            needs("read"),
        ),
    ]
}
