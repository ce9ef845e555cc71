//! The way to a Redis server.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, ConnectionAddr, FromRedisValue, IntoConnectionInfo,
    ProtocolVersion, RedisConnectionInfo, RedisResult,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::store::StoreError;

/// How long it may take until a connection is there, the log-in included.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where a server is, and how to log in there.
pub(super) struct Target {
    address: ConnectionAddr,
    settings: RedisConnectionInfo,
    tls: Option<Tls>,
}

struct Tls {
    name: ServerName<'static>,
    connector: TlsConnector,
}

impl Target {
    /// Errors never show the URL, in which a password may stand.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let wrong = |reason: &str| StoreError::new(format!("the URL of Redis: {reason}"));
        // TLS is ours: that of the client asks rustls for the crypto provider of the process, which
        // is a panic where two are compiled in.
        let plain = url
            .strip_prefix("rediss://")
            .or_else(|| url.strip_prefix("valkeys://"));
        let secured = plain.is_some();
        if secured && url.contains('#') {
            return Err(wrong(
                "certificates are always verified: nothing may follow a `#`",
            ));
        }
        let plain = plain.map_or_else(|| url.to_owned(), |rest| format!("redis://{rest}"));
        let info = plain.as_str().into_connection_info().map_err(|_| {
            wrong("it is not of the form redis[s]://[user][:password@]host[:port][/database]")
        })?;
        let address = info.addr().clone();
        let tls = match &address {
            ConnectionAddr::Tcp(host, _) if secured => Some(Tls {
                name: ServerName::try_from(host.clone())
                    .map_err(|_| wrong("the host is no name that a certificate can have"))?,
                connector: connector()?,
            }),
            _ => None,
        };
        Ok(Self {
            address,
            settings: info
                .redis_settings()
                .clone()
                .set_protocol(ProtocolVersion::RESP2),
            tls,
        })
    }

    /// Each command on it is answered within `patience`, or it fails.
    pub(super) async fn connect(&self, patience: Duration) -> RedisResult<Connection> {
        match timeout(PATIENCE, self.open(patience)).await {
            Ok(connection) => connection,
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        }
    }

    async fn open(&self, patience: Duration) -> RedisResult<Connection> {
        match &self.address {
            ConnectionAddr::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                match &self.tls {
                    Some(Tls { name, connector }) => {
                        let stream = connector.connect(name.clone(), stream).await?;
                        self.log_in(stream, patience).await
                    }
                    None => self.log_in(stream, patience).await,
                }
            }
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await?;
                self.log_in(stream, patience).await
            }
            _ => Err(io::Error::from(io::ErrorKind::Unsupported).into()),
        }
    }

    async fn log_in(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        patience: Duration,
    ) -> RedisResult<Connection> {
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(patience));
        let (commands, driver) =
            MultiplexedConnection::new_with_config(&self.settings, stream, config).await?;
        Ok(Connection {
            commands,
            driver: Arc::new(Driver::start(driver)),
        })
    }
}

/// With the certificate authorities of the system, and with one crypto provider whatever else is
/// compiled in.
fn connector() -> Result<TlsConnector, StoreError> {
    let mut authorities = RootCertStore::empty();
    // One that can't be read or parsed is no reason to trust none of the others.
    authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if authorities.is_empty() {
        return Err(StoreError::new(
            "rediss: the system has no certificate authorities; `SSL_CERT_FILE` can name a file",
        ));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    Ok(Arc::new(config).into())
}

/// Where it is, without credentials.
impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Redis {}", self.address)?;
        match self.settings.db() {
            0 => Ok(()),
            database => write!(formatter, ", database {database}"),
        }
    }
}

/// Clones are the same connection, which ends with the last one.
#[derive(Clone)]
pub(super) struct Connection {
    commands: MultiplexedConnection,
    driver: Arc<Driver>,
}

impl Connection {
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.driver, &other.driver)
    }

    pub(super) async fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        command.query_async(&mut self.commands).await
    }

    /// Several commands in one go.
    pub(super) async fn run(&mut self, commands: &redis::Pipeline) -> RedisResult<()> {
        commands.query_async(&mut self.commands).await
    }
}

/// What moves the bytes of a connection.
struct Driver(JoinHandle<()>);

impl Driver {
    fn start(driver: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(driver))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}
