//! The tables of growth.

use std::fmt::Write;

use super::markdown::{number, ratio, table};
use crate::measure::Curve;
use crate::rows::scale::Growth;

pub(crate) fn report(curves: &[Curve]) -> String {
    curves.iter().map(section).collect()
}

fn section(curve: &Curve) -> String {
    let (_, first) = curve.points[0];
    let rows: Vec<_> = curve
        .points
        .iter()
        .map(|(size, guard)| vec![number(*size as f64), number(*guard), ratio(guard / first)])
        .collect();
    let header = ["number", "guard, ns", "to the first"];
    let mut text = table(curve.series.label, &header, &rows);
    let (slope, allowed) = (curve.slope(), curve.allowed_slope());
    let step = match curve.series.growth {
        Growth::Logarithmic(_) => "a tenfold number",
        Growth::Linear(_) => "each",
    };
    writeln!(
        text,
        "\nSlope: {slope:.1} ns for {step}; allowed: {allowed:.1} ns."
    )
    .expect("memory");
    text
}

/// What the curves that grow faster than allowed are called, and by how much they grow.
pub(crate) fn too_steep(curves: &[Curve]) -> Vec<String> {
    let steep = curves
        .iter()
        .filter(|curve| curve.slope() > curve.allowed_slope());
    let fault = |curve: &Curve| {
        let (slope, allowed) = (curve.slope(), curve.allowed_slope());
        format!(
            "{}: the slope is {slope:.1} ns, allowed are {allowed:.1} ns",
            curve.series.label
        )
    };
    steep.map(fault).collect()
}
