//! A network between a store and its server, which can be lost.

use std::future::pending;
use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(super) struct Proxy {
    address: SocketAddr,
    up: watch::Sender<bool>,
}

impl Proxy {
    pub(super) async fn before(server: &str) -> Self {
        let (_, host) = server.split_once('@').unwrap();
        let host = host.split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (up, watch) = watch::channel(true);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(&host).await.unwrap();
                tokio::spawn(forward(client, server, watch.clone()));
            }
        });
        Self { address, up }
    }

    /// The URL of a server behind this network.
    pub(super) fn url(&self, server: &str) -> String {
        let (credentials, rest) = server.split_once('@').unwrap();
        let (_, path) = rest.split_once('/').unwrap();
        format!("{credentials}@{}/{path}", self.address)
    }

    /// Connections are accepted, no response is sent, and all data that was sent is lost.
    pub(super) fn lose(&self) {
        self.up.send_replace(false);
    }

    /// New connections work again.
    pub(super) fn restore(&self) {
        self.up.send_replace(true);
    }
}

async fn forward(mut client: TcpStream, mut server: TcpStream, mut up: watch::Receiver<bool>) {
    let lost = async {
        let _ = up.wait_for(|up| !up).await;
    };
    tokio::select! {
        biased;
        () = lost => pending().await,
        _ = copy_bidirectional(&mut client, &mut server) => {}
    }
}
