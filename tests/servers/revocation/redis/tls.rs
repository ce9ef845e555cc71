//! Redis over TLS. A separate process reads `SSL_CERT_FILE`.

use std::path::Path;
use std::process::Command;

use auth_runtime::redis::RedisRevocation;
use auth_tests::clock::eventually;
use auth_tests::redis_server::{RedisServer, run};

use super::{is_degraded, is_refused, revoke};
use crate::revocation::{ListNode, issuer};

const URL: &str = "AUTH_TEST_REDIS_URL";

/// A certificate authority, and a certificate of it for 127.0.0.1.
fn make_certificates(folder: &Path) {
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let request = |more: &[&str]| {
        let key = [
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ];
        run("openssl", &[&key[..], &["-nodes"], more].concat());
    };
    for name in ["authority", "stranger"] {
        let (key, certificate) = (file(&format!("{name}.key")), file(&format!("{name}.pem")));
        let subject = format!("/CN={name}");
        request(&[
            "-x509",
            "-days",
            "2",
            "-subj",
            &subject,
            "-keyout",
            &key,
            "-out",
            &certificate,
        ]);
    }
    let (key, csr) = (file("server.key"), file("server.csr"));
    request(&["-subj", "/CN=server", "-keyout", &key, "-out", &csr]);
    std::fs::write(file("names"), "subjectAltName = IP:127.0.0.1\n").unwrap();
    let (authority, authority_key) = (file("authority.pem"), file("authority.key"));
    let by = [
        "-CA",
        &authority,
        "-CAkey",
        &authority_key,
        "-CAcreateserial",
    ];
    let (names, certificate) = (file("names"), file("server.pem"));
    let made = ["-in", &csr, "-extfile", &names, "-out", &certificate];
    run(
        "openssl",
        &[&["x509", "-req", "-days", "2"][..], &by, &made].concat(),
    );
}

struct Secured {
    server: RedisServer,
    url: String,
}

impl Secured {
    async fn start() -> Self {
        let mut server = RedisServer::stopped(&[]);
        make_certificates(server.folder());
        let url = server.use_tls();
        server.run().await;
        Self { server, url }
    }

    /// Runs one of the tests below in a process that trusts this authority.
    async fn is_used(&self, test: &str, authority: &str) {
        let mut process = Command::new(std::env::current_exe().unwrap());
        process
            .args([test, "--exact", "--ignored"])
            .env("SSL_CERT_FILE", self.server.folder().join(authority))
            .env(URL, &self.url);
        let output = tokio::task::spawn_blocking(move || process.output());
        let output = output.await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let passed = output.status.success() && said.contains("1 passed");
        assert!(passed, "{said}");
    }
}

#[tokio::test]
async fn redis_with_a_trusted_certificate_is_used() {
    let server = Secured::start().await;
    let test = "revocation::redis::tls::nodes_share_a_revocation_over_tls";
    server.is_used(test, "authority.pem").await;
}

#[tokio::test]
async fn redis_with_an_untrusted_certificate_is_not_used() {
    let server = Secured::start().await;
    let test = "revocation::redis::tls::nodes_do_not_trust_an_unknown_certificate";
    server.is_used(test, "stranger.pem").await;
}

#[tokio::test]
#[ignore = "run by a test above in a separate process"]
async fn nodes_share_a_revocation_over_tls() {
    let list = || RedisRevocation::new(&std::env::var(URL).unwrap()).unwrap();
    let issuer = issuer();
    let nodes = [
        ListNode::start(&issuer, list()).await,
        ListNode::start(&issuer, list()).await,
    ];
    for node in &nodes {
        node.auth.ready().await;
    }
    revoke(&nodes[0], "one").await;
    let one = issuer.token("alice").claim("jti", "one").sign();
    is_refused(&nodes[1], &one).await;
}

#[tokio::test]
#[ignore = "run by a test above in a separate process"]
async fn nodes_do_not_trust_an_unknown_certificate() {
    let list = RedisRevocation::new(&std::env::var(URL).unwrap()).unwrap();
    let issuer = issuer();
    let node = ListNode::start(&issuer, list).await;
    assert_eq!(node.status(&issuer.token("alice").sign()).await, 503);
    eventually("the reason", async || {
        let degraded = is_degraded(&node).await;
        degraded.starts_with("never read: ") && degraded.contains("certificate")
    })
    .await;
    assert!(!node.auth.is_ready());
}
