//! How this API authenticates to the introspection endpoint.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::authorization_server::{AuthorizationServer, Question};
use super::{AUDIENCE, ISSUER, READER, read_by_alice, start_node};
use auth_runtime::Introspection;

const TOKEN: &str = "the-opaque-token-of-alice";
const ID: &str = "api:ünd more";
const SECRET: &str = "100%:häm+mer & ünd?";

async fn asked(client: impl FnOnce(Introspection) -> Introspection) -> Question {
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, READER);
    let introspection = Introspection::endpoint(server.url())
        .issuer(ISSUER)
        .audience(AUDIENCE);
    let node = start_node(client(introspection)).await;
    node.expect(TOKEN, read_by_alice()).await;
    let [question] = server.questions().try_into().unwrap();
    assert_eq!(question.request_line, "POST /introspect HTTP/1.1");
    assert_eq!(question.header("accept"), Some("application/json"));
    let form = "application/x-www-form-urlencoded";
    assert_eq!(question.header("content-type"), Some(form));
    question
}

#[tokio::test]
async fn client_credentials_are_form_encoded_and_then_base64_encoded() {
    let question = asked(|introspection| introspection.client(ID, SECRET)).await;
    let value = question.header("authorization").unwrap();
    let pair = STANDARD.decode(value.strip_prefix("Basic ").unwrap());
    assert_eq!(
        String::from_utf8(pair.unwrap()).unwrap(),
        "api%3A%C3%BCnd+more:100%25%3Ah%C3%A4m%2Bmer+%26+%C3%BCnd%3F"
    );
    assert_eq!(
        question.form,
        "token=the-opaque-token-of-alice&token_type_hint=access_token"
    );
}

#[tokio::test]
async fn without_client_authentication_no_client_credentials_are_sent() {
    let question = asked(Introspection::without_client_authentication).await;
    assert_eq!(question.header("authorization"), None);
    assert_eq!(
        question.form,
        "token=the-opaque-token-of-alice&token_type_hint=access_token"
    );
}
