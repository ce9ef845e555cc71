//! Locks that are not poisoned by a panic.
//!
//! Every change under such a lock leaves the data valid after each statement. So the data can still be used after a
//! panic, and one panic does not make all following requests panic.

use std::sync::{self, MutexGuard, PoisonError, RwLockReadGuard, RwLockWriteGuard, TryLockError};

/// A [`std::sync::Mutex`] without poisoning.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A [`std::sync::RwLock`] without poisoning.
#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(sync::RwLock::new(value))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` if it is locked.
    pub(crate) fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        match self.0.try_write() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    use super::*;

    fn panic_with<T>(guard: T) {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _guard = guard;
            resume_unwind(Box::new("panic of the test"));
        }));
        assert!(panicked.is_err());
    }

    #[test]
    fn a_mutex_works_after_a_panic_while_locked() {
        let mutex = Mutex::new(1);
        panic_with(mutex.lock());
        *mutex.lock() += 1;
        assert_eq!(*mutex.lock(), 2);

        let lock = RwLock::new(1);
        panic_with(lock.write());
        *lock.write() += 1;
        assert_eq!(*lock.read(), 2);
        assert!(lock.try_write().is_some());
        let reader = lock.read();
        assert!(lock.try_write().is_none());
        drop(reader);
    }
}
