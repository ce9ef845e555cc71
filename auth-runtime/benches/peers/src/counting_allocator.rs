//! Counts the allocations of each thread. The crates for it would change the times: `stats_alloc` has atomic counters
//! for all threads, which take longer than many allocations, and `dhat` records where each allocation comes from.
#![allow(
    unsafe_code,
    reason = "a global allocator can't be implemented without it"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static COUNTED: Cell<Allocations> = const { Cell::new(Allocations { number: 0, bytes: 0 }) };
}

#[derive(Clone, Copy)]
pub(crate) struct Allocations {
    pub(crate) number: u64,
    /// The bytes requested so far, whether or not they have been freed.
    pub(crate) bytes: u64,
}

/// The allocations of this thread until now.
pub(crate) fn counted() -> Allocations {
    COUNTED.get()
}

fn count(bytes: usize) {
    let before = COUNTED.get();
    COUNTED.set(Allocations {
        number: before.number + 1,
        bytes: before.bytes + bytes as u64,
    });
}

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

struct CountingAllocator;

// SAFETY: each method passes its arguments to the same method of `System`, which implements the contract. Counting does
// not allocate: the counters are constants of the thread, without a destructor.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller promises what `System` requires.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller promises what `System` requires.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size.saturating_sub(layout.size()));
        // SAFETY: the caller promises what `System` requires.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller promises what `System` requires.
        unsafe { System.dealloc(pointer, layout) }
    }
}
