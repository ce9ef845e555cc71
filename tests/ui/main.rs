//! What compiles, and what the compiler says about what does not: one mistake in each file, named
//! after what is wrong. `TRYBUILD=overwrite` writes the expected texts anew.

#[test]
fn handlers_that_compile() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

#[test]
fn mistakes_and_what_is_said_about_them() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("ui/fail/*.rs");
    tests.compile_fail("ui/fail/router/*.rs");
}
