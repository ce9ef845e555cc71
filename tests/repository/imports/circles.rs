//! Files that import each other in a circle can only be understood together, so all circles are listed.

use std::collections::{BTreeMap, BTreeSet};

use super::uses::{SOURCE_FILES, SourceFile};

/// The remaining circles, each with its reason.
const CIRCLES: &[(&[&str], &str)] = &[
    (
        &["policy/requirement", "policy/rule"],
        "a requirement can name a policy, whose rule has a requirement",
    ),
    (
        &["testing/issuer", "testing/token"],
        "an issuer makes tokens, and a token is signed by its issuer",
    ),
    (
        &["web/router/add_routes", "web/router/parts"],
        "a router takes routers as parts, and `IntoRoutes` makes one of them",
    ),
];

/// The file that a path leads to, through `pub use`.
fn file_of(files: &BTreeMap<Vec<String>, &SourceFile>, path: &[String]) -> Option<Vec<String>> {
    let length = (1..=path.len())
        .rev()
        .find(|length| files.contains_key(&path[..*length]))?;
    let module = path[..length].to_vec();
    let Some(name) = path.get(length) else {
        return Some(module);
    };
    let exports = &files[&module].exports;
    match exports.iter().find(|(exported, _)| exported == name) {
        Some((_, target)) if target != path => file_of(files, target),
        _ => Some(module),
    }
}

/// The files that each file imports, except itself and the modules around it: `bearer/logout.rs` is a part of what
/// `bearer/mod.rs` defines.
fn graph() -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let files: BTreeMap<_, _> = SOURCE_FILES
        .iter()
        .map(|file| (file.module.clone(), file))
        .collect();
    let uses = |file: &SourceFile| {
        let used = file.uses.iter().filter_map(|path| file_of(&files, path));
        used.filter(|used| !file.module.starts_with(used)).collect()
    };
    files
        .values()
        .map(|file| (file.module.clone(), uses(file)))
        .collect()
}

fn reachable<'a>(
    graph: &'a BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
    from: &'a Vec<String>,
) -> BTreeSet<&'a Vec<String>> {
    let mut found = BTreeSet::new();
    let mut next: Vec<_> = graph[from].iter().collect();
    while let Some(file) = next.pop() {
        if found.insert(file) {
            next.extend(&graph[file]);
        }
    }
    found
}

#[test]
fn circular_imports_between_files_are_listed() {
    let graph = graph();
    let reachable: BTreeMap<_, _> = graph
        .keys()
        .map(|file| (file, reachable(&graph, file)))
        .collect();
    let circles: BTreeSet<Vec<String>> = graph
        .keys()
        .filter(|file| reachable[file].contains(file))
        .map(|file| {
            let others = reachable[file].iter();
            let circle = others.filter(|other| reachable[*other].contains(file));
            circle.map(|file| file.join("/")).collect()
        })
        .collect();
    let listed: BTreeSet<Vec<String>> = CIRCLES
        .iter()
        .map(|(files, _)| files.iter().map(|file| (*file).to_owned()).collect())
        .collect();
    assert_eq!(circles, listed);
}
