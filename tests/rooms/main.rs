//! The rooms of `auth-runtime`, each a module, and which of them may use which: data flows one way, kinds of
//! credentials do not know each other, and only `web` imports axum.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that can't go on has failed"
)]

mod back_ends;
mod circles;
mod uses;

use std::collections::BTreeSet;

use uses::{SourceFile, source_files};

/// Each room and the rooms that it may use. A module that is not here may not exist.
///
/// A room inside of another has an entry of its own if not everything in the outer one may use it, or if it
/// may use less. All of a room's files may use what is beside them in the room.
const DOORS: &[(&str, &[&str])] = &[
    // Small tools and values.
    ("box_error", &[]),
    ("clock", &[]),
    ("counters", &[]),
    ("lock", &[]),
    ("permits", &[]),
    ("quoted", &[]),
    ("scheme", &[]),
    ("scope", &[]),
    ("single_flight", &["lock"]),
    ("throttle", &["lock"]),
    ("token_fault", &[]),
    ("fetch", &["box_error"]),
    ("limit", &[]),
    ("identity", &["clock", "scheme", "scope"]),
    ("credential", &["scheme"]),
    (
        "keys",
        &["box_error", "counters", "fetch", "lock", "permits"],
    ),
    // What is stored.
    ("users/password", &["permits"]),
    ("users", &["lock", "scope", "box_error", "users/password"]),
    ("revocation", &["clock", "counters", "lock", "box_error"]),
    // The contract, and the kinds that implement it, side by side.
    (
        "authenticator",
        &[
            "box_error",
            "clock",
            "credential",
            "identity",
            "quoted",
            "scheme",
            "scope",
            "token_fault",
        ],
    ),
    ("api_key/parse", &[]),
    ("api_key/store", &["box_error", "lock"]),
    (
        "api_key",
        &[
            "api_key/parse",
            "api_key/store",
            "authenticator",
            "box_error",
            "credential",
            "identity",
            "limit",
            "lock",
            "permits",
            "scheme",
            "scope",
        ],
    ),
    ("basic/parse", &[]),
    (
        "basic",
        &[
            "authenticator",
            "basic/parse",
            "box_error",
            "credential",
            "identity",
            "limit",
            "permits",
            "scheme",
            "throttle",
            "users",
            "users/password",
        ],
    ),
    ("bearer/parse", &[]),
    (
        "bearer",
        &[
            "authenticator",
            "bearer/parse",
            "box_error",
            "clock",
            "counters",
            "credential",
            "fetch",
            "identity",
            "keys",
            "limit",
            "lock",
            "permits",
            "revocation",
            "scheme",
            "scope",
            "single_flight",
            "throttle",
            "token_fault",
        ],
    ),
    // Engines: they implement the stores of the rooms above.
    ("redis", &["box_error", "clock", "lock", "revocation"]),
    (
        "sql",
        &["api_key", "box_error", "clock", "lock", "scope", "users"],
    ),
    // The decision, and the answer.
    (
        "policy",
        &["clock", "identity", "scheme", "scope", "token_fault"],
    ),
    ("render", &["policy", "scope"]),
    ("challenge", &["authenticator", "policy", "scheme"]),
    (
        "auth",
        &[
            "api_key",
            "authenticator",
            "basic",
            "bearer",
            "box_error",
            "challenge",
            "clock",
            "counters",
            "credential",
            "fetch",
            "identity",
            "keys",
            "lock",
            "policy",
            "render",
            "revocation",
            "scheme",
            "scope",
            "token_fault",
        ],
    ),
    (
        "access_map",
        &["auth", "identity", "policy", "scheme", "scope"],
    ),
    (
        "testing",
        &["bearer", "box_error", "clock", "fetch", "identity", "keys"],
    ),
    (
        "web",
        &[
            "access_map",
            "auth",
            "authenticator",
            "box_error",
            "counters",
            "credential",
            "identity",
            "lock",
            "policy",
            "quoted",
            "render",
            "scheme",
            "throttle",
            "token_fault",
        ],
    ),
];

/// The room of a module: the innermost that has an entry.
fn room_of(module: &[String]) -> Option<&'static str> {
    (1..=module.len()).rev().find_map(|length| {
        let name = module[..length].join("/");
        DOORS
            .iter()
            .map(|(room, _)| *room)
            .find(|room| *room == name)
    })
}

fn files_with_rooms() -> impl Iterator<Item = (&'static str, SourceFile)> {
    source_files().into_iter().map(|file| {
        let room = room_of(&file.module)
            .unwrap_or_else(|| panic!("{} has no entry in DOORS", file.path.display()));
        (room, file)
    })
}

#[test]
fn a_module_imports_only_from_its_allowed_modules() {
    let mut wrong = Vec::new();
    for (room, file) in files_with_rooms() {
        let (_, allowed) = DOORS.iter().find(|(name, _)| *name == room).unwrap();
        for used in &file.uses {
            let Some(used_room) = room_of(used) else {
                continue;
            };
            if used_room != room && !allowed.contains(&used_room) {
                wrong.push(format!(
                    "{}: `{room}` has no door to `{used_room}`: {}",
                    file.path.display(),
                    used.join("::"),
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_allowed_import_between_modules_is_used() {
    let used: BTreeSet<_> = files_with_rooms()
        .flat_map(|(room, file)| {
            let used = file.uses.into_iter();
            used.filter_map(move |used| Some((room, room_of(&used)?)))
        })
        .collect();
    let unused: Vec<_> = DOORS
        .iter()
        .flat_map(|(room, allowed)| allowed.iter().map(move |door| (*room, *door)))
        .filter(|pair| !used.contains(pair))
        .collect();
    assert!(unused.is_empty(), "remove from DOORS: {unused:?}");
}

#[test]
fn allowed_imports_lead_only_to_earlier_modules() {
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
fn only_the_web_module_imports_axum() {
    for (room, file) in files_with_rooms() {
        assert!(
            room == "web" || !file.identifiers.iter().any(|name| name == "axum"),
            "{}",
            file.path.display()
        );
    }
}

#[test]
fn parsing_returns_no_identity_and_policy_never_awaits() {
    let mut checked = 0;
    for (room, file) in files_with_rooms() {
        let banned: &[&str] = match room {
            "credential" | "api_key/parse" | "basic/parse" | "bearer/parse" => {
                &["Identity", "async", "await"]
            }
            "policy" => &["async", "await", "SystemTime", "fs", "HeaderMap"],
            _ => continue,
        };
        checked += 1;
        for name in &file.identifiers {
            assert!(
                !banned.contains(&name.as_str()),
                "{}: {name}",
                file.path.display()
            );
        }
    }
    assert!(checked > 10, "only {checked} files");
}
