//! The conformance table is a page of the guide. Its rows, the tests that name them, and the text that cites them
//! agree.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that fails ends the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn, ItemMacro, Lit};

const PAGE: &str = "auth-runtime/src/guide/conformance.md";

/// The folders and files whose comments and documents may cite rows.
const PROSE: &[&str] = &[
    "auth-macros/src",
    "auth-runtime/src",
    "examples",
    "tests",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The row that a word is, such as `A1` or `C13b`.
fn row(word: &str) -> Option<String> {
    let number = word.strip_prefix(|letter| matches!(letter, 'A'..='I'))?;
    let number = number
        .strip_suffix(|letter: char| letter.is_ascii_lowercase())
        .unwrap_or(number);
    let is_row = matches!(number.len(), 1 | 2) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_row.then(|| word.to_owned())
}

/// The rows that the name of a test begins with: `F2` and `F4` in `f2_f4_every_failed_login_is_alike`.
fn rows_of_name(name: &str) -> impl Iterator<Item = String> {
    name.split('_').map_while(|word| {
        let (letter, number) = word.split_at_checked(1)?;
        if number.is_empty() {
            return None;
        }
        row(&(letter.to_ascii_uppercase() + number))
    })
}

/// The rows of the page, which are the lines that begin with a row in the first cell.
fn rows_of_page() -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for line in read(&repository().join(PAGE)).lines() {
        let first = line
            .strip_prefix("| ")
            .and_then(|line| line.split(' ').next());
        if let Some(row) = first.and_then(row) {
            assert!(rows.insert(row.clone()), "{PAGE} has two rows {row}");
        }
    }
    assert!(rows.len() > 60, "{PAGE} has only {} rows", rows.len());
    rows
}

/// All files below a folder, or the file itself.
fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        files.push(path.to_owned());
        return;
    }
    for entry in fs::read_dir(path).unwrap() {
        collect(&entry.unwrap().path(), files);
    }
}

fn files(paths: &[&str], extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        collect(&repository().join(path), &mut files);
    }
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files
}

/// The names of tests that begin with a row, by row.
static TESTS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let mut names = Names::default();
    for file in files(&["tests", "auth-runtime/src"], "rs") {
        // The cases of this binary are tests as well: their names are string literals.
        names.literals = file.starts_with(repository().join("tests/conformance"));
        match syn::parse_file(&read(&file)) {
            Ok(parsed) => names.visit_file(&parsed),
            Err(error) => panic!("{}: {error}", file.display()),
        }
    }
    assert!(names.found.len() > 600, "only {} names", names.found.len());
    let mut tests: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for name in names.found {
        for row in rows_of_name(&name) {
            tests.entry(row).or_default().push(name.clone());
        }
    }
    tests
});

/// The names of test functions, of tests that macros declare, and of the cases in `tests/conformance`.
#[derive(Default)]
struct Names {
    literals: bool,
    found: BTreeSet<String>,
}

impl Names {
    /// A name has words after its rows.
    fn add(&mut self, name: String) {
        let rows = rows_of_name(&name).count();
        if rows > 0 && name.split('_').count() > rows {
            self.found.insert(name);
        }
    }

    /// Identifiers in macros that are items, and literals in all macros.
    fn tokens(&mut self, tokens: TokenStream, is_item: bool) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream(), is_item),
                TokenTree::Ident(name) if is_item => self.add(name.to_string()),
                TokenTree::Literal(literal) => self.visit_lit(&Lit::new(literal)),
                _ => {}
            }
        }
    }
}

fn is_test(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == "test")
}

impl<'a> Visit<'a> for Names {
    fn visit_item_fn(&mut self, function: &'a ItemFn) {
        if function.attrs.iter().any(is_test) {
            self.add(function.sig.ident.to_string());
        }
        visit::visit_item_fn(self, function);
    }

    fn visit_item_macro(&mut self, item: &'a ItemMacro) {
        self.tokens(item.mac.tokens.clone(), true);
    }

    fn visit_macro(&mut self, item: &'a syn::Macro) {
        self.tokens(item.tokens.clone(), false);
    }

    fn visit_lit(&mut self, literal: &'a Lit) {
        if let Lit::Str(text) = literal
            && self.literals
        {
            self.add(text.value());
        }
    }
}

#[test]
fn every_row_of_the_conformance_page_has_a_test() {
    let mut rows = rows_of_page();
    rows.retain(|row| !TESTS.contains_key(row));
    assert!(rows.is_empty(), "no test is named after the rows {rows:?}");
}

#[test]
fn every_row_named_by_a_test_is_on_the_conformance_page() {
    let rows = rows_of_page();
    let tests = TESTS.iter().filter(|(row, _)| !rows.contains(*row));
    let tests: Vec<_> = tests.collect();
    assert!(
        tests.is_empty(),
        "{PAGE} lacks the rows of these tests: {tests:#?}"
    );
}

#[test]
fn every_row_cited_in_a_comment_or_a_document_is_on_the_conformance_page() {
    let rows = rows_of_page();
    let mut cited = 0;
    let mut unknown = Vec::new();
    let comments = files(PROSE, "rs");
    let documents = files(PROSE, "md");
    for file in comments.iter().chain(&documents) {
        let is_code = file.extension().is_some_and(|extension| extension == "rs");
        for (number, line) in (1..).zip(read(file).lines()) {
            let text = if is_code {
                line.split_once("//").map_or("", |(_, comment)| comment)
            } else {
                line
            };
            let between = |letter: char| !letter.is_alphanumeric() && !"_%+-".contains(letter);
            for row in text.split(between).filter_map(row) {
                cited += 1;
                if !rows.contains(&row) {
                    unknown.push(format!("{}:{number}: {row}", file.display()));
                }
            }
        }
    }
    assert!(cited > 60, "only {cited} citations of rows were found");
    assert!(
        unknown.is_empty(),
        "{PAGE} lacks these rows:\n{}",
        unknown.join("\n")
    );
}
