//! A file that only its owner can read, with a key that is generated once.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::generate::random_octets;
use crate::keys::fault::KeyProblem;

/// Reads the file at `path`. If it does not exist, creates it with the content that `generate` returns.
///
/// Several processes may call this at the same time: all of them get the octets of the process that made the file.
pub(super) fn read_or_create(
    path: &Path,
    generate: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, KeyProblem>,
) -> Result<Zeroizing<Vec<u8>>, KeyProblem> {
    if let Some(octets) = read_private(path)? {
        return Ok(octets);
    }
    create(path, &generate()?)?;
    // Not the octets from above: another process may have been faster.
    read_private(path)?.ok_or_else(|| unreadable(&ErrorKind::NotFound.into()))
}

/// Returns `None` if the file does not exist.
fn read_private(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyProblem> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        // Opening a pipe would wait for its writer.
        Ok(metadata) if !metadata.is_file() => {
            return Err(KeyProblem::UnreadableFile(
                "it is not a regular file".to_owned(),
            ));
        }
        _ => {}
    }
    let mut file = File::open(path).map_err(|error| unreadable(&error))?;
    check_access(&file)?;
    let mut octets = Zeroizing::new(Vec::new());
    file.read_to_end(&mut octets)
        .map_err(|error| unreadable(&error))?;
    Ok(Some(octets))
}

/// Looks at the open file and not at its path, where another file could be by now.
#[cfg(unix)]
fn check_access(file: &File) -> Result<(), KeyProblem> {
    use std::os::unix::fs::MetadataExt as _;

    const GROUP_AND_OTHERS: u32 = 0o077;
    const ROOT: u32 = 0;

    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    let mode = metadata.mode() & 0o777;
    if mode & GROUP_AND_OTHERS != 0 {
        return Err(KeyProblem::ExposedFile { mode });
    }
    let owner = metadata.uid();
    if owner != ROOT && owner != effective_user().map_err(|error| unreadable(&error))? {
        return Err(KeyProblem::FileOfAnotherUser { owner });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_access(_: &File) -> Result<(), KeyProblem> {
    Ok(())
}

/// The effective user of the process, who owns a new pipe (POSIX.1-2017, `pipe`). The standard library has no `geteuid`.
#[cfg(unix)]
fn effective_user() -> io::Result<u32> {
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt as _;

    let (reader, _writer) = io::pipe()?;
    Ok(File::from(OwnedFd::from(reader)).metadata()?.uid())
}

/// Makes the file with its whole content, or leaves the one that another process has made.
fn create(path: &Path, octets: &[u8]) -> Result<(), KeyProblem> {
    let unwritable = |error: io::Error| KeyProblem::UnwritableFile(error.to_string());
    let draft = Draft::next_to(path).ok_or(KeyProblem::NoRandomOctets)?;
    draft.write(octets).map_err(unwritable)?;
    // Unlike a rename, a link never replaces a file.
    match fs::hard_link(&draft.0, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(unwritable(error)),
        _ => {}
    }
    // So that the name of the file is not lost in a crash. Some file systems can't do this.
    if let Some(Ok(folder)) = path.parent().map(File::open) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A file that is removed when it is no longer needed.
struct Draft(PathBuf);

impl Draft {
    /// In the same folder, because a link does not lead to another file system.
    fn next_to(path: &Path) -> Option<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(
            ".{:016x}.new",
            u64::from_be_bytes(random_octets()?)
        ));
        Some(Self(path.with_file_name(name)))
    }

    fn write(&self, octets: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.0)?;
        file.write_all(octets)?;
        // A key that is lost in a crash would make all its tokens invalid.
        file.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn unreadable(error: &io::Error) -> KeyProblem {
    KeyProblem::UnreadableFile(error.to_string())
}
