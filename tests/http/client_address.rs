//! The client address by which failures are counted: over TCP, over Unix sockets, and with a mock address.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, fs, process};

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::authenticator::FailureLimit;
use auth_runtime::users::{PasswordHashing, User, Users};
use auth_runtime::{ApiKeys, Auth, AuthBuilder, Basic, UnixPeer, require_auth};
use auth_tests::application::build;
use auth_tests::client::Request;
use auth_tests::clock::unless_it_hangs;
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::connect_info::MockConnectInfo;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::task::JoinHandle;

const TWO: NonZeroU32 = NonZeroU32::new(2).unwrap();
const HOUR: Duration = Duration::from_secs(3600);

#[require_auth]
async fn any() {}

/// A service that allows two failures for each address.
struct Service {
    app: Router,
    keys: ApiKeys,
}

impl Service {
    fn new(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let limit = FailureLimit::default().per_address(TWO, HOUR);
        let keys = ApiKeys::new(MemoryApiKeys::new()).failure_limit(limit);
        let auth = build(configure(Auth::builder().api_keys(keys.clone())));
        Self {
            app: Router::new().route("/", get(any)).layer(auth.layer()),
            keys,
        }
    }

    async fn new_key(&self) -> Request {
        let (_, key) = self.keys.create(NewApiKey::new("alice")).await.unwrap();
        Request::get("/").header("X-API-Key", key.reveal())
    }
}

async fn guess() -> Request {
    let elsewhere = ApiKeys::new(MemoryApiKeys::new());
    let (_, key) = elsewhere.create(NewApiKey::new("eve")).await.unwrap();
    Request::get("/").header("X-API-Key", key.reveal())
}

/// A server on a Unix socket.
struct UnixServer {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl UnixServer {
    /// `serve` is called with the listener and must serve it.
    fn start<F>(serve: impl FnOnce(UnixListener) -> F) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::SeqCst);
        let path = env::temp_dir().join(format!("auth-tests-{}-{number}.sock", process::id()));
        let _ = fs::remove_file(&path);
        let serving = serve(UnixListener::bind(&path).unwrap());
        let task = tokio::spawn(async { serving.await.unwrap() });
        Self { path, task }
    }

    /// Serves `app` in the way that the docs and the log recommend.
    fn with_unix_peer(app: Router) -> Self {
        let app = app.into_make_service_with_connect_info::<UnixPeer>();
        Self::start(|listener| async { axum::serve(listener, app).await })
    }

    async fn status(&self, request: &Request) -> u16 {
        unless_it_hangs(status(&self.path, request)).await
    }
}

impl Drop for UnixServer {
    fn drop(&mut self) {
        self.task.abort();
        let _ = fs::remove_file(&self.path);
    }
}

