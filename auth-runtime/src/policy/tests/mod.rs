//! The tree against a model that knows nothing of it.

mod challenge;
mod evaluation;
mod model;
