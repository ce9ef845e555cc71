//! A connection that the tasks of a node share.

use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::connection::{Connection, Target};
use crate::box_error::BoxError;

/// It is made on first use, and made again after it was lost.
pub(super) struct SharedConnection {
    target: Arc<Target>,
    timeouts: Timeouts,
    connection: Mutex<Option<Connection>>,
}

#[derive(Clone, Copy)]
pub(super) struct Timeouts {
    /// Of a query in all.
    pub(super) query: Duration,
    /// Of a command on one connection, so that there is time for another connection.
    pub(super) command: Duration,
}

/// Whether a command is sent again if the connection was lost, and the server may have executed it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The command does no harm when it is executed twice, even at a later time.
    Once,
    Never,
}

impl SharedConnection {
    pub(super) fn new(target: Arc<Target>, timeouts: Timeouts) -> Self {
        Self {
            target,
            timeouts,
            connection: Mutex::default(),
        }
    }

    /// Sends a command. The error is the reason only, without the server.
    pub(super) async fn query<T: FromRedisValue>(
        &self,
        command: &Cmd,
        repeat: Repeat,
    ) -> Result<T, BoxError> {
        if Handle::try_current().is_err() {
            return Err("it needs a Tokio runtime".into());
        }
        let answer = timeout(self.timeouts.query, self.send(command, repeat));
        if let Ok(answer) = answer.await {
            return Ok(answer?);
        }
        // If it is locked, another task is about to replace it.
        if let Ok(mut connection) = self.connection.try_lock() {
            *connection = None;
        }
        Err("no answer in time".into())
    }

    async fn send<T: FromRedisValue>(&self, command: &Cmd, mut repeat: Repeat) -> RedisResult<T> {
        loop {
            let (mut connection, is_new) = self.connect().await?;
            let error = match connection.query(command).await {
                Err(error) if !is_refused(&error) => error,
                answer => return answer,
            };
            self.discard(&connection).await;
            // A new connection was not lost before, so another one would not help.
            if is_new || repeat == Repeat::Never {
                return Err(error);
            }
            repeat = Repeat::Never;
        }
    }

    /// The connection, and whether it was made for this task.
    async fn connect(&self) -> RedisResult<(Connection, bool)> {
        let mut shared = self.connection.lock().await;
        if let Some(connection) = shared.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok((connection.clone(), false));
        }
        *shared = None;
        // Boxed, because it is large and would be part of the future of every query.
        let connection = Box::pin(self.target.connect(self.timeouts.command)).await?;
        Ok((shared.insert(connection).clone(), true))
    }

    async fn discard(&self, lost: &Connection) {
        let mut shared = self.connection.lock().await;
        if shared.as_ref().is_some_and(|shared| shared.is(lost)) {
            *shared = None;
        }
    }
}

/// Whether the server received the command and refused it. Otherwise the connection may be lost.
pub(super) fn is_refused(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}
