//! The public names in axum's source, found by rustfmt's layout.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

pub(super) type Names = BTreeSet<String>;

pub(super) struct Source {
    routing: String,
    method_routing: String,
    handler: String,
}

impl Source {
    /// The version of axum that is tested.
    pub(super) fn read() -> Self {
        let root = folder();
        let read = |file: &str| fs::read_to_string(root.join(file)).expect(file);
        let source = Self {
            routing: read("routing/mod.rs"),
            method_routing: read("routing/method_routing.rs"),
            handler: read("handler/mod.rs"),
        };
        let made_by_macros = source.method_routing.matches("pub fn $name<").count();
        assert_eq!(made_by_macros, 4, "there is a macro that is not read here");
        source
    }

    pub(super) fn functions(&self) -> Names {
        let lines = self.method_routing.lines();
        lines
            .filter_map(|line| {
                let function = line.strip_prefix("pub fn ");
                function.or_else(|| after_macro(line, "top_level_"))
            })
            .map(name)
            .collect()
    }

    pub(super) fn router(&self) -> Names {
        of_type(&self.routing, "Router")
    }

    pub(super) fn method_router(&self) -> Names {
        of_type(&self.method_routing, "MethodRouter")
    }

    pub(super) fn handler(&self) -> Names {
        let traits = ["pub trait Handler<", "pub trait HandlerWithoutStateExt<"];
        let blocks = traits.map(|header| block(&self.handler, header));
        let lines = blocks.iter().flat_map(|block| block.lines());
        lines
            .filter_map(|line| line.strip_prefix("    fn "))
            .map(name)
            .collect()
    }
}

/// Where `cargo` has the source of axum; there is one version of it.
fn folder() -> PathBuf {
    // What other platforms need was not fetched.
    let rustc = run("rustc", &["-vV"]);
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: "));
    let host = format!("--filter-platform={}", host.expect("a host"));
    let metadata = run(
        env!("CARGO"),
        &["metadata", "--format-version=1", "--offline", &host],
    );
    let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let mut axums = packages.iter().filter(|package| package["name"] == "axum");
    let axum = axums.next().expect("axum is a dependency");
    assert!(axums.next().is_none(), "two versions of axum");
    let manifest = axum["manifest_path"].as_str().expect("a path");
    PathBuf::from(manifest).with_file_name("src")
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect(program);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The public methods of a type, and what it implements.
fn of_type(source: &str, type_name: &str) -> Names {
    let mut names = Names::new();
    let mut is_inherent = false;
    for line in source.lines() {
        if let Some(header) = line.trim_start().strip_prefix("impl") {
            // `<S> Router<S>`, ` Router`, `<B> Service<Request<B>> for Router<()>`
            let parameters = header.starts_with('<');
            let header = match header.split_once("> ") {
                Some((_, header)) if parameters => header,
                _ => header.trim_start(),
            };
            let implemented = header.split_once(" for ");
            is_inherent = implemented.is_none() && name(header) == type_name;
            if let Some((implemented, of)) = implemented
                && name(of) == type_name
            {
                let implemented = implemented.trim_start_matches("fmt::");
                names.insert(format!("impl {}", name(implemented)));
            }
        } else if is_inherent {
            let method = line
                .strip_prefix("    pub fn ")
                .or_else(|| after_macro(line.strip_prefix("    ")?, "chained_"));
            names.extend(method.map(name));
        }
    }
    names
}

/// What `chained_handler_fn!(get, GET);` begins with.
fn after_macro<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
    let (_, arguments) = line.strip_prefix(prefix)?.split_once("_fn!(")?;
    Some(arguments)
}

/// An item at the left margin, without its last line.
fn block<'a>(source: &'a str, header: &str) -> &'a str {
    let (_, rest) = source.split_once(header).expect(header);
    rest.split("\n}").next().unwrap_or(rest)
}

/// What a name begins a text with.
fn name(text: &str) -> String {
    let is_of_name = |c: &char| c.is_alphanumeric() || *c == '_';
    text.chars().take_while(is_of_name).collect()
}
