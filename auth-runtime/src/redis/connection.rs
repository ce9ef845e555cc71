//! Connections to a Redis server.

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

use crate::box_error::BoxError;

/// The time-out for connecting, including the login.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The address of a server, and how to log in.
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
    /// Errors never show the URL, which may contain a password.
    pub(super) fn parse(url: &str) -> Result<Self, BoxError> {
        let wrong = |reason: &str| BoxError::from(format!("the URL of Redis: {reason}"));
        // TLS is done here, not by the client: the client uses the process-wide crypto provider of rustls,
        // which panics if two providers are compiled in.
        let plain = url
            .strip_prefix("rediss://")
            .or_else(|| url.strip_prefix("valkeys://"));
        let secured = plain.is_some();
        if secured && url.contains('#') {
            return Err(wrong(
                "certificates are always verified: remove the fragment after `#`",
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
                    .map_err(|_| wrong("the host is not a name that a certificate can have"))?,
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

    /// Connects. `command_timeout` is the time-out of each command on the connection.
    pub(super) async fn connect(&self, command_timeout: Duration) -> RedisResult<Connection> {
        match timeout(CONNECT_TIMEOUT, self.open(command_timeout)).await {
            Ok(connection) => connection,
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        }
    }

    async fn open(&self, command_timeout: Duration) -> RedisResult<Connection> {
        match &self.address {
            ConnectionAddr::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                match &self.tls {
                    Some(Tls { name, connector }) => {
                        let stream = connector.connect(name.clone(), stream).await?;
                        self.log_in(stream, command_timeout).await
                    }
                    None => self.log_in(stream, command_timeout).await,
                }
            }
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await?;
                self.log_in(stream, command_timeout).await
            }
            _ => Err(io::Error::from(io::ErrorKind::Unsupported).into()),
        }
    }

    async fn log_in(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        command_timeout: Duration,
    ) -> RedisResult<Connection> {
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(command_timeout));
        let (commands, driver) =
            MultiplexedConnection::new_with_config(&self.settings, stream, config).await?;
        Ok(Connection {
            commands,
            driver: Arc::new(Driver::start(driver)),
        })
    }
}

/// Uses the certificate authorities of the system, and an explicit crypto provider, because several may be
/// compiled in.
fn connector() -> Result<TlsConnector, BoxError> {
    let mut authorities = RootCertStore::empty();
    // Certificates that can't be read or parsed are skipped.
    authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if authorities.is_empty() {
        return Err(
            "rediss: the system has no certificate authorities: install them, or set `SSL_CERT_FILE`"
                .into(),
        );
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    Ok(Arc::new(config).into())
}

/// Shows the address, without credentials.
impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Redis {}", self.address)?;
        match self.settings.db() {
            0 => Ok(()),
            database => write!(formatter, ", database {database}"),
        }
    }
}

/// Clones share the connection, which is closed when the last one is dropped.
#[derive(Clone)]
pub(super) struct Connection {
    commands: MultiplexedConnection,
    driver: Arc<Driver>,
}

impl Connection {
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.driver, &other.driver)
    }

    /// Whether the server has closed it, or its runtime has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.driver.0.is_finished()
    }

    pub(super) async fn query<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        command.query_async(&mut self.commands).await
    }

    /// Runs several commands in one round trip.
    pub(super) async fn run(&mut self, commands: &redis::Pipeline) -> RedisResult<()> {
        commands.query_async(&mut self.commands).await
    }
}

/// The task that reads and writes the socket.
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

#[cfg(test)]
mod tests {
    use redis::ConnectionAddr;

    use super::*;
    use crate::redis::RedisRevocation;

    fn target(url: &str) -> Target {
        Target::parse(url).unwrap()
    }

    #[test]
    fn a_redis_url_names_the_server_and_the_user() {
        for (url, address, user, password, database) in [
            ("redis://redis.example", "redis.example:6379", None, None, 0),
            (
                "redis://:secret@[::1]:7000/3",
                "::1:7000",
                None,
                Some("secret"),
                3,
            ),
            (
                "redis://api:a%2Fb%40c@10.0.0.1",
                "10.0.0.1:6379",
                Some("api"),
                Some("a/b@c"),
                0,
            ),
            (
                "rediss://api:secret@redis.example/1",
                "redis.example:6379",
                Some("api"),
                Some("secret"),
                1,
            ),
            (
                "valkeys://:secret@redis.example:1",
                "redis.example:1",
                None,
                Some("secret"),
                0,
            ),
        ] {
            let target = target(url);
            assert_eq!(target.address.to_string(), address, "{url}");
            assert_eq!(target.settings.username(), user, "{url}");
            assert_eq!(target.settings.password(), password, "{url}");
            assert_eq!(target.settings.db(), database, "{url}");
            assert_eq!(
                target.tls.is_some(),
                url.contains("s://") && !url.starts_with("redis:"),
                "{url}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_redis_url_of_a_unix_socket_is_a_path() {
        let target = target("unix:///run/redis.sock?db=2&pass=secret");
        assert!(
            matches!(&target.address, ConnectionAddr::Unix(path) if path.ends_with("redis.sock"))
        );
        assert_eq!(target.settings.password(), Some("secret"));
        assert_eq!(target.to_string(), "Redis /run/redis.sock, database 2");
    }

    #[test]
    fn redis_certificates_are_verified_regardless_of_the_url() {
        for url in [
            "rediss://redis.example/#insecure",
            "rediss://redis.example#insecure",
            "valkeys://:secret@redis.example/0#",
        ] {
            let error = Target::parse(url).err().map(|error| error.to_string());
            let expected =
                "the URL of Redis: certificates are always verified: remove the fragment after `#`";
            assert_eq!(error.as_deref(), Some(expected), "{url}");
        }
    }

    #[test]
    fn an_invalid_redis_url_is_an_error_that_does_not_show_the_url() {
        for url in [
            "",
            "redis",
            "http://api:secret@redis.example",
            "redis://api:secret@redis.example:port",
            "redis://api:secret@redis.example/database",
            "redis://api:secret@",
            "rediss://api:secret@",
            "rediss://api:secret@not a name",
            "rediss://api:secret@-/",
            "rediss:///run/redis.sock?pass=secret",
        ] {
            let Err(error) = Target::parse(url) else {
                panic!("{url} was accepted");
            };
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("the URL of Redis: "), "{url}: {shown}");
            for secret in ["secret", "api", "example"] {
                assert!(!shown.contains(secret), "{url}: {shown}");
            }
        }
    }

    #[test]
    fn debug_output_of_a_redis_connection_hides_user_and_password() {
        for url in [
            "redis://api:secret@redis.example/1",
            "rediss://api:secret@redis.example/1",
            "redis://redis.example/1?user=api&pass=secret",
        ] {
            assert_eq!(
                target(url).to_string(),
                "Redis redis.example:6379, database 1"
            );
            let list = RedisRevocation::builder(url)
                .prefix("shop")
                .build()
                .unwrap();
            let shown = format!("{list:?} {list:#?}");
            assert!(shown.contains("redis.example:6379"), "{shown}");
            assert!(shown.contains("shop:revoked"), "{shown}");
            assert!(
                !shown.contains("secret") && !shown.contains("api"),
                "{shown}"
            );
        }
    }
}
