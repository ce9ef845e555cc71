//! The time and the allocations of a request while its events and counters are collected. Each combination of a
//! subscriber and a recorder runs in a separate process, because they can't be removed.

use std::process::Command;

use super::allocations;
use super::turns::Turns;
use crate::rows::{self, BARE, MISSING_SCOPE, NO_CREDENTIAL, Row, WARM};

/// The rows that are measured: an allowed request and two refused ones.
pub(crate) const OBSERVED_ROWS: [&str; 3] = [WARM, NO_CREDENTIAL, MISSING_SCOPE];

const ROUNDS: usize = 300;

/// The name in the arguments of the program, and in the table.
#[derive(Clone, Copy)]
pub(crate) struct Observers {
    id: &'static str,
    pub(crate) label: &'static str,
    has_subscriber: bool,
    has_recorder: bool,
}

const ALL: [Observers; 4] = [
    Observers {
        id: "none",
        label: "none",
        has_subscriber: false,
        has_recorder: false,
    },
    Observers {
        id: "subscriber",
        label: "a `tracing` subscriber at `info`",
        has_subscriber: true,
        has_recorder: false,
    },
    Observers {
        id: "recorder",
        label: "a `metrics` recorder",
        has_subscriber: false,
        has_recorder: true,
    },
    Observers {
        id: "both",
        label: "both",
        has_subscriber: true,
        has_recorder: true,
    },
];

pub(crate) struct Observed {
    pub(crate) observers: Observers,
    /// For each of the rows, the nanoseconds and the allocations over the bare handler.
    pub(crate) figures: Vec<(f64, f64)>,
}

/// All combinations that this build supports.
pub(crate) fn measure() -> Vec<Observed> {
    let supported = |observers: &Observers| cfg!(feature = "metrics") || !observers.has_recorder;
    ALL.into_iter()
        .filter(supported)
        .map(|observers| Observed {
            observers,
            figures: in_a_process(observers),
        })
        .collect()
}

fn in_a_process(observers: Observers) -> Vec<(f64, f64)> {
    let program = std::env::current_exe().expect("the program");
    let output = Command::new(program)
        .args(["observe", observers.id])
        .output()
        .expect("a process");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", observers.id);
    let text = String::from_utf8(output.stdout).expect("text");
    let figures = text.lines().map(|line| {
        let (time, allocations) = line.split_once(' ').expect("two figures");
        let number = |text: &str| text.parse().expect("a number");
        (number(time), number(allocations))
    });
    figures.collect()
}

/// Prints the figures of each row with these observers, for the process that started this one.
pub(crate) fn print(id: &str) {
    let observers = ALL.into_iter().find(|observers| observers.id == id);
    observers.expect("observers").install();

    let row = |id: &str| -> Row {
        let mut rows = rows::all().into_iter();
        rows.find(|row| row.id == id).expect("a row")
    };
    let rows = [BARE].iter().chain(&OBSERVED_ROWS).map(|id| row(id));
    let mut measured: Vec<_> = rows
        .map(|row| {
            let mut served = row.build();
            let (allocations, _) = allocations::of_row(&row, &mut served);
            (Turns::new(served, row.status), allocations)
        })
        .collect();
    for _ in 0..ROUNDS {
        for (turns, _) in &mut measured {
            turns.take_turn();
        }
    }
    let mut figures = measured
        .into_iter()
        .map(|(turns, allocations)| (turns.tenth_percentile(), allocations));
    let (bare_time, bare_allocations) = figures.next().expect("the bare handler");
    for (time, allocations) in figures {
        println!("{} {}", time - bare_time, allocations - bare_allocations);
    }
}

impl Observers {
    fn install(self) {
        if self.has_subscriber {
            tracing_subscriber::fmt()
                .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
                .with_writer(std::io::sink)
                .init();
        }
        if self.has_recorder {
            install_recorder();
        }
    }
}

#[cfg(feature = "metrics")]
fn install_recorder() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new();
    recorder.install_recorder().expect("the only recorder");
}

#[cfg(not(feature = "metrics"))]
fn install_recorder() {
    panic!("this needs the feature `metrics`");
}
