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

/// How often the file is looked at.
const INTERVAL: Duration = Duration::from_secs(1);
/// A look that takes longer is said to hang, and said again this often.
const HANGS_AFTER: Duration = Duration::from_secs(30);
/// A file that was changed this short a while ago may change again without its times telling: clocks
/// of file systems are coarse.
const RECENT: Duration = Duration::from_secs(2);

/// Users in a text file, one a line:
///
/// ```text
/// # name:hash and, separated by spaces, what the user may do
/// alice:$argon2id$v=19$m=19456,t=2,p=1$.. scope=orders:read scope=orders:write role=support
/// bob:$argon2id$v=19$m=19456,t=2,p=1$.. locked
/// ```
///
/// The hash is what [`PasswordHashing::hash`](crate::users::PasswordHashing::hash) makes, or any PHC string
/// that [`verify`](crate::users::PasswordHashing::verify) takes. `scope` and `role` may stand any number
/// of times; `locked` keeps the user out. Blank lines and lines that begin with `#` are skipped.
/// Each line has an end, the last one too. Names are compared exactly.
///
/// It is read by [`new`](Self::new), and all that is wrong with it is reported when the `Auth` is
/// built, with line numbers and without hashes. Afterwards it is looked at once a second, when
/// somebody logs in, and read again if it has changed: no restart is needed. While the new text has
/// a fault, or can't be read, the users are those of before, and the fault is logged as an error.
///
/// A file without any user is a fault as well, for it is what a full disk or a crash leaves behind.
/// To let nobody in, leave a user who is `locked`, or leave `Basic` out. A line that lacks its end
/// is another sign of half a file. A file that is cut between two lines looks like a whole one,
/// though: write the new one beside the old and rename it.
///
/// ```
/// use auth_runtime::users::UserFile;
///
/// let users = UserFile::new("users");
/// # let _ = users;
/// ```
///
/// A file takes no new hashes: outdated ones stay until somebody changes them.
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
    /// `None` as long as the file was never any good.
    users: Option<Arc<HashMap<String, User>>>,
    /// What is wrong with the file as it is now.
    faults: Vec<String>,
    /// Which file was read last; `None` if there was none.
    version: Option<Version>,
    /// Whether another file could be told from that one.
    settled: bool,
    looked_at: Instant,
    /// Since when somebody is looking: a file system that hangs holds one thread, not one more each
    /// second.
    looking_since: Option<Instant>,
    /// When it was last said that a look takes too long.
    warned_at: Option<Instant>,
}

/// Whether the caller of [`Watched::reload`] is to look.
#[derive(Debug, PartialEq, Eq)]
enum ReloadState {
    Look,
    NotNow,
    /// Somebody has been looking for so long that it has to be said, and was not said lately.
    Hangs(Duration),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    modified: Option<SystemTime>,
    length: u64,
    /// The time of modification is the writer's to choose, as `cp -p` and Nix do: this tells what
    /// was put in the file's place even so. The device and the number of the file.
    #[cfg(unix)]
    file: (u64, u64),
    /// When anything was last done to the file; of the time of modification where nothing else is
    /// to be had.
    changed: Option<SystemTime>,
}

/// What a look at the file found.
enum FileContent {
    Same,
    Users(HashMap<String, User>),
    Faults(Vec<String>),
}

impl UserFile {
    /// Reads the UTF-8 file at `path`. What goes wrong is reported when the `Auth` is built.
    pub fn new(path: impl AsRef<Path>) -> Self {
        let watched = Watched {
            path: path.as_ref().to_owned(),
            state: Mutex::new(FileState {
                users: None,
                faults: Vec::new(),
                version: None,
                settled: false,
                looked_at: Instant::now(),
                looking_since: None,
                warned_at: None,
            }),
        };
        watched.look(SystemTime::now());
        Self(Arc::new(watched))
    }
}

impl UserStore for UserFile {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        match self.0.reload_state(Instant::now()) {
            ReloadState::Look => {
                let reload = Reload(Arc::clone(&self.0));
                let look = move || reload.0.look(SystemTime::now());
                match Handle::try_current() {
                    // A runtime that is shutting down does not look; another one may.
                    Ok(runtime) => drop(runtime.spawn_blocking(look).await),
                    Err(_) => look(),
                }
            }
            ReloadState::NotNow => {}
            ReloadState::Hangs(time) => tracing::warn!(
                target: "auth_runtime",
                file = %self.0.path.display(),
                seconds = time.as_secs(),
                "looking at the file of users does not end: changes to it are not seen"
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

/// A reload that is under way, until this is dropped.
struct Reload(Arc<Watched>);

impl Drop for Reload {
    fn drop(&mut self) {
        self.0.state().looking_since = None;
    }
}

impl Watched {
    /// Nothing panics while it holds the state.
    fn state(&self) -> MutexGuard<'_, FileState> {
        self.state.lock()
    }

    /// Whether the caller is to look now; nobody else is until it has.
    fn reload_state(&self, now: Instant) -> ReloadState {
        let mut state = self.state();
        let since = |then| now.saturating_duration_since(then);
        match state.looking_since {
            None if since(state.looked_at) < INTERVAL => ReloadState::NotNow,
            None => {
                state.looking_since = Some(now);
                ReloadState::Look
            }
            Some(start) if since(start) < HANGS_AFTER => ReloadState::NotNow,
            Some(_) if state.warned_at.is_some_and(|at| since(at) < HANGS_AFTER) => {
                ReloadState::NotNow
            }
            Some(start) => {
                state.warned_at = Some(now);
                ReloadState::Hangs(since(start))
            }
        }
    }

    /// Reads the file if it is not known to be the one of last time.
    fn look(&self, now: SystemTime) {
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
        state.looking_since = None;
        state.looked_at = Instant::now();
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
                        "the file of users was read again"
                    );
                }
                state.users = Some(Arc::new(users));
                state.faults.clear();
            }
            FileContent::Faults(faults) => {
                // Once for all that is wrong now, and not once a second.
                if running && state.faults != faults {
                    tracing::error!(
                        target: "auth_runtime",
                        faults = faults.join("; "),
                        "the file of users can't be used as it is now: the users of before stay"
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
            .is_some_and(|since| since >= RECENT)
    }
}

/// The users, or everything that is wrong with them.
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
                        "line {number}: this user stands in line {first} too"
                    ));
                }
                users.insert(name.to_owned(), user);
            }
            Err(fault) => faults.push(format!("line {number}: {fault}")),
        }
    }
    // Half of a file would let in whoever is locked at its end, or keep out everybody.
    if !text.is_empty() && !text.ends_with('\n') {
        let last = text.lines().count();
        faults.push(format!(
            "line {last}: the last line has no line end: was all of it written?"
        ));
    }
    if users.is_empty() && faults.is_empty() {
        faults.push("there is no user in it: to let nobody in, lock a user".to_owned());
    }
    if faults.is_empty() {
        Ok(users)
    } else {
        Err(faults)
    }
}

/// Says nothing of what stands in the line: it may be a password.
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
            _ => return Err("after the hash only `scope=..`, `role=..` and `locked` may stand"),
        }
    }
    Ok((name, user))
}

#[cfg(test)]
mod tests;
