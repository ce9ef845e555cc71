//! A separate server for one test, which starts and stops it.

use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) struct Cluster {
    folder: PathBuf,
    pub(super) url: String,
}

impl Cluster {
    pub(super) fn start() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);

        // Not below this package: the server runs as another user.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("auth-{}-{number}", process::id()));
        let url = cluster("start", &folder);
        Self { folder, url }
    }

    pub(super) fn start_again(&self) {
        assert_eq!(cluster("start", &self.folder), self.url);
    }

    /// Like a failing machine.
    pub(super) fn stop(&self) {
        cluster("stop", &self.folder);
    }

    /// The certificate authority of the server's certificate.
    pub(super) fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        cluster("remove", &self.folder);
    }
}

fn cluster(command: &str, folder: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("stores/cluster");
    let output = Command::new(script)
        .arg(command)
        .arg(folder)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cluster {command}: {complaint}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
