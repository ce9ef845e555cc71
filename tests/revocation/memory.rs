//! The list in memory.

use std::time::Duration;

use auth_runtime::MemoryRevocation;

use crate::list::revocation_list;

#[allow(clippy::unused_async, reason = "the suite asks every list like this")]
async fn lists(keep_for: Duration) -> (MemoryRevocation, ()) {
    (MemoryRevocation::new().keep_for(keep_for), ())
}

revocation_list!(lists);
