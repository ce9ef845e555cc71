//! Workflows of GitHub Actions.

use auth_runtime::bearer::ClaimSource;
use serde_json::{Value, json};

use super::{AUDIENCE, Api, ISSUER, MISSING, with};

#[path = "../../../auth-runtime/src/guide/recipes/github_actions.rs"]
#[allow(unreachable_pub, reason = "in the docs it is the user's own function")]
mod recipe;

/// Tokens have no roles.
async fn api() -> Api {
    Api::discovering(
        recipe::github_actions().roles(ClaimSource::from("roles").missing_is_empty()),
        "https://token.actions.githubusercontent.com/.well-known/openid-configuration",
        "https://token.actions.githubusercontent.com",
        "https://token.actions.githubusercontent.com/.well-known/jwks",
    )
    .await
}

fn header() -> Value {
    json!({ "typ": "JWT", "x5t": "example-thumbprint" })
}

fn workflow() -> Value {
    json!({
        "jti": "example-id",
        "sub": "repo:octo-org/octo-repo:ref:refs/heads/main",
        "aud": "https://orders.example",
        "ref": "refs/heads/main",
        "sha": "example-sha",
        "repository": "octo-org/octo-repo",
        "repository_owner": "octo-org",
        "actor_id": "12",
        "repository_visibility": "private",
        "repository_id": "74",
        "repository_owner_id": "65",
        "run_id": "example-run-id",
        "run_number": "10",
        "run_attempt": "2",
        "runner_environment": "github-hosted",
        "actor": "octocat",
        "workflow": "example-workflow",
        "head_ref": "",
        "base_ref": "",
        "event_name": "push",
        "ref_type": "branch",
        "job_workflow_ref": "octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main",
        "iss": "https://token.actions.githubusercontent.com",
        "nbf": 1_632_492_967,
    })
}

#[tokio::test]
async fn github_workflows_on_the_main_branch_are_accepted() {
    let api = api().await;
    for subject in [
        "repo:octo-org/octo-repo:ref:refs/heads/main",
        "repo:octo-org@65/octo-repo@74:ref:refs/heads/main",
        "repo:octo-org/octo-repo:environment:prod",
    ] {
        let caller = json!({ "subject": subject, "scopes": [], "roles": [] });
        let token = with(&workflow(), &json!({ "sub": subject }));
        api.accepts(&header(), &token, caller).await;
    }
    // The ids stay when names change.
    let subject = "repo:octo-inc/orders:ref:refs/heads/main";
    let renamed = with(
        &workflow(),
        &json!({ "sub": subject, "repository": "octo-inc/orders", "repository_owner": "octo-inc" }),
    );
    let caller = json!({ "subject": subject, "scopes": [], "roles": [] });
    api.accepts(&header(), &renamed, caller).await;
}

/// Any workflow can request the audience of this API.
#[tokio::test]
async fn github_workflows_of_other_repositories_are_refused() {
    let api = api().await;
    let elsewhere = json!({
        "sub": "repo:evil/octo-repo:ref:refs/heads/main",
        "repository": "evil/octo-repo",
        "repository_owner": "evil",
        "repository_id": "666",
        "repository_owner_id": "667",
    });
    api.refuses(&header(), &with(&workflow(), &elsewhere), MISSING)
        .await;
    for changes in [
        // Another repository of the owner, this one under another owner, and the names given to others.
        json!({ "repository_id": "75", "repository": "octo-org/other" }),
        json!({ "repository_owner_id": "667", "repository_owner": "evil" }),
        json!({ "repository_id": "666", "repository_owner_id": "667" }),
        json!({ "repository_id": null }),
        json!({ "repository_owner_id": null }),
        json!({ "repository_id": 74 }),
    ] {
        api.refuses(&header(), &with(&workflow(), &changes), MISSING)
            .await;
    }
}

#[tokio::test]
async fn github_workflows_of_other_branches_and_pull_requests_are_refused() {
    let api = api().await;
    for (git_ref, event) in [
        ("refs/heads/feature", "push"),
        ("refs/heads/main2", "push"),
        ("refs/tags/main", "push"),
        ("refs/pull/7/merge", "pull_request"),
    ] {
        let changes = json!({ "ref": git_ref, "event_name": event });
        api.refuses(&header(), &with(&workflow(), &changes), MISSING)
            .await;
    }
    api.refuses(
        &header(),
        &with(&workflow(), &json!({ "ref": null })),
        MISSING,
    )
    .await;
}

#[tokio::test]
async fn github_tokens_for_other_audiences_and_of_other_servers_are_refused() {
    let api = api().await;
    for (changes, description) in [
        // The default, which any action gets.
        (json!({ "aud": "https://github.com/octo-org" }), AUDIENCE),
        (json!({ "aud": "sts.amazonaws.com" }), AUDIENCE),
        (json!({ "aud": null }), AUDIENCE),
        (
            json!({ "iss": "https://token.actions.githubusercontent.com/octo-inc" }),
            ISSUER,
        ),
        (
            json!({ "iss": "https://github.shop.example/_services/token" }),
            ISSUER,
        ),
        (json!({ "sub": null }), MISSING),
    ] {
        api.refuses(&header(), &with(&workflow(), &changes), description)
            .await;
    }
}
