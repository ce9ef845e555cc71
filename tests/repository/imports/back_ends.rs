//! The application chooses the back end of its own jsonwebtoken. So no package here may enable one, because a
//! feature is enabled for the whole build, or install one, because a provider is installed for the whole process.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// An application with its own jsonwebtoken: `tests/jsonwebtoken/run` builds it with each back end.
const APPLICATION: &str = "auth-jsonwebtoken-tests";

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{output:?}");
    let mut metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    match metadata["packages"].take() {
        Value::Array(packages) => packages,
        other => panic!("no packages: {other}"),
    }
}

fn is_back_end(feature: &str) -> bool {
    ["aws_lc_rs", "rust_crypto"].contains(&feature)
}

#[test]
fn no_manifest_enables_a_back_end_of_jsonwebtoken() {
    let mut found = 0;
    for package in packages() {
        let name = &package["name"];
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["name"] == "jsonwebtoken" {
                found += 1;
                let features = dependency["features"].as_array().unwrap();
                let turned_on = features
                    .iter()
                    .any(|name| is_back_end(name.as_str().unwrap()));
                assert!(!turned_on, "{name}: {dependency}");
                assert_eq!(dependency["uses_default_features"], false, "{name}");
            }
        }
        if name == APPLICATION {
            continue;
        }
        for (feature, turns_on) in package["features"].as_object().unwrap() {
            for other in turns_on.as_array().unwrap() {
                let other = other.as_str().unwrap();
                let of_jsonwebtoken = other
                    .strip_prefix("jsonwebtoken/")
                    .or_else(|| other.strip_prefix("jsonwebtoken?/"));
                assert!(
                    !of_jsonwebtoken.is_some_and(is_back_end),
                    "{name}: {feature}"
                );
            }
        }
    }
    assert!(
        found >= 2,
        "the dependencies on jsonwebtoken were not found"
    );
}

#[test]
fn no_source_file_installs_a_process_wide_crypto_provider() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["auth-macros/src", "auth-runtime/src", "examples"] {
        collect(&root.join(folder), &mut files);
    }
    assert!(files.len() > 100, "the sources were not found");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines() {
            // The docs show how an application does it.
            let code = line.split("//").next().unwrap();
            assert!(
                !code.contains("install_default"),
                "{}: {line}",
                file.display()
            );
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
