//! The tree against a model that knows nothing of it.

mod challenge;
mod model;
mod truth;
