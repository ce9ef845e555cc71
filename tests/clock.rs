//! Time in tests: a clock that only the test advances, and waiting with a limit that only a hanging test reaches.
//!
//! A busy machine may stop a test for seconds at any point. So no test compares durations on the system clock: it
//! advances a [`StoppedClock`], or it counts, or it waits for a condition.

use std::panic::Location;
use std::sync::{LazyLock, mpsc};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// How long a test may wait for anything. Only a hanging test reaches this limit.
const HANGS: Duration = Duration::from_secs(180);

/// Measures real time even if the clock of the test's runtime is stopped.
static REAL_TIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .expect("a runtime")
});

/// Tokio's clock, stopped until this is dropped. Only [`advance`](Self::advance) advances it.
///
/// A paused clock advances by itself whenever all tasks wait, also if they wait for a socket. Tokio does not
/// advance it while a blocking task runs, so one does.
#[derive(Debug)]
#[must_use = "the clock advances by itself after this is dropped"]
pub struct StoppedClock {
    _running: mpsc::Sender<()>,
}

impl StoppedClock {
    /// Stops the clock of a `#[tokio::test(start_paused = true)]`. A clock that is paused later stops between two
    /// ticks of tokio's timers, and a timer that is due at once waits for the next tick.
    ///
    /// # Panics
    ///
    /// The clock was not paused.
    pub fn start() -> Self {
        let now = tokio::time::Instant::now();
        std::thread::sleep(Duration::from_nanos(1));
        assert_eq!(tokio::time::Instant::now(), now, "start_paused is missing");
        let (running, stop) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || stop.recv());
        Self { _running: running }
    }

    /// Advances the clock, and lets the tasks run that waited for it.
    pub async fn advance(&self, by: Duration) {
        tokio::time::advance(by).await;
    }
}

/// Waits for a moment of real time.
async fn a_moment() {
    let moment = async { tokio::time::sleep(Duration::from_millis(5)).await };
    REAL_TIME.spawn(moment).await.expect("sleeping succeeds");
}

/// Returns when `holds` returns true.
///
/// # Panics
///
/// `holds` never returned true.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let caller = Location::caller();
    async move {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < HANGS, "{caller}: never: {what}");
            a_moment().await;
        }
    }
}

/// The output of `future`.
///
/// # Panics
///
/// The future never completed.
#[track_caller]
pub fn unless_it_hangs<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let caller = Location::caller();
    async move {
        // Dropping it ends the task.
        let mut late = JoinSet::new();
        late.spawn_on(
            async { tokio::time::sleep(HANGS).await },
            REAL_TIME.handle(),
        );
        tokio::select! {
            biased;
            output = future => output,
            _ = late.join_next() => panic!("{caller}: not completed in {HANGS:?}"),
        }
    }
}
