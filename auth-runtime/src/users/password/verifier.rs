//! Verifies a password with the stored hash of its user, at the same cost if there is no such user.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Instant;

use zeroize::Zeroizing;

use super::blocking::{NotRun, run_blocking};
use super::padding::Padding;
use super::{PasswordFault, PasswordHashing};
use crate::permits::{Overloaded, Permit, Permits, QueueTicket};

/// Verifies passwords, a few at once.
pub(crate) struct PasswordVerifier {
    hashing: PasswordHashing,
    /// The hash of an unknown password, for users that do not exist.
    pub(super) decoy: String,
    padding: Arc<Padding>,
    permits: Permits,
}

/// The result of verifying a password.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PasswordVerdict {
    Right {
        /// The hash should be replaced.
        outdated: bool,
    },
    Wrong,
    /// The stored hash can't be verified. It took as long as a wrong password.
    Unreadable(PasswordFault),
}

/// Why there is no verdict: the server has a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoVerdict {
    OutOfMemory,
    NotRun,
}

impl PasswordVerifier {
    /// Computes a hash, for users that do not exist.
    pub(crate) fn new(hashing: PasswordHashing) -> Result<Self, PasswordFault> {
        let mut unknown_password = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *unknown_password).map_err(|_| PasswordFault::NoRandomness)?;
        let start = Instant::now();
        let decoy = hashing.hash(unknown_password.as_slice())?;
        let time = start.elapsed();
        let (running, waiting) = hashing.permits();
        Ok(Self {
            decoy,
            padding: Arc::new(Padding::new(hashing.costs(), time)),
            permits: Permits::new(running, waiting),
            hashing,
        })
    }

    /// Joins the queue for computing a hash.
    pub(crate) fn queue(&self) -> Result<QueueTicket, Overloaded> {
        self.permits.queue()
    }

    /// Compares `password` with `stored`, which is `None` for a user that does not exist: then the result is
    /// [`Wrong`](PasswordVerdict::Wrong) and takes as long. A stored hash that costs less than the settings also
    /// takes as long; one that costs more takes longer.
    ///
    /// `on_verdict` is called with the verdict even if this future is dropped. The permit is held until then.
    pub(crate) async fn verify(
        &self,
        permit: Permit,
        password: Arc<Zeroizing<Vec<u8>>>,
        stored: Option<String>,
        on_verdict: impl FnOnce(&PasswordVerdict) + Send + 'static,
    ) -> Result<PasswordVerdict, NoVerdict> {
        let hashing = self.hashing.clone();
        let decoy = self.decoy.clone();
        let padding = Arc::clone(&self.padding);
        let result = run_blocking(permit, move || {
            let result = verdict(&hashing, &decoy, &padding, &password, stored.as_deref());
            result.inspect(|(verdict, _)| on_verdict(verdict))
        });
        let (verdict, cost) = result.await??;
        // Logged here, because a subscriber may be set for this thread only.
        self.padding.log_once(cost);
        Ok(verdict)
    }

    /// A new hash of `password`.
    pub(crate) async fn hash(
        &self,
        permit: Permit,
        password: Arc<Zeroizing<Vec<u8>>>,
    ) -> Result<Result<String, PasswordFault>, NotRun> {
        let hashing = self.hashing.clone();
        run_blocking(permit, move || hashing.hash(password.as_slice())).await
    }
}

impl From<NotRun> for NoVerdict {
    fn from(NotRun: NotRun) -> Self {
        Self::NotRun
    }
}

/// The verdict, and how the cost of the stored hash compares with that of the settings.
pub(super) fn verdict(
    hashing: &PasswordHashing,
    decoy: &str,
    padding: &Padding,
    password: &[u8],
    stored: Option<&str>,
) -> Result<(PasswordVerdict, Ordering), NoVerdict> {
    // The decoy is parsed each time, like a stored hash.
    let (hash, answer) = match stored.map(|stored| hashing.stored(stored)) {
        Some(Ok(hash)) => (Ok(hash), None),
        Some(Err(fault)) => (
            hashing.stored(decoy),
            Some(PasswordVerdict::Unreadable(fault)),
        ),
        None => (hashing.stored(decoy), Some(PasswordVerdict::Wrong)),
    };
    let verified = hash.and_then(|hash| {
        let start = Instant::now();
        let is_right = hash.verify(password)?;
        // Also for the right password, because the account may be locked.
        let cost = padding.pad(&hash, start.elapsed(), password)?;
        Ok((is_right, cost, hash))
    });
    match (verified, answer) {
        (Err(PasswordFault::OutOfMemory), _) => Err(NoVerdict::OutOfMemory),
        // The result of the decoy is ignored.
        (_, Some(answer)) => Ok((answer, Ordering::Equal)),
        (Err(fault), None) => Ok((PasswordVerdict::Unreadable(fault), Ordering::Equal)),
        (Ok((false, cost, _)), None) => Ok((PasswordVerdict::Wrong, cost)),
        (Ok((true, cost, hash)), None) => {
            let outdated = hashing.is_outdated_hash(&hash);
            Ok((PasswordVerdict::Right { outdated }, cost))
        }
    }
}
