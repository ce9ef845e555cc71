//! Users in a file that an administrator edits.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};
#[cfg(unix)]
use std::time::UNIX_EPOCH;
use std::time::{Duration, Instant, SystemTime};
use std::{fmt, fs, io};

use tokio::runtime::Handle;

use super::list::faults_of;
use super::{User, UserStore};
use crate::box_error::BoxError;
use crate::lock::Mutex;

/// How often the file is checked for changes.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// A check that takes longer is logged as hanging, again and again at this interval.
const HANGS_AFTER: Duration = Duration::from_secs(30);
/// A file that changed less than this ago may change again without a change of its times, because clocks of
/// file systems are coarse.
const SETTLE_TIME: Duration = Duration::from_secs(2);

/// Users in a text file, one per line:
///
/// ```text
/// # name:hash and, separated by spaces, scopes, roles and `locked`
/// alice:$argon2id$v=19$m=19456,t=2,p=1$.. scope=orders:read scope=orders:write role=support
/// bob:$argon2id$v=19$m=19456,t=2,p=1$.. locked
/// ```
///
/// The hash is the result of [`PasswordHashing::hash`](crate::users::PasswordHashing::hash), or any PHC string that
/// [`verify`](crate::users::PasswordHashing::verify) supports. `scope` and `role` may be repeated; `locked` refuses
/// the user's logins. Blank lines and lines that begin with `#` are skipped. Each line must end with a line break,
/// including the last one. Names are compared exactly.
///
/// [`new`](Self::new) reads the file. All its faults are reported when the `Auth` is built, with line numbers and
/// without hashes. Later, logins check the file once a second, and read it again if it has changed: no restart is
/// needed. If the new content has a fault, or can't be read, the previous users stay in use, and the fault is
/// logged as an error.
///
/// A file without users is a fault, because a full disk or a crash may leave an empty file. To refuse everyone,
/// keep a user that is `locked`, or remove `Basic`. A last line without a line break is a fault, because the file
/// may be truncated. But a file that is truncated between two lines is accepted: to replace the file, write a new
/// one and rename it.
///
/// ```
/// use auth_runtime::users::UserFile;
///
/// let users = UserFile::new("users");
/// # let _ = users;
/// ```
///
/// Outdated hashes are not replaced in a file: change them yourself.
#[derive(Debug)]
#[must_use]
pub struct UserFile(Arc<Watched>);

#[derive(Debug)]
struct Watched {
    path: PathBuf,
    state: Mutex<FileState>,
}

#[derive(Debug)]
struct FileState {
    /// `None` until a valid file has been read.
    users: Option<Arc<HashMap<String, User>>>,
    /// The faults of the current file.
    faults: Vec<String>,
    /// The version of the file that was read last; `None` if there was none.
    version: Option<Version>,
    /// Whether every later change of the file changes its version.
    settled: bool,
    checked_at: Instant,
    /// When the check in progress began. If the file system hangs, only one thread waits for it.
    reloading_since: Option<Instant>,
    /// When a hanging check was last logged.
    warned_at: Option<Instant>,
}

/// Whether the caller has to check the file.
#[derive(Debug, PartialEq, Eq)]
enum ReloadState {
    Due,
    NotDue,
    /// The check in progress has taken this long, which has to be logged.
    Hangs(Duration),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    modified: Option<SystemTime>,
    length: u64,
    /// The device and the inode. They detect a replaced file whose modification time was set to that of the old
    /// one, as `cp -p` and Nix do.
    #[cfg(unix)]
    file: (u64, u64),
    /// The time of the last change, including that of metadata; the modification time if the system has no such
    /// time.
    changed: Option<SystemTime>,
}

/// The result of a check of the file.
enum FileContent {
    Same,
    Users(HashMap<String, User>),
    Faults(Vec<String>),
}

impl UserFile {
    /// Reads the UTF-8 file at `path`. Its faults are reported when the `Auth` is built.
    pub fn new(path: impl AsRef<Path>) -> Self {
        let watched = Watched {
            path: path.as_ref().to_owned(),
            state: Mutex::new(FileState {
                users: None,
                faults: Vec::new(),
                version: None,
                settled: false,
                checked_at: Instant::now(),
                reloading_since: None,
                warned_at: None,
            }),
        };
        watched.reload(SystemTime::now());
        Self(Arc::new(watched))
    }
}

impl UserStore for UserFile {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        match self.0.reload_state(Instant::now()) {
            ReloadState::Due => {
                let reload = Reload(Arc::clone(&self.0));
                let work = move || reload.0.reload(SystemTime::now());
                match Handle::try_current() {
                    // A runtime that is shutting down does not run it; another one may later.
                    Ok(runtime) => drop(runtime.spawn_blocking(work).await),
                    Err(_) => work(),
                }
            }
            ReloadState::NotDue => {}
            ReloadState::Hangs(time) => tracing::warn!(
                target: "auth_runtime",
                file = %self.0.path.display(),
                seconds = time.as_secs(),
                "checking the user file hangs: changes to it are not seen"
            ),
        }
        let state = self.0.state();
        match &state.users {
            Some(users) => Ok(users.get(name).cloned()),
            None => Err(state.faults.join("; ").into()),
        }
    }

    fn faults(&self) -> Vec<BoxError> {
        let state = self.0.state();
        let faults = state.faults.iter();
        faults.map(|fault| fault.as_str().into()).collect()
    }
}

/// A reload in progress, until this is dropped.
struct Reload(Arc<Watched>);

