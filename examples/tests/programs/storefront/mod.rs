//! `storefront`, over real sockets, as every kind of caller.

mod access_map;
mod access_table;
mod callers;
mod cors;
mod files;
mod grpc;
mod printed_commands;
mod refusals;
mod updates;

use std::net::SocketAddr;

use crate::curl;
use crate::process::Process;

const STOREFRONT: &str = env!("CARGO_BIN_EXE_storefront");
/// Of its issuers, so that tokens can be minted here.
const SECRET: &str = "a secret of at least thirty-two bytes";

/// The program, serving a shop of its own.
struct Shop {
    _process: Process,
    address: SocketAddr,
    /// The header field of the partner's machines.
    machine: String,
}

impl Shop {
    fn open() -> Self {
        let process = Process::start(STOREFRONT, &[("PORT", "0"), ("TOKEN_SECRET", SECRET)]);
        let machine = process.says("MACHINE=");
        let (_, machine) = machine.split_once('=').unwrap();
        let listening = process.says("Listening on http://");
        let address = listening.split(['/', ' ']).nth(4).unwrap();
        Self {
            address: address.parse().unwrap(),
            machine: machine.trim_matches('\'').to_owned(),
            _process: process,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// The status of an answer, and its head in lower case.
fn head(arguments: &[&str]) -> (u16, String) {
    let output = curl::start(arguments).wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase())
}
