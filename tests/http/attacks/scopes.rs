//! Things that look like the scope `read` and are not.

use auth_tests::client::Request;
use serde_json::json;

use super::{Target, reader};

#[tokio::test]
async fn c1_a_look_alike_of_a_scope_is_not_the_scope() {
    let (target, issuer) = Target::with_issuer().await;
    for scope in [
        "rea",
        "reads",
        "read:all",
        "xread",
        "readread",
        "re ad",
        "r e a d",
        "Read",
        "READ",
        "reaD",
        "read,write",
        "write,read",
        "read;write",
        "read|write",
        "read+write",
        "write+read",
        "*",
        "read*",
        "re*",
        "**",
        "%72ead",
        "re%61d",
        "read%20",
        "\"read\"",
        "'read'",
        "[read]",
        "read/",
        "/read",
        "read.",
        "-read",
        "!read",
        "read\u{200b}",
        "\u{feff}read",
        "r\u{435}ad",
        "re\u{430}d",
        "\u{ff52}\u{ff45}\u{ff41}\u{ff44}",
        "read\u{301}",
        "read\0",
        "\0read",
        "",
    ] {
        for claim in ["scope", "scp"] {
            let token = issuer.token("alice").claim(claim, scope).sign();
            target
                .assert_lacks_scope(&format!("{claim} {scope:?}"), &token)
                .await;
            let token = issuer.token("alice").claim(claim, [scope]).sign();
            target
                .assert_lacks_scope(&format!("{claim} [{scope:?}]"), &token)
                .await;
        }
    }
    for list in [
        json!(["write read"]),
        json!(["read write"]),
        json!(["read "]),
        json!([" read"]),
        json!(["read\twrite"]),
        json!(["read,write"]),
        json!(["rea", "d"]),
        json!([]),
    ] {
        let token = issuer.token("alice").claim("scope", &list).sign();
        target.assert_lacks_scope(&list.to_string(), &token).await;
    }
}

#[tokio::test]
async fn c1_only_spaces_separate_scopes() {
    let (target, issuer) = Target::with_issuer().await;
    for separator in [
        "\t", "\n", "\r\n", "\u{a0}", "\u{2003}", "\u{2028}", "\u{b}", "\0", ",",
    ] {
        let token = issuer
            .token("alice")
            .scope(&format!("read{separator}write"))
            .sign();
        target
            .assert_lacks_scope(&format!("{separator:?}"), &token)
            .await;
        let token = issuer
            .token("alice")
            .scope(&format!("write{separator}read"))
            .sign();
        target
            .assert_lacks_scope(&format!("{separator:?}"), &token)
            .await;
    }
    for scope in [
        "read",
        " read",
        "read ",
        "  write   read  ",
        "read read",
        "x read y",
    ] {
        target
            .assert_let_in(scope, &issuer.token("alice").scope(scope).sign())
            .await;
    }
}

#[tokio::test]
async fn c1_a_scope_in_an_unconfigured_claim_does_not_count() {
    let (target, issuer) = Target::with_issuer().await;
    for claim in [
        "scopes",
        "Scope",
        "SCOPE",
        "permissions",
        "roles",
        "authorities",
        "sc\u{43e}pe",
    ] {
        let token = issuer.token("alice").claim(claim, ["read"]).sign();
        target.assert_lacks_scope(claim, &token).await;
    }
    let nested = issuer
        .token("alice")
        .claim("realm_access", json!({ "scope": "read" }))
        .sign();
    target.assert_lacks_scope("nested", &nested).await;
    target.assert_let_in("scope", &reader(&issuer).sign()).await;
}

#[tokio::test]
async fn c4_a_look_alike_of_a_role_is_not_the_role() {
    let (target, issuer) = Target::with_issuer().await;
    for roles in [
        json!("administrator"),
        json!("Admin"),
        json!("admin "),
        json!(" admin"),
        json!("user admin"),
        json!("admin,user"),
        json!(["admin user"]),
        json!(["adm", "in"]),
        json!(["\u{430}dmin"]),
        json!([""]),
        json!(["*"]),
        json!([]),
    ] {
        let token = issuer.token("alice").claim("roles", &roles).sign();
        let request = Request::get("/admin").bearer(token);
        assert_eq!(target.server.send(&request).await.status, 403, "{roles}");
    }
    for (claim, value) in [
        ("role", json!("admin")),
        ("groups", json!(["admin"])),
        ("realm_access", json!({ "roles": ["admin"] })),
        (
            "resource_access",
            json!({ "other": { "roles": ["admin"] } }),
        ),
        ("scope", json!("admin")),
    ] {
        let token = issuer.token("alice").claim(claim, value).sign();
        let request = Request::get("/admin").bearer(token);
        assert_eq!(target.server.send(&request).await.status, 403, "{claim}");
    }
}
