//! The settings, from the environment.

use std::env::{VarError, var};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

pub(crate) struct Settings {
    pub(crate) port: u16,
    /// `None` for a database in memory.
    pub(crate) database: Option<String>,
    pub(crate) access_token_lifetime: Duration,
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, String> {
        let seconds = number("ACCESS_TOKEN_LIFETIME", 15, 1..=3600)?;
        Ok(Self {
            port: number("PORT", 3000, 0..=u16::MAX)?,
            database: text("DATABASE")?,
            access_token_lifetime: Duration::from_secs(seconds),
        })
    }
}

fn number<N>(name: &str, default: N, range: RangeInclusive<N>) -> Result<N, String>
where
    N: FromStr + PartialOrd + std::fmt::Display,
{
    let Some(text) = text(name)? else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let (first, last) = range.into_inner();
        format!("{name} is {text:?}: expected a number from {first} to {last}")
    })
}

fn text(name: &str) -> Result<Option<String>, String> {
    match var(name) {
        Ok(text) => Ok(Some(text)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not valid UTF-8")),
    }
}
