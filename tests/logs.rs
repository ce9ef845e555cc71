//! Captures log events for tests.

use std::fmt::{self, Write};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Interest};
use tracing::{Dispatch, Level, Metadata, Subscriber};

/// One event: fields in the order of the call, `message` among them.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its level.
    pub level: Level,
    /// Its target.
    pub target: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

impl Event {
    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// The text of the event.
    pub fn message(&self) -> &str {
        self.field("message").unwrap_or_default()
    }

    /// The names of its fields in order.
    pub fn names(&self) -> Vec<&str> {
        self.fields.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// The most events that a failing test prints, and the most characters of one of their fields.
const SHOWN_EVENTS: usize = 5;
const SHOWN_CHARACTERS: usize = 100;

/// Events in order. Their `Debug` output is for the message of a failed test and shows a few lines. Search
/// [`everything`](Self::everything) for text that must not be logged.
#[derive(Clone)]
pub struct Events(Vec<Event>);

impl Events {
    /// The only event.
    pub fn only(self) -> Event {
        assert_eq!(self.len(), 1, "{self:?}");
        self.into_iter().next().expect("there is one")
    }

    /// The complete text of all events.
    pub fn everything(&self) -> String {
        format!("{:?}", self.0)
    }
}

impl Deref for Events {
    type Target = Vec<Event>;

    fn deref(&self) -> &Vec<Event> {
        &self.0
    }
}

impl DerefMut for Events {
    fn deref_mut(&mut self) -> &mut Vec<Event> {
        &mut self.0
    }
}

impl IntoIterator for Events {
    type Item = Event;
    type IntoIter = std::vec::IntoIter<Event>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Event> for Events {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        Self(events.into_iter().collect())
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let earlier = self.0.len().saturating_sub(SHOWN_EVENTS);
        write!(formatter, "{} events", self.0.len())?;
        if earlier > 0 {
            write!(formatter, ", the last {SHOWN_EVENTS}")?;
        }
        for event in self.0.iter().skip(earlier) {
            write!(formatter, "\n    {}", event.level)?;
            for (name, value) in &event.fields {
                let shown: String = value.chars().take(SHOWN_CHARACTERS).collect();
                let more = if shown.len() < value.len() { ".." } else { "" };
                match name.as_str() {
                    "message" => write!(formatter, " {shown}{more}")?,
                    name => write!(formatter, " {name}={shown}{more}")?,
                }
            }
        }
        Ok(())
    }
}

/// A subscriber for this thread, at `TRACE`, until it is dropped. The servers of a test run on the thread of the
/// test.
#[derive(Debug)]
pub struct Capture {
    log: Log,
    _guard: DefaultGuard,
}

impl Capture {
    /// Starts to capture events.
    pub fn start() -> Self {
        // With a single subscriber, `tracing` asks only the subscriber of the thread that reaches an event first
        // whether the event is wanted, and caches the answer. That thread may belong to another test.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(Log::default()));

        let log = Log::default();
        let guard = tracing::subscriber::set_default(log.clone());
        Self { log, _guard: guard }
    }

    /// The events since the last call.
    pub fn take(&self) -> Events {
        let mut log = self.log.0.lock().unwrap_or_else(PoisonError::into_inner);
        Events(std::mem::take(&mut *log))
    }

    /// The events of `auth_runtime` since the last call.
    pub fn take_runtime_events(&self) -> Events {
        let mut events = self.take();
        events.retain(|event| event.target == "auth_runtime");
        events
    }
}

/// Events, and each new span as an event.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<Event>>>);

impl Log {
    fn add(&self, metadata: &Metadata<'_>, record: impl FnOnce(&mut Fields)) {
        let mut fields = Fields::default();
        record(&mut fields);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Event {
                level: *metadata.level(),
                target: metadata.target().to_owned(),
                fields: fields.0,
            });
    }
}

impl Subscriber for Log {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.add(span.metadata(), |fields| span.record(fields));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        self.add(event.metadata(), |fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields(Vec<(String, String)>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.0.push((field.name().to_owned(), text));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name().to_owned(), value.to_owned()));
    }
}
