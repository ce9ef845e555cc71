//! A proxy before a server, which drops connections.

use std::future::pending;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy on loopback.
#[derive(Debug)]
pub struct Network {
    port: u16,
    /// How often the connections were lost.
    losses: watch::Sender<u64>,
}

impl Network {
    /// A proxy before the server at this port of loopback.
    pub async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let network = Self {
            port: listener.local_addr().unwrap().port(),
            losses: watch::Sender::new(0),
        };
        let losses = network.losses.subscribe();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let mut losses = losses.clone();
                losses.mark_unchanged();
                tokio::spawn(forward(client, server, losses));
            }
        });
        network
    }

    /// The port of the proxy.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Open connections stay open and transfer nothing any more. New connections work.
    pub fn lose_connections(&self) {
        self.losses.send_modify(|losses| *losses += 1);
    }
}

async fn forward(mut client: TcpStream, mut server: TcpStream, mut losses: watch::Receiver<u64>) {
    tokio::select! {
        biased;
        Ok(()) = losses.changed() => pending().await,
        _ = copy_bidirectional(&mut client, &mut server) => {}
    }
}
