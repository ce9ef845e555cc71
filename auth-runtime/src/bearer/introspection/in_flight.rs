//! One question at a time for each token, however many requests come with it.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, MutexGuard, Weak};

use foldhash::fast::RandomState;
use tokio::sync::watch;

use super::answer::Trouble;
use crate::bearer::Token;
use crate::bearer::verified::Verified;
use crate::lock::Mutex;
use crate::token_fault::TokenFault;

/// What became of the question about a token.
#[derive(Clone)]
pub(super) enum Judgement {
    Good(Verified),
    Faulty(TokenFault),
    Trouble(Trouble),
}

/// The tokens that are being asked about.
#[derive(Default)]
pub(super) struct Flights(Mutex<Map>);

type Map = HashMap<Token, Weak<Flight>, RandomState>;

/// A question that is under way, or was answered and is still held by who waited for it. As long as
/// somebody holds it, others with this token come along.
pub(in crate::bearer) struct Flight {
    token: Token,
    judgement: watch::Receiver<Option<Judgement>>,
    flights: Arc<Flights>,
}

/// A flight that has to be made: whoever drops this without an answer has failed.
pub(super) struct Departure {
    pub(super) flight: Arc<Flight>,
    answer: watch::Sender<Option<Judgement>>,
}

/// The way to the judgement of a token.
pub(super) enum Boarding<P> {
    Joined(Arc<Flight>),
    /// Nobody has asked; this is what `begin` gave.
    First(Departure, P),
}

impl Flights {
    /// Comes along with who is asking about this token, unless they have an answer that is not
    /// `fresh` any more; else asks, if `begin` lets it.
    pub(super) fn board<P, E>(
        self: &Arc<Self>,
        token: &[u8],
        fresh: impl FnOnce(&Judgement) -> bool,
        begin: impl FnOnce() -> Result<P, E>,
    ) -> Result<Boarding<P>, E> {
        // Declared before the lock, and so dropped after it: the last holder of a flight takes it out
        // of the map.
        let earlier;
        let mut map = self.lock();
        earlier = map.get(token).and_then(Weak::upgrade);
        if let Some(flight) = &earlier
            && flight.holds(fresh)
        {
            return Ok(Boarding::Joined(Arc::clone(flight)));
        }
        let place = begin()?;
        let token = Token::new(token);
        let (answer, judgement) = watch::channel(None);
        let flight = Arc::new(Flight {
            token: token.clone(),
            judgement,
            flights: Arc::clone(self),
        });
        map.insert(token, Arc::downgrade(&flight));
        Ok(Boarding::First(Departure { flight, answer }, place))
    }

    fn lock(&self) -> MutexGuard<'_, Map> {
        self.0.lock()
    }
}

impl Departure {
    pub(super) fn arrive(self, judgement: Judgement) {
        self.answer.send_replace(Some(judgement));
    }
}

impl Flight {
    /// Whether there is an answer that is `fresh`, or one will come.
    fn holds(&self, fresh: impl FnOnce(&Judgement) -> bool) -> bool {
        // Looked at before the answer: whoever asks goes as well when it has come.
        let is_asking = self.judgement.has_changed().is_ok();
        match &*self.judgement.borrow() {
            Some(judgement) => fresh(judgement),
            None => is_asking,
        }
    }

    /// Waits for it. `None` if whoever asked has failed.
    pub(super) async fn judgement(&self) -> Option<Judgement> {
        let mut judgement = self.judgement.clone();
        let arrived = judgement.wait_for(Option::is_some).await.ok()?;
        arrived.clone()
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut map = self.flights.lock();
        // Another one may have taken its place.
        let is_this = |flight: &Weak<Self>| std::ptr::eq(flight.as_ptr(), self);
        if map.get(&self.token).is_some_and(is_this) {
            map.remove(&self.token);
        }
        // A burst is not paid for with memory for ever.
        if map.is_empty() && map.capacity() > 1024 {
            drop(mem::take(&mut *map));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Boarded = Result<Boarding<()>, ()>;

    fn board(flights: &Arc<Flights>, token: &str, fresh: bool) -> Boarded {
        flights.board(token.as_bytes(), |_| fresh, || Ok(()))
    }

    fn first(boarded: Boarded) -> Departure {
        match boarded {
            Ok(Boarding::First(departure, ())) => departure,
            _ => panic!("not the first"),
        }
    }

    fn joined(boarded: Boarded) -> Arc<Flight> {
        match boarded {
            Ok(Boarding::Joined(flight)) => flight,
            _ => panic!("not along with another one"),
        }
    }

    async fn brings_refusal(flight: &Flight) -> bool {
        let judgement = flight.judgement().await;
        matches!(judgement, Some(Judgement::Faulty(TokenFault::Inactive)))
    }

    #[tokio::test]
    async fn everybody_with_a_token_waits_for_one_answer() {
        let flights = Arc::default();
        let departure = first(board(&flights, "a", true));
        let along = joined(board(&flights, "a", false));
        let other = first(board(&flights, "b", true));
        departure.arrive(Judgement::Faulty(TokenFault::Inactive));
        assert!(brings_refusal(&along).await);
        drop(other);
        // As long as somebody holds the answer, it is there for others, if it is fresh.
        let along_as_well = joined(board(&flights, "a", true));
        assert!(brings_refusal(&along_as_well).await);
        drop(first(board(&flights, "a", false)));
    }

    #[tokio::test]
    async fn nothing_remains_when_nobody_waits() {
        let flights = Arc::default();
        let departure = first(board(&flights, "a", true));
        let along = joined(board(&flights, "a", true));
        departure.arrive(Judgement::Faulty(TokenFault::Inactive));
        // An answer that is not fresh is asked for anew, and the new one stays.
        let next = first(board(&flights, "a", false));
        drop(along);
        drop(joined(board(&flights, "a", true)));
        drop(next);
        assert!(flights.lock().is_empty());
        drop(first(board(&flights, "a", true)));
        assert!(flights.lock().is_empty());
    }

    #[tokio::test]
    async fn who_fails_to_ask_leaves_nobody_waiting() {
        let flights = Arc::default();
        let departure = first(board(&flights, "a", true));
        let along = joined(board(&flights, "a", true));
        drop(departure);
        assert!(along.judgement().await.is_none());
        // Nobody else waits for them.
        drop(first(board(&flights, "a", true)));
    }

    #[test]
    fn who_may_not_ask_leaves_nothing_behind() {
        let flights: Arc<Flights> = Arc::default();
        let refused = flights.board(b"a", |_| true, || Err::<(), _>("full"));
        assert!(matches!(refused, Err("full")));
        assert!(flights.lock().is_empty());
    }
}
