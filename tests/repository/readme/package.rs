//! A package as a reader of the README has it: only the place where this crate comes from differs.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::thread;
use std::time::Duration;

/// The dependency as the README has it, and how it is found here.
const REPOSITORY: &str = r#"git = "https://github.com/require-auth/require-auth""#;

pub(crate) struct Package {
    name: &'static str,
    folder: PathBuf,
}

impl Package {
    /// A new package with the README's dependencies.
    pub(crate) fn new(name: &'static str, dependencies: &str) -> Self {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("readme")
            .join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        assert!(dependencies.contains(REPOSITORY), "{dependencies}");
        let path = format!(r#"path = "{}""#, repository.join("auth-runtime").display());
        let dependencies = dependencies.replace(REPOSITORY, &path);
        let package = Self { name, folder };
        package.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                 {dependencies}\n[dev-dependencies]\n\
                 tower = {{ version = \"0.5\", features = [\"util\"] }}\n\n[workspace]\n"
            ),
        );
        // The versions that this repository is tested with.
        package.write("Cargo.lock", include_str!("../../../Cargo.lock"));
        package
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs cargo in the package. All packages share what they build.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_TERM_COLOR", "never")
            .output()
            .unwrap()
    }

    pub(crate) fn binary(&self) -> PathBuf {
        target().join("debug").join(self.name)
    }
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-target")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An address that was free a moment ago: the program of the README has a fixed one.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Waits until the program accepts connections, and fails if it has ended instead.
pub(crate) fn wait_for(address: &str, program: &mut Child) {
    while TcpStream::connect(address).is_err() {
        let ended = program.try_wait().unwrap();
        assert!(
            ended.is_none(),
            "the program of the README ended: {ended:?}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}
