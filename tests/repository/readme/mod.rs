//! What the README shows is built and run as a reader would do it: pasted, in a package of its own.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails may panic"
)]

mod document;
mod links;
mod package;
mod responses;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use self::document::blocks;
use self::package::Package;

/// Stops the program when the test ends, also when it fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The status that the curl command gets, as bash runs it.
fn status_of(command: &str) -> String {
    let line = format!("{command} --silent --output /dev/null --write-out '%{{http_code}}'");
    let output = Command::new("bash")
        .args(["-c", &line])
        .output()
        .expect("bash is needed: `apt-get install bash curl`");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_blocks_of_the_readme_compile_and_do_what_it_says() {
    let rust = blocks("rust");
    let [program, tests, others @ ..] = rust.as_slice() else {
        panic!("the README begins with a program and its tests");
    };
    assert!(!others.is_empty());

    let package = Package::new("pasted", blocks("toml")[0]);
    let address = package::free_address();
    package.write(
        "src/main.rs",
        &format!("{program}\n{tests}").replace("127.0.0.1:3000", &address),
    );
    for (number, block) in others.iter().enumerate() {
        package.write(
            &format!("examples/block_{number}.rs"),
            &format!("{block}\nfn main() {{}}\n"),
        );
    }
    let built = package.cargo(&["test", "--all-targets"]);
    assert!(built.status.success(), "{}", package::text(&built.stderr));
    let report = package::text(&built.stdout);
    assert!(
        report.contains("only_callers_with_the_scope_list_orders ... ok"),
        "{report}"
    );

    let built = package.cargo(&["build"]);
    assert!(built.status.success(), "{}", package::text(&built.stderr));
    let mut program = Running(
        Command::new(package.binary())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let printed = BufReader::new(program.0.stdout.take().unwrap());
    let commands: Vec<String> = printed.lines().take(5).map(Result::unwrap).collect();
    package::wait_for(&address, &mut program.0);

    let statuses: Vec<String> = commands.iter().map(|command| status_of(command)).collect();
    assert_eq!(
        statuses,
        ["200", "200", "200", "403", "404"],
        "{commands:#?}"
    );
    assert_eq!(status_of(&format!("curl http://{address}/orders")), "401");
}

#[test]
fn the_compile_error_in_the_readme_is_what_the_compiler_says() {
    const ATTRIBUTE: &str = "#[require_auth(scope = \"orders:read\")]\n";
    let program = blocks("rust")[0];
    assert!(program.contains(ATTRIBUTE));

    let package = Package::new("forgotten", blocks("toml")[0]);
    package.write("src/main.rs", &program.replacen(ATTRIBUTE, "", 1));
    let output = package.cargo(&["build"]);
    assert!(!output.status.success());
    let error = package::text(&output.stderr);
    let mut said = error.lines().map(str::trim);
    for line in blocks("text")[0].lines() {
        assert!(
            said.any(|said| said == line.trim()),
            "the compiler does not say `{line}`, or not in this order:\n{error}"
        );
    }
}
