//! Counts the lines of each application that are there because of authentication and authorization.
//!
//! Blank lines, comments and tests do not count. In `auth.rs` all other lines count. In other files a line counts if it
//! contains one of [`WORDS`], and an attribute or `use` counts to its end. That is more than the rules: it includes
//! imports, arguments for the caller, the routes of the handlers in `auth.rs`, and the password of a registration.
//!
//! `cargo test -p auth-tests --test applications auth_lines -- --nocapture` prints the numbers.

use std::fs;
use std::path::Path;

const WORDS: [&str; 9] = [
    "anonymous",
    "auth",
    "caller",
    "checked",
    "claims",
    "identity",
    "password",
    "policy",
    "token",
];

/// Each handler has one of these attributes, and one route.
const HANDLERS: [&str; 3] = ["#[require_auth", "#[optional_auth", "#[allow_anonymous"];

#[derive(Debug, Default, PartialEq)]
struct Lines {
    routes: usize,
    auth: usize,
    all: usize,
}

impl Lines {
    fn of_application(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("applications");
        let mut lines = Self::default();
        for file in fs::read_dir(folder.join(name)).unwrap() {
            let file = file.unwrap();
            if file.file_name() != "tests.rs" {
                let text = fs::read_to_string(file.path()).unwrap();
                lines.add(&text, file.file_name() == "auth.rs");
            }
        }
        lines
    }

    fn add(&mut self, text: &str, is_auth: bool) {
        let mut continues = false;
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with("//")) {
            let counts = is_auth || continues || is_about_auth(line);
            let begins = line.starts_with("#[") || line.starts_with("use ");
            continues = (continues || (begins && counts)) && !line.ends_with([']', ';']);
            self.routes += usize::from(HANDLERS.iter().any(|handler| line.starts_with(handler)));
            self.auth += usize::from(counts);
            self.all += 1;
        }
    }
}

fn is_about_auth(line: &str) -> bool {
    let line = line.to_lowercase().replace("author", "");
    WORDS.iter().any(|word| line.contains(word))
}

/// A change that makes an application longer changes its number here, and its commit says why.
#[test]
fn no_application_has_more_lines_about_authentication_than_recorded() {
    println!("application | routes | auth lines | all lines");
    for (application, recorded) in [
        ("login_service", 214),
        ("publishing", 205),
        ("todos", 42),
        ("token_endpoint", 50),
    ] {
        let Lines { routes, auth, all } = Lines::of_application(application);
        println!("{application} | {routes} | {auth} | {all}");
        assert!(
            auth <= recorded,
            "{application}: {auth} lines, recorded {recorded}"
        );
    }
}

#[test]
fn lines_about_authentication_are_counted_in_each_file() {
    let text = r#"
        //! Comments do not count.
        use auth_runtime::{
            Router,
        };

        #[require_auth(any(
            role = "admin",
            check = owns_order,
        ))]
        async fn show(
            Checked(order): Checked<Order>,
            State(app): State<App>,
        ) -> Json<Order> {
            Json(order)
        }

        #[derive(Clone)]
        struct Article {
            author: User,
        }
    "#;
    let mut lines = Lines::default();
    lines.add(text, false);
    let expected = |auth| Lines {
        routes: 1,
        auth,
        all: 17,
    };
    assert_eq!(lines, expected(8));
    let mut lines = Lines::default();
    lines.add(text, true);
    assert_eq!(lines, expected(17));
}
