//! Compares auth-runtime with other guards for axum, with a hand-written extractor, and with the least that the checks
//! can cost. The script `run` of this package starts it.
//!
//! Each row is a router with one route, and requests for it. `rows` has the rows, `measure` the measurements, and
//! `report` the tables.

#![allow(clippy::cast_precision_loss, reason = "figures are rounded")]

mod app;
mod application;
mod counting_allocator;
mod measure;
mod report;
mod rows;

use rows::Row;

const USAGE: &str = "usage: auth-peers COMMAND
  machine               the machine and the versions
  check                 a few requests to each row
  time                  the time of a request, within this process
  allocations           the allocations of a request
  instructions          the instructions of a request, by callgrind
  scale [check]         how the time grows; `check` fails if a curve is steeper than allowed
  observers             the time and the allocations of a request with a subscriber and a recorder
  threads [check]       the throughput of two threads; `check` fails if it is lower than allowed
  wrk CORE CORE         requests in a second; the cores of the server and of wrk
  observe OBSERVERS     measures with one combination of them; `observers` starts it
  count ROW ALGORITHM   serves requests of one row; `instructions` starts it
  serve ROW ALGORITHM   serves one row over TCP; `wrk` starts it";

fn main() {
    // The look-up of API keys has a time-out, so it needs the timer of tokio.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();

    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["machine"] => print!("{}", report::machine()),
        ["check"] => measure::check(),
        ["time"] => print!("{}", report::time(&measure::time(500))),
        ["allocations"] => print!("{}", report::allocations(&measure::allocations())),
        ["instructions"] => print!("{}", report::instructions(&measure::instructions())),
        ["scale", ref check @ ..] => scale(*check == ["check"]),
        ["observers"] => print!("{}", report::observers(&measure::observers())),
        ["observe", observers] => measure::print_observed(observers),
        ["threads", ref check @ ..] => threads(*check == ["check"]),
        ["wrk", server, wrk] => print!("{}", report::wrk(&measure::wrk(server, wrk, 5))),
        ["count", id, algorithm] => measure::count(&row(id, algorithm)),
        ["serve", id, algorithm] => runtime
            .block_on(async { measure::serve_for_wrk(&row(id, algorithm)).await })
            .expect("a server"),
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    }
}

fn scale(check: bool) {
    let curves = measure::scale(300);
    print!("{}", report::scale(&curves));
    if check {
        fail_on(&report::too_steep(&curves));
    }
}

fn threads(check: bool) {
    let rows = measure::threads(100);
    print!("{}", report::threads(rows.as_deref()));
    if check {
        fail_on(&report::too_slow(rows.as_deref().unwrap_or_default()));
    }
}

fn fail_on(faults: &[String]) {
    for fault in faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        std::process::exit(1);
    }
}

fn row(id: &str, algorithm: &str) -> Row {
    let mut rows = rows::all().into_iter();
    rows.find(|row| row.id == id && row.algorithm.name() == algorithm)
        .expect("a row")
}
