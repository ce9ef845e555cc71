//! Rules compared with an independent model.

mod challenge;
mod evaluation;
mod model;
