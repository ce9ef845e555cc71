//! Where to listen.

use std::io;
use std::net::Ipv4Addr;

use tokio::net::TcpListener;

/// On `PORT`; without it on 3000, or any free port if that is taken.
pub(crate) async fn at_port() -> io::Result<TcpListener> {
    let on = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    if let Ok(port) = std::env::var("PORT") {
        let port = port
            .parse()
            .map_err(|_| io::Error::other(format!("PORT={port} is not a port")))?;
        return on(port).await;
    }
    match on(3000).await {
        Ok(listener) => Ok(listener),
        Err(_) => on(0).await,
    }
}
