//! Rules compared with an independent model.

mod challenge;
mod check_numbers;
mod evaluation;
mod model;
