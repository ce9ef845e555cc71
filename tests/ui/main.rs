//! UI tests. The files in `pass` must compile. Each file in `fail` has one mistake, and must cause the compiler messages in
//! its `.stderr` file. The file name is the rule that the mistake breaks.
//!
//! `TRYBUILD=overwrite cargo test -p auth-tests --test ui` updates the `.stderr` files.

#[path = "../../auth-macros/src/requirement/scheme/built_in.rs"]
mod built_in;

#[test]
fn the_macro_and_the_runtime_have_the_same_built_in_schemes() {
    let runtime = auth_runtime::__private::BUILT_IN.map(|(name, _)| name);
    assert_eq!(built_in::BUILT_IN, runtime);
}

#[test]
fn valid_handlers_compile() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

#[test]
fn each_mistake_has_its_recorded_compiler_message() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("ui/fail/*.rs");
    tests.compile_fail("ui/fail/router/*.rs");
}

#[test]
fn each_attribute_mistake_causes_one_error() {
    let file = "ui/fail/router/each_attribute_mistake_causes_one_error";
    let read = |extension| {
        std::fs::read_to_string(format!("{file}.{extension}")).expect("could not read the file")
    };
    let (source, errors) = (read("rs"), read("stderr"));
    let mistakes: Vec<String> = (1..)
        .zip(source.lines())
        .filter(|(_, line)| line.ends_with("// mistake"))
        .map(|(number, _)| format!("--> {file}.rs:{number}:"))
        .collect();
    assert!(mistakes.len() > 25, "{mistakes:?}");
    for place in &mistakes {
        assert_eq!(errors.matches(place).count(), 1, "{place}");
    }
    let errors = errors.lines().filter(|line| line.starts_with("error"));
    assert_eq!(errors.count(), mistakes.len());
}
