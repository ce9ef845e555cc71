use std::fs;
use std::path::PathBuf;

use auth_runtime::bearer::TypeRule;
use auth_runtime::fetch::Fetch;
use auth_runtime::{BoxError, Jwt};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Request, Response};

/// Tokens of one service account, for an API in the same cluster.
pub fn kubernetes() -> Jwt {
    Jwt::issuer("https://kubernetes.default.svc.cluster.local")
        .jwks_url("https://kubernetes.default.svc/openid/v1/jwks")
        .audience("https://orders.example")
        .typ(TypeRule::IfPresent)
        .required_value("sub", "system:serviceaccount:shop:reports")
}

/// The API server gives its keys only to service accounts. This client sends the token of this pod with requests
/// to the API server, and with no other requests: `.fetch(WithPodToken { client: HttpClient::new()?, token_file })`,
/// where the file is `/var/run/secrets/kubernetes.io/serviceaccount/token`.
pub struct WithPodToken<F> {
    pub client: F,
    pub token_file: PathBuf,
}

impl<F: Fetch> Fetch for WithPodToken<F> {
    async fn fetch(
        &self,
        mut request: Request<Vec<u8>>,
        limit: usize,
    ) -> Result<Response<Vec<u8>>, BoxError> {
        let uri = request.uri();
        if uri.scheme_str() == Some("https") && uri.host() == Some("kubernetes.default.svc") {
            // Read each time: the kubelet replaces the token before it expires.
            let token = fs::read_to_string(&self.token_file)?;
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim()))?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        self.client.fetch(request, limit).await
    }
}

/// Tokens of all service accounts of one namespace, in a cluster whose keys are public, such as on EKS.
pub fn kubernetes_with_public_keys() -> Jwt {
    Jwt::oidc("https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE")
        .audience("https://orders.example")
        .typ(TypeRule::IfPresent)
        .required_value("/kubernetes.io/namespace", "shop")
}
