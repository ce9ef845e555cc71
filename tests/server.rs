//! A server on a loopback socket.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use crate::client::{Connection, Request, Response};
use crate::clock::unless_it_hangs;

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves `app` on a free port, with the address of the peer as `ConnectInfo`.
    #[allow(
        clippy::unused_async,
        reason = "all tests await it, and it needs a runtime"
    )]
    pub async fn start(app: Router) -> Self {
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let listener = listen().expect("a free port");
        let address = listener.local_addr().expect("the port");
        let task = tokio::spawn(async move {
            axum::serve(listener, app)
                .await
                .expect("serving does not fail");
        });
        Self { address, task }
    }

    /// The address of the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A new connection.
    pub async fn connect(&self) -> Connection {
        Connection::open(self.address).await
    }

    /// The response to one request on a new connection.
    pub async fn send(&self, request: &Request) -> Response {
        self.try_send(request).await.expect("a response")
    }

    /// The same, or `None` if the server closes the connection without a response.
    pub async fn try_send(&self, request: &Request) -> Option<Response> {
        let exchange = async {
            let mut connection = self.connect().await;
            connection.write(&request.to_bytes()).await;
            connection.read_last(request.is_head()).await
        };
        unless_it_hangs(exchange).await
    }
}

/// A thousand clients of one test may connect before the first connection is accepted. Beyond the backlog the
/// system drops connections, and resets them after a while.
fn listen() -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    socket.listen(4096)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
