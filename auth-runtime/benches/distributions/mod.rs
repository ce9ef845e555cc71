//! Compares the times of kinds of requests, to show whether they can be distinguished.

use std::time::Duration;

/// Prints the times of each kind, and how each of the others differs from the first.
pub(crate) fn print(unit: (&str, f64), kinds: Vec<(&str, Vec<Duration>)>) {
    let (unit, in_a_second) = unit;
    let kinds: Vec<_> = kinds
        .into_iter()
        .map(|(name, mut times)| {
            times.sort_unstable();
            (name, times)
        })
        .collect();
    println!("{:<24}{:>10}{:>10}{:>10}", "", "quarter", "median", "3/4");
    for (name, times) in &kinds {
        let [low, median, high] =
            [1, 2, 3].map(|quarter| times[times.len() * quarter / 4].as_secs_f64() * in_a_second);
        println!("{name:<24}{low:>10.3}{median:>10.3}{high:>10.3}  {unit}");
    }
    let [(_, first), others @ ..] = kinds.as_slice() else {
        return;
    };
    let critical = 1.63 * (2.0 / first.len() as f64).sqrt();
    println!(
        "\nversus the first line   {:>10}{:>18}",
        "longer", "greatest gap"
    );
    for (name, times) in others {
        let (longer, gap) = (longer(times, first), greatest_gap(times, first));
        println!("{name:<24}{:>9.1}%{gap:>18.3}", 100.0 * longer);
    }
    println!(
        "\nlonger: how often a random one takes longer than a random one of the first line; 50 % \
         tells nothing (Mann and Whitney).\ngreatest gap: between the cumulative distributions; \
         chance alone exceeds {critical:.3} once in a hundred times (Kolmogorov and Smirnov)."
    );
}

/// How often one of `left` is longer than one of `right`; both are sorted.
fn longer(left: &[Duration], right: &[Duration]) -> f64 {
    let shorter = |time: &Duration| right.partition_point(|other| other < time) as f64;
    let tied =
        |time: &Duration| right.partition_point(|other| other <= time) as f64 - shorter(time);
    let wins: f64 = left
        .iter()
        .map(|time| shorter(time) + tied(time) / 2.0)
        .sum();
    wins / (left.len() * right.len()) as f64
}

/// The greatest difference between the cumulative distributions of both; they are sorted.
fn greatest_gap(left: &[Duration], right: &[Duration]) -> f64 {
    let share = |times: &[Duration], until: &Duration| {
        times.partition_point(|time| time <= until) as f64 / times.len() as f64
    };
    left.iter()
        .chain(right)
        .map(|time| (share(left, time) - share(right, time)).abs())
        .fold(0.0, f64::max)
}
