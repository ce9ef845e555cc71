//! The tables, in Markdown.

mod allocations;
mod instructions;
mod machine;
mod markdown;
mod observers;
mod scale;
mod sections;
mod threads;
mod time;
mod wrk;

pub(crate) use self::allocations::report as allocations;
pub(crate) use self::instructions::report as instructions;
pub(crate) use self::machine::report as machine;
pub(crate) use self::observers::report as observers;
pub(crate) use self::scale::{report as scale, too_steep};
pub(crate) use self::threads::{report as threads, too_slow};
pub(crate) use self::time::report as time;
pub(crate) use self::wrk::report as wrk;
