//! The running shop.

use std::net::SocketAddr;

use example_runner::{Program, curl};

pub(crate) const STOREFRONT: &str = env!("CARGO_BIN_EXE_storefront");
/// The secret of its issuers, to sign tokens here.
pub(crate) const SECRET: &str = "a secret of at least thirty-two bytes";

/// The running program.
pub(crate) struct Shop {
    _program: Program,
    pub(crate) address: SocketAddr,
    /// The header field with the key of the machines of a partner.
    pub(crate) machine: String,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let environment = [("PORT", "0"), ("TOKEN_SECRET", SECRET)];
        let program = Program::start(STOREFRONT, &[], &environment);
        let printed = program.printed();
        let address = printed.url.strip_prefix("http://").unwrap();
        Self {
            address: address.parse().unwrap(),
            machine: printed.variable("MACHINE"),
            _program: program,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// The status of a response, and its head in lower case.
pub(crate) fn head(arguments: &[&str]) -> (u16, String) {
    let response = curl(arguments);
    (response.status, response.head.to_ascii_lowercase())
}
