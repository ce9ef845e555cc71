//! The behaviour of every revocation list, and what Redis adds: several nodes, and outages.

mod list;
mod memory;
#[cfg(feature = "redis")]
mod redis;

use std::ops::Deref;

use auth_runtime::revocation::{Revocation, RevocationStatus};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, AuthBuilder};
use auth_tests::application::{AUDIENCE, ISSUER};
use auth_tests::expected::{Refused, refused};

use crate::node::Node;

/// Row B18.
fn was_revoked() -> Refused {
    refused(401).code("invalid_token").challenge(
        r#"Bearer realm="api", error="invalid_token", error_description="The access token was revoked""#,
    )
}

/// Row I7.
#[cfg(feature = "redis")]
fn unavailable() -> Refused {
    refused(503).retry_after("5")
}

fn issuer() -> Issuer {
    Issuer::new(ISSUER, AUDIENCE)
}

/// A node with this revocation list. Clones of `list` share its entries.
struct ListNode<L> {
    list: L,
    node: Node,
}

impl<L: Revocation + Clone> ListNode<L> {
    async fn start(issuer: &Issuer, list: L) -> Self {
        Self::of_issuers(&[issuer], list).await
    }

    async fn of_issuers(issuers: &[&Issuer], list: L) -> Self {
        let issuers = issuers.iter().map(|issuer| issuer.jwt());
        let builder = issuers
            .fold(Auth::builder(), AuthBuilder::bearer)
            .revocation(list.clone());
        Self {
            list,
            node: Node::for_any_caller(builder).await,
        }
    }

    fn list_status(&self) -> RevocationStatus {
        self.auth.status().revocation.unwrap()
    }
}

impl<L> Deref for ListNode<L> {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.node
    }
}
