use auth_runtime::Jwt;
use auth_runtime::bearer::TypeRule;
use auth_runtime::keys::Algorithm;

/// ID tokens of users of one Google Workspace, who log in to one of your own applications.
pub fn google() -> Jwt {
    Jwt::oidc("https://accounts.google.com")
        .audience("407408718192.apps.googleusercontent.com")
        .algorithms([Algorithm::RS256])
        .typ(TypeRule::Off)
        .required_value("hd", "shop.example")
}

/// ID tokens of service accounts, requested for this API.
pub fn google_service_accounts() -> Jwt {
    Jwt::oidc("https://accounts.google.com")
        .audience("https://orders.example")
        .algorithms([Algorithm::RS256])
        .typ(TypeRule::Off)
        .required_value("email", "reports@shop-project.iam.gserviceaccount.com")
}
