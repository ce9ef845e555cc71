use auth_runtime::Jwt;
use auth_runtime::bearer::TypeRule;

/// Tokens of workflows that run on the branch `main` of one repository.
pub fn github_actions() -> Jwt {
    Jwt::oidc("https://token.actions.githubusercontent.com")
        .audience("https://orders.example")
        .typ(TypeRule::Off)
        .required_value("repository_owner_id", "65")
        .required_value("repository_id", "74")
        .required_value("ref", "refs/heads/main")
}
