//! How many more requests two threads answer than one, with one `Auth`.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use http::{Request, StatusCode};

use crate::app::App;
use crate::rows::threads::{self, Shared};

/// The time of one measurement: shorter than the scheduler lets another process run, so that some of them are not
/// interrupted.
const TIME: Duration = Duration::from_millis(5);

pub(crate) struct Throughput {
    pub(crate) label: &'static str,
    /// Requests in a second.
    pub(crate) one: f64,
    pub(crate) two: f64,
}

/// The highest rates of all rounds, because disturbances only lower them. `None` if there is one core.
pub(crate) fn measure(rounds: usize) -> Option<Vec<Throughput>> {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return None;
    }
    let rows = threads::all();
    let mut rates = vec![(0.0_f64, 0.0_f64); rows.len()];
    for _ in 0..rounds {
        for (row, (one, two)) in rows.iter().zip(&mut rates) {
            *one = one.max(rate(&row.requests[..1], row));
            *two = two.max(rate(&row.requests, row));
        }
    }
    let throughput = |(row, (one, two)): (&Shared, _)| Throughput {
        label: row.label,
        one,
        two,
    };
    Some(rows.iter().zip(rates).map(throughput).collect())
}

/// Requests in a second, with a thread for each request, which repeats it.
fn rate(requests: &[Request<()>], row: &Shared) -> f64 {
    let barrier = Barrier::new(requests.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = requests
            .iter()
            .map(|request| {
                let mut app = App::Axum(row.router.clone());
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    rate_of_thread(&mut app, request)
                })
            })
            .collect();
        let rates = threads
            .into_iter()
            .map(|thread| thread.join().expect("a rate"));
        rates.sum()
    })
}

fn rate_of_thread(app: &mut App, request: &Request<()>) -> f64 {
    let start = Instant::now();
    let mut answered = 0_u32;
    while start.elapsed() < TIME {
        for _ in 0..100 {
            assert_eq!(app.answer(request.clone()), StatusCode::OK);
        }
        answered += 100;
    }
    f64::from(answered) / start.elapsed().as_secs_f64()
}