impl Drop for Reload {
    fn drop(&mut self) {
        self.0.state().reloading_since = None;
    }
}

impl Watched {
    fn state(&self) -> MutexGuard<'_, FileState> {
        self.state.lock()
    }

    /// Whether the caller has to check the file now. If so, no other caller has to until it is done.
    fn reload_state(&self, now: Instant) -> ReloadState {
        let mut state = self.state();
        let since = |then| now.saturating_duration_since(then);
        match state.reloading_since {
            None if since(state.checked_at) < CHECK_INTERVAL => ReloadState::NotDue,
            None => {
                state.reloading_since = Some(now);
                ReloadState::Due
            }
            Some(start) if since(start) < HANGS_AFTER => ReloadState::NotDue,
            Some(_) if state.warned_at.is_some_and(|at| since(at) < HANGS_AFTER) => {
                ReloadState::NotDue
            }
            Some(start) => {
                state.warned_at = Some(now);
                ReloadState::Hangs(since(start))
            }
        }
    }

    /// Reads the file, unless it is known to be unchanged.
    fn reload(&self, now: SystemTime) {
        let known = {
            let state = self.state();
            state.version.clone().filter(|_| state.settled)
        };
        let version = Version::of(&self.path);
        let found = match &version {
            Ok(version) if known.as_ref() == Some(version) => FileContent::Same,
            Ok(_) => self.read(),
            Err(error) => FileContent::Faults(vec![self.fault(error)]),
        };

        let mut state = self.state();
        state.reloading_since = None;
        state.checked_at = Instant::now();
        state.settled = version
            .as_ref()
            .is_ok_and(|version| version.is_settled(now));
        let version = version.ok();
        let running = state.users.is_some();
        match found {
            FileContent::Same => {}
            FileContent::Users(users) => {
                if running && state.version != version {
                    tracing::info!(
                        target: "auth_runtime",
                        file = %self.path.display(),
                        users = users.len(),
                        "the user file was reloaded"
                    );
                }
                state.users = Some(Arc::new(users));
                state.faults.clear();
            }
            FileContent::Faults(faults) => {
                // Once for the same faults, not once a second.
                if running && state.faults != faults {
                    tracing::error!(
                        target: "auth_runtime",
                        faults = faults.join("; "),
                        "the user file is invalid: the previous users stay in use"
                    );
                }
                state.faults = faults;
            }
        }
        state.version = version;
    }

    fn read(&self) -> FileContent {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) => return FileContent::Faults(vec![self.fault(error)]),
        };
        match parse(&text) {
            Ok(users) => FileContent::Users(users),
            Err(faults) => {
                FileContent::Faults(faults.into_iter().map(|fault| self.fault(fault)).collect())
            }
        }
    }

    fn fault(&self, fault: impl fmt::Display) -> String {
        format!("{}: {fault}", self.path.display())
    }
}

impl Version {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let seconds = u64::try_from(metadata.ctime());
            let nanoseconds = u32::try_from(metadata.ctime_nsec());
            let changed = seconds.ok().zip(nanoseconds.ok());
            let changed = changed.and_then(|(seconds, nanoseconds)| {
                UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))
            });
            Ok(Self {
                modified: metadata.modified().ok(),
                length: metadata.len(),
                file: (metadata.dev(), metadata.ino()),
                changed,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            changed: metadata.modified().ok(),
        })
    }

    fn is_settled(&self, now: SystemTime) -> bool {
        self.changed
            .and_then(|changed| now.duration_since(changed).ok())
            .is_some_and(|since| since >= SETTLE_TIME)
    }
}

/// The users, or all faults.
fn parse(text: &str) -> Result<HashMap<String, User>, Vec<String>> {
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut users = HashMap::new();
    let mut faults = Vec::new();
    let mut lines = HashMap::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match parse_line(line) {
            Ok((name, user)) => {
                let wrong = faults_of(name, &user).map(|fault| format!("line {number}: {fault}"));
                faults.extend(wrong);
                if let Some(first) = lines.insert(name, number) {
                    faults.push(format!(
                        "line {number}: this user is already in line {first}"
                    ));
                }
                users.insert(name.to_owned(), user);
            }
            Err(fault) => faults.push(format!("line {number}: {fault}")),
        }
    }
    // A truncated file could lack the `locked` of its last user, or most of the users.
    if !text.is_empty() && !text.ends_with('\n') {
        let last = text.lines().count();
        faults.push(format!(
            "line {last}: the last line has no line break: the file may be truncated"
        ));
    }
    if users.is_empty() && faults.is_empty() {
        faults.push("the file has no users: to refuse everyone, add a locked user".to_owned());
    }
    if faults.is_empty() {
        Ok(users)
    } else {
        Err(faults)
    }
}

/// Errors do not quote the line, which may contain a password.
fn parse_line(line: &str) -> Result<(&str, User), &'static str> {
    let (name, rest) = line
        .split_once(':')
        .ok_or("there is no colon: write `name:hash`")?;
    let mut words = rest.split_ascii_whitespace();
    let hash = words.next().ok_or("there is no hash after the colon")?;
    let mut user = User::new(hash);
    for word in words {
        match word.split_once('=') {
            None if word == "locked" => user.locked = true,
            Some(("scope", scope)) => user.scopes.push(scope.to_owned()),
            Some(("role", role)) => user.roles.push(role.to_owned()),
            _ => return Err("only `scope=..`, `role=..` and `locked` are allowed after the hash"),
        }
    }
    Ok((name, user))
}

#[cfg(test)]
mod tests;
