//! The format of user files, and changes of a file.

use std::fs::{File, FileTimes};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$MTIzNDU2Nzg$FrU+NwEIycX6TirU";
const OTHER: &str =
    "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$+7soe+UrNSam+YwR4ODwdiwAMCPQYcEWSaJfv+8tCo8";

#[test]
fn a_user_file_line_has_a_name_a_hash_scopes_and_roles() {
    let text = format!(
        "\u{FEFF}# people\r\n\
         alice:{HASH} scope=orders:read\tscope=a=b,c  role=support\r\n\
         \r\n   \n\
         bob the builder:{OTHER} locked\n\
         grüße:{HASH}\n"
    );
    let users = parse(&text).unwrap();
    assert_eq!(users.len(), 3);
    let alice = &users["alice"];
    assert_eq!(alice.password_hash, HASH);
    assert_eq!(alice.scopes, ["orders:read", "a=b,c"]);
    assert_eq!(alice.roles, ["support"]);
    assert!(!alice.locked && alice.expires_at.is_none());
    let bob = &users["bob the builder"];
    assert_eq!(bob.password_hash, OTHER);
    assert!(bob.locked && bob.scopes.is_empty() && bob.roles.is_empty());
    assert!(users.contains_key("grüße"));
}

#[test]
fn a_user_file_without_any_user_is_a_fault() {
    for text in ["", "\u{FEFF}", "\n\n", "# nobody yet\n"] {
        let faults = parse(text).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].starts_with("the file has no users"), "{faults:?}");
    }
}

#[test]
fn a_user_file_truncated_within_a_line_is_a_fault() {
    let last = format!("bob:{HASH} scope=read locked");
    let text = format!("alice:{HASH}\n{last}\n");
    assert!(parse(&text).unwrap()["bob"].locked);
    for end in 1..=last.len() {
        let torn = text.len() - 1 - last.len() + end;
        let faults = parse(&text[..torn]).unwrap_err();
        let fault = "line 2: the last line has no line break: the file may be truncated";
        assert!(faults.iter().any(|said| said == fault), "{faults:?}");
    }
}

#[tokio::test]
async fn a_truncated_or_emptied_user_file_keeps_the_previous_users() {
    let text = format!("alice:{HASH}\nbob:{HASH} locked\n");
    let scratch = Scratch::new(&text);
    let file = UserFile::new(&scratch.0);
    let torn = text.strip_suffix(" locked\n").unwrap();
    for (text, age) in [(torn, 50), ("", 40), ("# all gone\n", 30)] {
        scratch.write(text, age);
        later(&file);
        assert!(file.find("bob").await.unwrap().unwrap().locked);
        assert!(knows(&file, "alice").await);
        assert_eq!(faults(&file).len(), 1);
    }
    // A file with only locked users is valid.
    scratch.write(&format!("alice:{HASH} locked\n"), 20);
    later(&file);
    assert!(file.find("alice").await.unwrap().unwrap().locked);
    assert!(!knows(&file, "bob").await && faults(&file).is_empty());
}

#[test]
fn all_faults_of_a_user_file_are_reported_with_lines_and_without_hashes() {
    let text = format!(
        "alice:{HASH}\n\
         # a comment\n\
         hunter2hunter2\n\
         bob:\n\
         carol:hunter2hunter2\n\
         dave:$2y$10$abcdefghijklmnopqrstuuJ6c4VCnIi9v3tXJl7zMvhB2p3mLO3C6\n\
         erin:$apr1$abcdefgh$0123456789abcdefghijkl\n\
         frank:{{SHA}}qUqP5cyxm6YcTAhz05Hph5gvu9M=\n\
         alice:{OTHER}\n\
         :{HASH}\n\
          grace:{HASH}\n\
         heidi:{HASH} admin\n\
         ivan:{HASH} scope=\n\
         judy:{HASH}:orders:read\n\
         mal\u{7}lory:{HASH}\n\
         oscar:$argon2id$v=19$m=4194304,t=1,p=1$MTIzNDU2Nzg$FrU+NwEIycX6TirU\n"
    );
    let text = text.replace("\ngrace", "\n grace");
    let faults = parse(&text).unwrap_err();
    let expected = [
        "line 3: there is no colon: write `name:hash`",
        "line 4: there is no hash after the colon",
        "line 5: the password hash: not a PHC string",
        "line 6: the password hash: a hash of bcrypt, which is not supported",
        "line 7: the password hash: a hash of Apache's MD5",
        "line 8: the password hash: a hash of plain SHA-1",
        "line 9: this user is already in line 1",
        "line 10: the name is empty",
        "line 11: the name begins or ends with white space",
        "line 12: only `scope=..`, `role=..` and `locked` are allowed after the hash",
        "line 13: the scope \"\" has a character",
        "line 14: the password hash: not a PHC string",
        "line 15: the name has a control character",
        "line 16: the password hash: the hash requires more than 2 GiB",
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with(expected), "{fault}");
        for secret in ["hunter2", "FrU+", "+7soe", "abcdefgh", "qUqP", "MTIz"] {
            assert!(!fault.contains(secret), "{fault}");
        }
    }
    assert!(faults[3].contains("PasswordHashing::hash"), "{}", faults[3]);
}

