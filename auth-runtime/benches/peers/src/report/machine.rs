//! The machine and the versions with which the figures were measured.

use std::fs;
use std::process::Command;

use super::markdown::table;

const CRATES: [&str; 13] = [
    "auth-runtime",
    "axum",
    "jsonwebtoken",
    "aws-lc-rs",
    "axum-jwt-auth",
    "aliri",
    "aliri_axum",
    "aliri_tower",
    "jwt-authorizer",
    "protect-axum",
    "quick_cache",
    "serde_json",
    "tokio",
];

pub(crate) fn report() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rustc = first_line(Command::new("rustc").arg("--version"));
    let commit = first_line(Command::new("git").args(["rev-parse", "--short", "HEAD"]));
    let mut rows = vec![
        vec!["CPU".to_owned(), format!("{}, {cores} cores", cpu())],
        vec!["rustc".to_owned(), rustc],
        vec!["commit".to_owned(), commit],
    ];
    for name in CRATES {
        rows.push(vec![format!("`{name}`"), versions(name).join(", ")]);
    }
    table("Machine and versions", &["", ""], &rows)
}

fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map(|model| model.trim_start_matches([' ', '\t', ':']));
    model.unwrap_or(std::env::consts::ARCH).to_owned()
}

fn first_line(command: &mut Command) -> String {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success());
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let line = text.and_then(|text| text.lines().next().map(str::to_owned));
    line.unwrap_or_else(|| "unknown".to_owned())
}

/// All versions of a crate in Cargo.lock.
fn versions(name: &str) -> Vec<&'static str> {
    let lock = include_str!("../../Cargo.lock");
    let name = format!("name = {name:?}");
    lock.split("[[package]]")
        .filter(|package| package.lines().any(|line| line == name))
        .filter_map(|package| {
            let mut lines = package.lines();
            lines.find_map(|line| line.strip_prefix("version = "))
        })
        .map(|version| version.trim_matches('"'))
        .collect()
}
