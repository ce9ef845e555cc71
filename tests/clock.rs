//! Time in tests: a clock that only the test moves, and waiting that only a hung test ends.
//!
//! A busy machine may stop a test for seconds at any point. So no test compares durations on the
//! system's clock: it moves [`StoppedClock`], or it counts, or it waits for a condition.

use std::panic::Location;
use std::sync::{LazyLock, mpsc};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// How long a test may wait for anything. Only a test that hangs gets here.
const HANGS: Duration = Duration::from_secs(180);

/// Measures real time also where the clock of a test's own runtime is stopped.
static REAL_TIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .expect("a runtime")
});

/// The clock of tokio, stopped until this is dropped: it moves by [`advance`](Self::advance) only.
///
/// A clock that is merely paused moves by itself whenever all tasks wait, and a task that waits for
/// a socket looks as if it did. Tokio leaves it alone while a blocking task runs, so one does.
#[derive(Debug)]
#[must_use = "the clock moves by itself when this is dropped"]
pub struct StoppedClock {
    _running: mpsc::Sender<()>,
}

impl StoppedClock {
    /// Stops the clock of a `#[tokio::test(start_paused = true)]`. One that is paused later stands
    /// between two ticks of tokio's timers, and a timer that is due at once waits for the next tick.
    ///
    /// # Panics
    ///
    /// It was not paused.
    pub fn start() -> Self {
        let now = tokio::time::Instant::now();
        std::thread::sleep(Duration::from_nanos(1));
        assert_eq!(tokio::time::Instant::now(), now, "start_paused is missing");
        let (running, stop) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || stop.recv());
        Self { _running: running }
    }

    /// Moves it, and lets those tasks run that waited for it.
    pub async fn advance(&self, by: Duration) {
        tokio::time::advance(by).await;
    }
}

/// Waits a little on the system's clock.
async fn a_moment() {
    let moment = async { tokio::time::sleep(Duration::from_millis(5)).await };
    REAL_TIME.spawn(moment).await.expect("sleeping succeeds");
}

/// Returns when `holds` does.
///
/// # Panics
///
/// It never does.
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
/// There never is one.
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
            _ = late.join_next() => panic!("{caller}: no answer in {HANGS:?}"),
        }
    }
}
