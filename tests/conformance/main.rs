//! The conformance table of the guide: one test for each situation, and the exact response to it.
//!
//! The name of a test begins with its row, so `cargo test -p auth-tests --test conformance a5_` runs row A5. All
//! tests send their requests to one application, over real sockets. For every `GET` there is a second test, of
//! row I14, which sends the same request with `HEAD`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: a helper that fails ends the test"
)]
#![allow(clippy::too_many_lines, reason = "a table is as long as it has lines")]

mod access;
mod authorization;
mod case;
mod claims;
mod credentials;
mod hidden;
mod signing;
mod step_up;
mod structure;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use auth_tests::application::World;
use auth_tests::client::Request;
use case::Case;
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::{Handle, Runtime};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let runtime = Runtime::new().expect("a runtime");
    let world = Arc::new(runtime.block_on(World::start()));
    let trials = trials(&world, runtime.handle());
    assert_names(&trials);
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        runtime.block_on(world.assert_in_order());
    }
    conclusion.exit_code()
}

fn cases(world: &World) -> Vec<Case> {
    let mut cases = credentials::cases(world);
    cases.extend(structure::cases(world));
    cases.extend(signing::cases(world));
    cases.extend(claims::cases(world));
    cases.extend(authorization::cases(world));
    cases.extend(hidden::cases(world));
    cases.extend(step_up::cases(world));
    cases.extend(access::cases(world));
    cases
}

fn trials(world: &Arc<World>, runtime: &Handle) -> Vec<Trial> {
    let mut trials = Vec::new();
    for case in cases(world) {
        let case = Arc::new(case);
        if case.request.verb() == "GET" {
            let (name, case) = (format!("i14_head_{}", case.name), Arc::clone(&case));
            let head = async move |world: &World| case.check_head(world).await;
            trials.push(trial(name, world, runtime, head));
        }
        let name = case.name.clone();
        let test = async move |world: &World| case.check(world).await;
        trials.push(trial(name, world, runtime, test));
    }
    for (name, requests) in hidden::pairs(world) {
        let test = async move |world: &World| alike(&requests, world).await;
        trials.push(trial(name.to_owned(), world, runtime, test));
    }
    trials
}

fn trial(
    name: String,
    world: &Arc<World>,
    runtime: &Handle,
    test: impl AsyncFnOnce(&World) -> Result<(), String> + Send + 'static,
) -> Trial {
    let (world, runtime) = (Arc::clone(world), runtime.clone());
    Trial::test(name, move || Ok(runtime.block_on(test(&world))?))
}

/// The responses to both requests are the same bytes.
async fn alike([first, second]: &[Request; 2], world: &World) -> Result<(), String> {
    let first = world.send(first).await.comparable();
    let second = world.send(second).await.comparable();
    if first == second {
        Ok(())
    } else {
        Err(format!("{first:?}, not\n    {second:?}"))
    }
}

/// A name is lower-case words joined by `_`, of which the first is the row, and names one test.
fn assert_names(trials: &[Trial]) {
    let mut names = BTreeSet::new();
    for trial in trials {
        let name = trial.name();
        let words = || {
            name.bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        };
        assert!(
            starts_with_a_row(name) && words(),
            "not a name of a case: {name}"
        );
        assert!(names.insert(name), "two cases are named {name}");
    }
    let heads = names.iter().filter(|name| name.starts_with("i14_head_"));
    let heads = heads.count();
    assert!(heads > 450, "only {heads} cases with HEAD");
    let others = names.len() - heads;
    assert!(others > 500, "only {others} cases");
}

fn starts_with_a_row(name: &str) -> bool {
    let Some((row, _)) = name.split_once('_') else {
        return false;
    };
    let number = row
        .strip_prefix(|letter| matches!(letter, 'a'..='i'))
        .unwrap_or_default();
    number.starts_with(|digit: char| digit.is_ascii_digit())
}
