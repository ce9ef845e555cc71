//! How this API authenticates to the introspection endpoint.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::authorization_server::{AuthorizationServer, Question};
use super::node::{AUDIENCE, ISSUER, Node, READER, ask, read_by_alice};
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
    let node = Node::start(client(introspection)).await;
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
async fn client_credentials_may_be_sent_in_the_form() {
    let question = asked(|introspection| introspection.client_secret_post(ID, SECRET)).await;
    assert_eq!(question.header("authorization"), None);
    assert_eq!(
        question.form,
        "token=the-opaque-token-of-alice&token_type_hint=access_token\
         &client_id=api%3A%C3%BCnd+more&client_secret=100%25%3Ah%C3%A4m%2Bmer+%26+%C3%BCnd%3F"
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

#[tokio::test]
async fn no_character_of_a_token_escapes_its_form_field() {
    let server = AuthorizationServer::start().await;
    let node = Node::start(ask(&server)).await;
    assert_eq!(node.status("abc+def/ghi.jkl~mno-pqr_==").await, 401);
    let anything = ask(&server).token_format(|_| true);
    let node = Node::start(anything).await;
    assert_eq!(node.status("a&client_id=eve#%20").await, 401);
    let forms: Vec<_> = server
        .questions()
        .into_iter()
        .map(|question| question.form)
        .collect();
    assert_eq!(
        forms,
        [
            "token=abc%2Bdef%2Fghi.jkl%7Emno-pqr_%3D%3D&token_type_hint=access_token",
            "token=a%26client_id%3Deve%23%2520&token_type_hint=access_token",
        ]
    );
}
