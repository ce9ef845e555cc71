//! The rooms of `auth-runtime` and the doors between them: data flows one way, and only `web/`
//! knows axum.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that can't go on has failed"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may use. A room that is not here may not exist.
const DOORS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("counters", &[]),
    ("quoted", &[]),
    ("scheme", &[]),
    ("scope", &[]),
    ("fetch", &[]),
    ("limit", &[]),
    ("password", &[]),
    ("store", &["clock", "counters", "password", "scope"]),
    ("identity", &["clock", "scheme", "scope"]),
    ("credential", &["scheme"]),
    ("keys", &["counters", "fetch"]),
    (
        "authenticator",
        &[
            "clock",
            "counters",
            "credential",
            "fetch",
            "identity",
            "keys",
            "limit",
            "password",
            "quoted",
            "scheme",
            "scope",
            "store",
        ],
    ),
    (
        "policy",
        &["authenticator", "clock", "identity", "scheme", "scope"],
    ),
    ("render", &["policy", "scope"]),
    ("challenge", &["authenticator", "policy", "scheme"]),
    (
        "auth",
        &[
            "authenticator",
            "challenge",
            "clock",
            "counters",
            "credential",
            "fetch",
            "identity",
            "keys",
            "policy",
            "render",
            "scheme",
            "scope",
            "store",
        ],
    ),
    (
        "access_map",
        &["auth", "identity", "policy", "scheme", "scope"],
    ),
    (
        "testing",
        &["authenticator", "clock", "fetch", "identity", "keys"],
    ),
    (
        "web",
        &[
            "access_map",
            "auth",
            "authenticator",
            "counters",
            "credential",
            "identity",
            "policy",
            "quoted",
            "render",
            "scheme",
        ],
    ),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../auth-runtime/src")
}

/// The files of each room, by the room's name; `lib.rs` is the house.
fn rooms() -> Vec<(String, Vec<PathBuf>)> {
    let mut rooms = Vec::new();
    for entry in fs::read_dir(source()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // Docs, with code for users in them.
        if ["macros", "recipes"].contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            let mut files = Vec::new();
            collect(&path, &mut files);
            rooms.push((name, files));
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "lib" {
            rooms.push((name, vec![path]));
        }
    }
    assert!(rooms.len() > 5, "the rooms of auth-runtime were not found");
    rooms
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Tests of a room may look around.
            if path.file_name().unwrap() != "tests" {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The lines of code: without comments, and without the tests at a file's end.
fn code(path: &Path) -> Vec<String> {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .map(|line| line.split("//").next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_room_uses_only_the_rooms_it_has_a_door_to() {
    for (room, files) in rooms() {
        let Some((_, allowed)) = DOORS.iter().find(|(name, _)| *name == room) else {
            panic!("the room `{room}` has no entry in DOORS");
        };
        for file in files {
            for line in code(&file) {
                for used in line.split("crate::").skip(1) {
                    let used: String = used
                        .chars()
                        .take_while(|character| character.is_ascii_lowercase() || *character == '_')
                        .collect();
                    let known = DOORS.iter().any(|(name, _)| *name == used);
                    assert!(
                        !known || used == room || allowed.contains(&used.as_str()),
                        "{}: `{room}` has no door to `{used}`: {line}",
                        file.display(),
                    );
                }
            }
        }
    }
}

#[test]
fn the_doors_lead_one_way() {
    for (position, (room, uses)) in DOORS.iter().enumerate() {
        let before: BTreeSet<_> = DOORS[..position].iter().map(|(name, _)| *name).collect();
        for used in *uses {
            assert!(
                before.contains(used),
                "`{room}` uses `{used}`, which comes after it"
            );
        }
    }
}

#[test]
fn only_the_web_room_knows_axum() {
    for (room, files) in rooms() {
        for file in files.iter().filter(|_| room != "web") {
            for line in code(file) {
                assert!(!line.contains("axum"), "{}: {line}", file.display());
            }
        }
    }
}

#[test]
fn parsing_vouches_for_nobody_and_policy_waits_for_nothing() {
    for (room, files) in rooms() {
        let banned: &[&str] = match room.as_str() {
            "credential" => &["Identity", "async ", ".await"],
            "policy" => &["async ", ".await", "SystemTime", "std::fs", "HeaderMap"],
            _ => continue,
        };
        for file in files {
            for line in code(&file) {
                for word in banned {
                    assert!(!line.contains(word), "{}: {line}", file.display());
                }
            }
        }
    }
}
