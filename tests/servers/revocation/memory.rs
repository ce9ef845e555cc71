//! The list in memory.

use std::time::Duration;

use auth_runtime::revocation::MemoryRevocation;

use crate::revocation::list::revocation_list;

#[allow(clippy::unused_async, reason = "the suite asks every list like this")]
async fn lists(entry_ttl: Duration) -> (MemoryRevocation, ()) {
    (MemoryRevocation::builder().entry_ttl(entry_ttl).build(), ())
}

revocation_list!(lists);