/// A file that is deleted when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(text: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("auth-runtime-users-{}-{number}", process::id());
        let scratch = Self(std::env::temp_dir().join(name));
        scratch.write(text, 100);
        scratch
    }

    /// Last modified `age` seconds ago.
    fn write(&self, text: &str, age: u64) {
        fs::write(&self.0, text).unwrap();
        let modified = SystemTime::now() - Duration::from_secs(age);
        let file = File::options().append(true).open(&self.0).unwrap();
        file.set_times(FileTimes::new().set_modified(modified))
            .unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Sets the time of the last check to a second ago.
fn later(file: &UserFile) {
    file.0.state().checked_at -= CHECK_INTERVAL;
}

async fn knows(file: &UserFile, name: &str) -> bool {
    file.find(name).await.unwrap().is_some()
}

fn faults(file: &UserFile) -> Vec<String> {
    file.faults().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_changed_user_file_is_read_again_after_one_second() {
    let scratch = Scratch::new(&format!("alice:{HASH}\n"));
    let file = UserFile::new(&scratch.0);
    assert!(faults(&file).is_empty());
    assert!(knows(&file, "alice").await && !knows(&file, "bob").await);

    // An older file in its place counts as well.
    scratch.write(&format!("bob:{HASH}\n"), 1000);
    assert!(knows(&file, "alice").await && !knows(&file, "bob").await);
    later(&file);
    assert!(knows(&file, "bob").await && !knows(&file, "alice").await);
}

#[tokio::test]
async fn a_user_file_change_with_the_same_modification_time_is_detected() {
    let scratch = Scratch::new("");
    let now = SystemTime::now();
    let set = |name: &str| {
        scratch.write(&format!("{name}:{HASH}\n"), 0);
        let file = File::options().append(true).open(&scratch.0).unwrap();
        file.set_times(FileTimes::new().set_modified(now)).unwrap();
    };
    set("alice");
    let file = UserFile::new(&scratch.0);
    set("carol");
    later(&file);
    assert!(knows(&file, "carol").await && !knows(&file, "alice").await);
}

#[test]
fn an_unchanged_user_file_is_not_read_again() {
    let scratch = Scratch::new(&format!("alice:{HASH}\n"));
    let file = UserFile::new(&scratch.0);
    let users = || file.0.state().users.clone().unwrap();
    // Long after the file was written: until then it may change without a change of its times.
    let later = SystemTime::now() + 2 * SETTLE_TIME;
    file.0.reload(later);
    let before = users();
    file.0.reload(later);
    assert!(Arc::ptr_eq(&before, &users()));
}

#[cfg(unix)]
#[tokio::test]
async fn a_replaced_user_file_of_equal_length_and_modification_time_is_detected() {
    use std::os::unix::fs::MetadataExt;

    let directory = Scratch::new("");
    fs::remove_file(&directory.0).unwrap();
    let [first, second] = ["alice", "carol"].map(|name| {
        let scratch = Scratch::new(&format!("{name}:{HASH}\n"));
        let file = File::options().append(true).open(&scratch.0).unwrap();
        // Nix gives all files the same modification time.
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        file.set_times(FileTimes::new().set_modified(epoch))
            .unwrap();
        scratch
    });
    let link = &directory.0;
    std::os::unix::fs::symlink(&first.0, link).unwrap();
    let file = UserFile::new(link);
    // From now on, only the metadata of the file system distinguishes them.
    file.0.reload(SystemTime::now() + 2 * SETTLE_TIME);
    assert!(file.0.state().settled);
    assert!(knows(&file, "alice").await);

    fs::remove_file(link).unwrap();
    std::os::unix::fs::symlink(&second.0, link).unwrap();
    later(&file);
    assert!(knows(&file, "carol").await && !knows(&file, "alice").await);

    // The same file, overwritten, with its time set back, as by `cp -p`.
    let text = fs::read_to_string(&first.0).unwrap();
    file.0.reload(SystemTime::now() + 2 * SETTLE_TIME);
    let before = fs::metadata(&second.0).unwrap();
    let changed = |metadata: &fs::Metadata| (metadata.ctime(), metadata.ctime_nsec());
    // The clock of the file system may take a moment to advance.
    while changed(&fs::metadata(&second.0).unwrap()) == changed(&before) {
        fs::write(&second.0, &text).unwrap();
        let handle = File::options().append(true).open(&second.0).unwrap();
        let times = FileTimes::new().set_modified(before.modified().unwrap());
        handle.set_times(times).unwrap();
    }
    later(&file);
    assert!(knows(&file, "alice").await && !knows(&file, "carol").await);
}

#[tokio::test]
async fn a_faulty_user_file_keeps_the_previous_users_until_it_is_repaired() {
    let scratch = Scratch::new(&format!("alice:{HASH}\n"));
    let file = UserFile::new(&scratch.0);

    scratch.write(&format!("bob:{HASH}\ncarol\n"), 50);
    later(&file);
    assert!(knows(&file, "alice").await && !knows(&file, "bob").await);
    assert_eq!(faults(&file).len(), 1);
    assert!(faults(&file)[0].ends_with("line 2: there is no colon: write `name:hash`"));

    fs::remove_file(&scratch.0).unwrap();
    later(&file);
    assert!(knows(&file, "alice").await);

    fs::write(&scratch.0, b"alice:\xFF\n").unwrap();
    later(&file);
    assert!(knows(&file, "alice").await);

    scratch.write(&format!("bob:{HASH}\n"), 25);
    later(&file);
    assert!(knows(&file, "bob").await && !knows(&file, "alice").await);
    assert!(faults(&file).is_empty());
}

#[tokio::test]
async fn without_any_valid_user_file_the_store_is_unavailable() {
    let scratch = Scratch::new("alice\n");
    let path = scratch.0.clone();
    let file = UserFile::new(&path);
    assert_eq!(faults(&file).len(), 1);
    file.find("alice").await.unwrap_err();
    drop(scratch);

    let file = UserFile::new(&path);
    assert!(faults(&file)[0].starts_with(&format!("{}: ", path.display())));
    file.find("alice").await.unwrap_err();
}

#[test]
fn a_user_file_is_checked_by_one_task_at_a_time_once_a_second() {
    let scratch = Scratch::new("alice\n");
    let watched = UserFile::new(&scratch.0).0;
    let start = watched.state().checked_at;
    assert_eq!(
        watched.reload_state(start + CHECK_INTERVAL / 2),
        ReloadState::NotDue
    );
    assert_eq!(
        watched.reload_state(start + CHECK_INTERVAL),
        ReloadState::Due
    );
    assert_eq!(
        watched.reload_state(start + 10 * CHECK_INTERVAL),
        ReloadState::NotDue
    );
    watched.reload(SystemTime::now());
    assert_eq!(watched.reload_state(start), ReloadState::NotDue);
    let last = watched.state().checked_at;
    assert_eq!(
        watched.reload_state(last + CHECK_INTERVAL),
        ReloadState::Due
    );
}

#[test]
fn a_hanging_check_of_the_user_file_is_reported_periodically() {
    let scratch = Scratch::new("alice\n");
    let watched = UserFile::new(&scratch.0).0;
    // Long after the last check.
    let start = watched.state().checked_at + 100 * HANGS_AFTER;
    assert_eq!(watched.reload_state(start), ReloadState::Due);
    let said: Vec<_> = (0..100)
        .map(|second| watched.reload_state(start + Duration::from_secs(second)))
        .filter(|reload| *reload != ReloadState::NotDue)
        .collect();
    let expected = [30, 60, 90].map(|seconds| ReloadState::Hangs(Duration::from_secs(seconds)));
    assert_eq!(said, expected);
    watched.reload(SystemTime::now());
    assert_eq!(watched.reload_state(start), ReloadState::Due);
}
