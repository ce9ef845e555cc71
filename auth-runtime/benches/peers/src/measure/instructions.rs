//! The instructions of a request, counted by callgrind, including those of the cryptography library and of the C
//! library. Each row runs in a separate process. Its profile is left beside the program, for `callgrind_annotate`.

use std::fs;
use std::path::Path;
use std::process::Command;

use http::Request;

use super::{Figures, serve};
use crate::rows::{self, Row, Served};

const REQUESTS: u64 = 100;

/// Instructions of a request.
pub(crate) fn measure() -> Figures<f64> {
    let program = std::env::current_exe().expect("the program");
    let profiles = program.with_file_name("auth-peers-callgrind");
    fs::create_dir_all(&profiles).expect("a directory");
    let rows = rows::all()
        .into_iter()
        .map(|row| (row, under_callgrind(&program, &profiles, &row)));
    Figures(rows.collect())
}

fn under_callgrind(program: &Path, profiles: &Path, row: &Row) -> f64 {
    let profile = profiles.join(format!("{}-{}", row.id, row.algorithm.name()));
    let status = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind"])
        .arg("--toggle-collect=*instructions::counted*")
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program)
        .args(["count", row.id, row.algorithm.name()])
        .status()
        .expect("could not start valgrind. If it is missing: apt-get install valgrind");
    assert!(status.success(), "{}", row.id);
    let profile = fs::read_to_string(profile).expect("the profile");
    let total = profile
        .lines()
        .find_map(|line| line.strip_prefix("totals: "));
    let total: u64 = total.expect("a total").trim().parse().expect("a number");
    assert!(
        total > 0,
        "nothing was counted: was `counted` renamed or moved?"
    );
    total as f64 / REQUESTS as f64
}

/// Runs under callgrind.
pub(crate) fn count(row: &Row) {
    let mut served = row.build();
    // Work of the first requests only, such as verifying the token that all requests have.
    serve(row, &mut served, 10);
    let requests = served.requests(REQUESTS);
    counted(row, &mut served, requests);
}

/// The function that is measured: callgrind is given this name.
#[inline(never)]
fn counted(row: &Row, served: &mut Served, requests: Vec<Request<()>>) {
    for request in requests {
        assert_eq!(served.app.answer(request), row.status);
    }
}
