//! The variables, and the mistakes in them.

use std::env::{self, VarError};
use std::fmt;
use std::time::Duration;

/// A mistake in one variable, or in several. It may contain values, but never secrets.
pub(crate) struct Mistake {
    variable: &'static str,
    message: String,
}

/// The variables, and the mistakes in those that were read.
#[derive(Default)]
pub(crate) struct Environment {
    mistakes: Vec<Mistake>,
}

impl Environment {
    /// An empty variable counts as not set, because that is what `docker run -e REALM=` means.
    pub(crate) fn read(&mut self, variable: &'static str) -> Option<String> {
        match env::var(variable) {
            Ok(value) => Some(value).filter(|value| !value.is_empty()),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                if !self.blames(variable) {
                    self.mistake(variable, "is not UTF-8");
                }
                None
            }
        }
    }

    /// Empty if it is not set, which is reported.
    pub(crate) fn require(&mut self, variable: &'static str) -> String {
        let value = self.read(variable);
        if value.is_none() && !self.blames(variable) {
            self.mistake(variable, "is not set");
        }
        value.unwrap_or_default()
    }

    pub(crate) fn seconds(&mut self, variable: &'static str) -> Option<Duration> {
        let value = self.read(variable)?;
        let seconds = value.parse().map(Duration::from_secs);
        if seconds.is_err() {
            self.mistake(
                variable,
                format!("{value:?} is not a whole number of seconds"),
            );
        }
        seconds.ok()
    }

    /// `None` if it is not set, or not one of the words, which is reported.
    pub(crate) fn one_of<T: Copy>(
        &mut self,
        variable: &'static str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let value = self.read(variable)?;
        let found = words.iter().find(|(word, _)| *word == value);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let words = words.join(", ");
            self.mistake(variable, format!("{value:?} is not one of {words}"));
        }
        found.map(|(_, meaning)| *meaning)
    }

    pub(crate) fn blames(&self, variable: &str) -> bool {
        self.mistakes
            .iter()
            .any(|mistake| mistake.variable == variable)
    }

    pub(crate) fn is_right(&self) -> bool {
        self.mistakes.is_empty()
    }

    pub(crate) fn mistake(&mut self, variable: &'static str, message: impl fmt::Display) {
        self.mistakes.push(Mistake {
            variable,
            message: message.to_string(),
        });
    }

    pub(crate) fn into_mistakes(self) -> Vec<Mistake> {
        self.mistakes
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.variable, self.message)
    }
}
