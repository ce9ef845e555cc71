//! Which modules of `auth-runtime` may import which: imports lead one way, kinds of credentials do not import each
//! other, and only `web` imports axum.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails may panic"
)]

mod back_ends;
mod circles;
mod uses;

use std::collections::BTreeSet;

use uses::{SOURCE_FILES, SourceFile};

/// Each module and the modules that it may import. Every module needs an entry.
///
/// A submodule has a separate entry if not all of the outer module may import it, or if it may import less. The
/// files of one entry may import each other.
const ALLOWED_IMPORTS: &[(&str, &[&str])] = &[
    // Small tools and values.
    ("box_error", &[]),
    ("clock", &[]),
    ("changes", &["box_error"]),
    ("lock", &[]),
    ("counters", &["lock"]),
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
    ("cross_site", &[]),
    (
        "keys",
        &["box_error", "counters", "fetch", "lock", "permits"],
    ),
    // What is stored.
    ("users/password", &["permits"]),
    ("users", &["lock", "scope", "box_error", "users/password"]),
    ("revocation", &["clock", "identity", "lock", "box_error"]),
    // The contract, and the kinds that implement it, side by side.
    (
        "authenticator",
        &[
            "box_error",
            "clock",
            "credential",
            "identity",
            "quoted",
            "revocation",
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
            "changes",
            "credential",
            "identity",
            "limit",
            "lock",
            "permits",
            "revocation",
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
    ("session/store", &["box_error", "clock", "lock"]),
    (
        "session",
        &[
            "authenticator",
            "box_error",
            "changes",
            "counters",
            "credential",
            "identity",
            "keys",
            "lock",
            "permits",
            "revocation",
            "scheme",
            "session/store",
            "single_flight",
            "throttle",
        ],
    ),
    // Tokens that the application issues.
    (
        "token_issuer",
        &["bearer", "clock", "fetch", "keys", "lock", "scope"],
    ),
    ("refresh_token/store", &["box_error", "lock"]),
    (
        "refresh_token",
        &[
            "box_error",
            "clock",
            "fetch",
            "keys",
            "refresh_token/store",
            "revocation",
            "throttle",
            "token_issuer",
        ],
    ),
    // Engines: they implement the stores of the modules above.
    (
        "redis",
        &["box_error", "clock", "lock", "revocation", "session"],
    ),
    (
        "sql",
        &[
            "api_key",
            "box_error",
            "clock",
            "lock",
            "refresh_token",
            "scope",
            "session",
            "users",
        ],
    ),
    // The decision, and the answer.
    (
        "policy",
        &["clock", "identity", "scheme", "scope", "token_fault"],
    ),
    ("render", &["credential", "policy", "scope"]),
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
            "cross_site",
            "fetch",
            "identity",
            "keys",
            "lock",
            "policy",
            "quoted",
            "refresh_token",
            "render",
            "revocation",
            "scheme",
            "scope",
            "session",
            "token_fault",
        ],
    ),
    (
        "access_map",
        &["auth", "identity", "policy", "scheme", "scope"],
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
            "refresh_token",
            "render",
            "scheme",
            "session",
            "throttle",
            "token_fault",
            "token_issuer",
        ],
    ),
    (
        "testing",
        &[
            "bearer",
            "box_error",
            "clock",
            "fetch",
            "identity",
            "keys",
            "policy",
            "token_issuer",
            "web",
        ],
    ),
];

/// The innermost module around this one that has an entry.
fn entry_of(module: &[String]) -> Option<&'static str> {
    (1..=module.len()).rev().find_map(|length| {
        let name = module[..length].join("/");
        ALLOWED_IMPORTS
            .iter()
            .map(|(module, _)| *module)
            .find(|module| *module == name)
    })
}

fn files_by_module() -> impl Iterator<Item = (&'static str, &'static SourceFile)> {
    SOURCE_FILES.iter().map(|file| {
        let module = entry_of(&file.module)
            .unwrap_or_else(|| panic!("{} has no entry in ALLOWED_IMPORTS", file.path.display()));
        (module, file)
    })
}

#[test]
fn a_module_imports_only_from_its_allowed_modules() {
    let mut wrong = Vec::new();
    for (module, file) in files_by_module() {
        let (_, allowed) = ALLOWED_IMPORTS
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap();
        for used in &file.uses {
            let Some(used_module) = entry_of(used) else {
                continue;
            };
            if used_module != module && !allowed.contains(&used_module) {
                wrong.push(format!(
                    "{}: `{module}` may not import `{used_module}`: {}",
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
    let used: BTreeSet<_> = files_by_module()
        .flat_map(|(module, file)| {
            let used = file.uses.iter();
            used.filter_map(move |used| Some((module, entry_of(used)?)))
        })
        .collect();
    let unused: Vec<_> = ALLOWED_IMPORTS
        .iter()
        .flat_map(|(module, allowed)| allowed.iter().map(move |used| (*module, *used)))
        .filter(|pair| !used.contains(pair))
        .collect();
    assert!(unused.is_empty(), "remove from ALLOWED_IMPORTS: {unused:?}");
}

#[test]
fn allowed_imports_lead_only_to_earlier_modules() {
    for (position, (module, uses)) in ALLOWED_IMPORTS.iter().enumerate() {
        let before: BTreeSet<_> = ALLOWED_IMPORTS[..position]
            .iter()
            .map(|(name, _)| *name)
            .collect();
        for used in *uses {
            assert!(
                before.contains(used),
                "`{module}` uses `{used}`, which comes after it"
            );
        }
    }
}

#[test]
fn only_the_web_module_imports_axum() {
    for (module, file) in files_by_module() {
        assert!(
            module == "web" || !file.identifiers.iter().any(|name| name == "axum"),
            "{}",
            file.path.display()
        );
    }
}

#[test]
fn parsing_returns_no_identity_and_policy_never_awaits() {
    let mut checked = 0;
    for (module, file) in files_by_module() {
        let banned: &[&str] = match module {
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