async fn status(path: &Path, request: &Request) -> u16 {
    let mut stream = UnixStream::connect(path).await.unwrap();
    stream.write_all(&request.to_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.strip_prefix("HTTP/1.1 ").unwrap();
    status[..3].parse().unwrap()
}

fn from(client: &str, request: Request) -> Request {
    request.header("X-Forwarded-For", client)
}

/// The logged errors about unknown addresses.
fn unknown_address_errors(capture: &Capture) -> Vec<String> {
    let events = capture.take_runtime_events().into_iter();
    let messages = events.map(|event| event.message().to_owned());
    messages
        .filter(|message| message.contains("counted by client address"))
        .collect()
}

/// The statuses of three wrong keys, sent with this `X-Forwarded-For`.
async fn three_guesses(server: &UnixServer, client: &str) -> [u16; 3] {
    let mut statuses = [0; 3];
    for status in &mut statuses {
        *status = server.status(&from(client, guess().await)).await;
    }
    statuses
}

#[tokio::test]
async fn a_trusted_proxy_on_a_unix_socket_names_the_client() {
    let capture = Capture::start();
    let service = Service::new(AuthBuilder::trust_unix_peers);
    let tapped = service
        .app
        .clone()
        .into_make_service_with_connect_info::<tokio::net::unix::SocketAddr>();
    for (last, server) in [
        (1, UnixServer::with_unix_peer(service.app.clone())),
        // Connection information that axum provides without `UnixPeer`.
        (
            2,
            UnixServer::start(|listener| async {
                axum::serve(listener.tap_io(|_| ()), tapped).await
            }),
        ),
        // Connection information that a layer adds.
        (
            3,
            UnixServer::start(|listener| {
                let unix_peer = axum::Extension(ConnectInfo(UnixPeer));
                let app = service.app.clone().layer(unix_peer);
                async { axum::serve(listener, app).await }
            }),
        ),
    ] {
        let guesser = format!("203.0.113.{last}");
        assert_eq!(three_guesses(&server, &guesser).await, [401, 401, 429]);
        let key = service.new_key().await;
        assert_eq!(server.status(&from(&guesser, key.clone())).await, 429);
        assert_eq!(server.status(&from("203.0.113.9", key)).await, 200);
        // Addresses that the client wrote itself stand before the proxy's, and are ignored.
        let key = service.new_key().await;
        let forged = format!("203.0.113.8, {guesser}");
        assert_eq!(server.status(&from(&forged, key)).await, 429);
    }
    assert_eq!(unknown_address_errors(&capture), [""; 0]);
}

/// With a shared count one client could make all others wait.
#[tokio::test]
async fn without_trust_unix_peers_unix_socket_clients_are_not_counted_by_address() {
    let capture = Capture::start();
    let service = Service::new(|auth| auth.trusted_proxies(["127.0.0.1", "::1"]));
    let server = UnixServer::with_unix_peer(service.app.clone());
    assert_eq!(three_guesses(&server, "203.0.113.1").await, [401; 3]);
    let key = service.new_key().await;
    assert_eq!(server.status(&from("203.0.113.1", key)).await, 200);
    assert_eq!(
        unknown_address_errors(&capture),
        [
            "failed authentications are not counted by client address: requests come through a Unix \
             socket, whose peers have no address. If only your proxy can connect to the socket, and it \
             adds `X-Forwarded-For`, call `AuthBuilder::trust_unix_peers`"
        ]
    );
}

#[tokio::test]
async fn a_trusted_proxy_that_forwards_no_address_is_logged_once() {
    let capture = Capture::start();
    let service = Service::new(AuthBuilder::trust_unix_peers);
    let server = UnixServer::with_unix_peer(service.app.clone());
    for _ in 0..3 {
        assert_eq!(server.status(&guess().await).await, 401);
    }
    assert_eq!(three_guesses(&server, "203.0.113.1, unix:").await, [401; 3]);
    assert_eq!(server.status(&service.new_key().await).await, 200);
    assert_eq!(
        unknown_address_errors(&capture),
        [
            "failed authentications are not counted by client address: a request came through a Unix \
             socket, and its `X-Forwarded-For` does not end with an address. Configure the proxy to add \
             the address of the client"
        ]
    );
}

/// A server without connection information may listen on TCP, where any client can send the field.
#[tokio::test]
async fn a_peer_of_unknown_address_is_not_a_trusted_proxy() {
    let capture = Capture::start();
    let service = Service::new(AuthBuilder::trust_unix_peers);
    let app = service.app.clone();
    let server = UnixServer::start(|listener| async { axum::serve(listener, app).await });
    assert_eq!(three_guesses(&server, "203.0.113.1").await, [401; 3]);
    assert_eq!(
        unknown_address_errors(&capture),
        [
            "failed authentications are not counted by client address: the server does not provide it. For \
             a TCP listener, serve `app.into_make_service_with_connect_info::<std::net::SocketAddr>()`; \
             for a Unix listener, `app.into_make_service_with_connect_info::<auth_runtime::UnixPeer>()`"
        ]
    );
}

#[tokio::test]
async fn trust_unix_peers_does_not_trust_tcp_peers() {
    let service = Service::new(AuthBuilder::trust_unix_peers);
    // Not even if the layer for a Unix socket is around the whole application.
    let unix_peer = axum::Extension(ConnectInfo(UnixPeer));
    let server = Server::start(service.app.clone().layer(unix_peer)).await;
    for (client, expected) in [
        ("203.0.113.1", 401),
        ("203.0.113.2", 401),
        ("203.0.113.3", 429),
    ] {
        let guess = from(client, guess().await);
        assert_eq!(server.send(&guess).await.status, expected, "{client}");
    }
}

/// The account is counted even if the address is not known.
#[tokio::test]
async fn failed_logins_over_a_unix_socket_are_counted_per_account() {
    let hashing = PasswordHashing::default().memory_kib(8).iterations(1);
    let users = Users::new().add("alice", User::new(hashing.hash("secret").unwrap()));
    let limit = FailureLimit::default().per_account(TWO, HOUR);
    let basic = Basic::users(users).hashing(hashing).failure_limit(limit);
    let auth = build(Auth::builder().basic(basic));
    let app = Router::new().route("/", get(any)).layer(auth.layer());
    let server = UnixServer::with_unix_peer(app);
    // alice:wrong
    let wrong = Request::get("/").header("Authorization", "Basic YWxpY2U6d3Jvbmc=");
    for expected in [401, 401, 429] {
        assert_eq!(server.status(&wrong).await, expected);
    }
}

/// The same order as in axum's extractor `ConnectInfo`.
#[tokio::test]
async fn a_mock_peer_address_counts_unless_the_server_provides_one() {
    let service = Service::new(|auth| auth.trusted_proxies(["10.0.0.1"]));
    let mock = |address: &str| {
        let address: SocketAddr = address.parse().unwrap();
        service.app.clone().layer(MockConnectInfo(address))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = mock("10.0.0.1:1234");
    let serving = tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    let status = async |request: &Request| {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(&request.to_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer[9..12].parse::<u16>().unwrap()
    };
    // A mock proxy is trusted like a real one.
    for expected in [401, 401, 429] {
        assert_eq!(status(&from("203.0.113.1", guess().await)).await, expected);
    }
    for expected in [401, 401, 429] {
        assert_eq!(status(&guess().await).await, expected);
    }
    serving.abort();

    // Here the server provides 127.0.0.1, which is not a trusted proxy.
    let server = Server::start(mock("10.0.0.1:1234")).await;
    for (client, expected) in [
        ("203.0.113.4", 401),
        ("203.0.113.5", 401),
        ("203.0.113.6", 429),
    ] {
        let guess = from(client, guess().await);
        assert_eq!(server.send(&guess).await.status, expected, "{client}");
    }
}
