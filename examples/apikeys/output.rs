//! What is printed, for people or for programs.

use std::error::Error;
use std::io::{self, Write};
use std::time::SystemTime;

use auth_runtime::{ApiKey, ApiKeyRecord};
use comfy_table::{ContentArrangement, Table, presets};
use humantime::format_rfc3339_seconds;
use serde::Serialize;

pub(crate) struct Output {
    json: bool,
    now: SystemTime,
}

/// A key as JSON. Times are RFC 3339 in UTC; what is not known is `null`.
#[derive(Serialize)]
struct Shown<'a> {
    prefix: &'a str,
    owner: &'a str,
    description: &'a str,
    scopes: &'a [String],
    roles: &'a [String],
    /// `active`, `expired` or `revoked`.
    state: State,
    created_at: Option<String>,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    last_used_at: Option<String>,
    replaces: Option<&'a str>,
    /// The whole text, of a key that was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Active,
    Expired,
    Revoked,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            now: SystemTime::now(),
        }
    }

    /// A key that was just made, whose text is to be seen this once.
    pub(crate) fn issued(&self, record: &ApiKeyRecord, key: &ApiKey) -> Result<(), Box<dyn Error>> {
        if self.json {
            return print(&self.shown(record, Some(key)));
        }
        let table = self.table(std::slice::from_ref(record));
        let replaces = match &record.replaces {
            Some(old) => format!("It replaces {old}.\n"),
            None => String::new(),
        };
        say(&format!(
            "{table}\n{replaces}\nThe key, shown this once, since only a digest of it is kept:\n\n    {}\n",
            key.reveal()
        ))
    }

    pub(crate) fn listed(&self, records: &[ApiKeyRecord]) -> Result<(), Box<dyn Error>> {
        if self.json {
            let keys: Vec<_> = records
                .iter()
                .map(|record| self.shown(record, None))
                .collect();
            return print(&keys);
        }
        if records.is_empty() {
            return say("There are no keys: `apikeys create OWNER --scope SCOPE` makes one.\n");
        }
        say(&format!("{}\n", self.table(records)))
    }

    pub(crate) fn revoked(&self, prefix: &str) -> Result<(), Box<dyn Error>> {
        #[derive(Serialize)]
        struct Revoked<'a> {
            prefix: &'a str,
            state: State,
        }
        if self.json {
            return print(&Revoked {
                prefix,
                state: State::Revoked,
            });
        }
        say(&format!(
            "{prefix} is revoked. Services refuse it as soon as they ask again: by default within \
             10 seconds.\n"
        ))
    }

    fn shown<'a>(&self, record: &'a ApiKeyRecord, key: Option<&'a ApiKey>) -> Shown<'a> {
        Shown {
            prefix: &record.prefix,
            owner: &record.owner,
            description: &record.description,
            scopes: &record.scopes,
            roles: &record.roles,
            state: self.state(record),
            created_at: Some(rfc3339(record.created_at)),
            expires_at: record.expires_at.map(rfc3339),
            revoked_at: record.revoked_at.map(rfc3339),
            last_used_at: record.last_used_at.map(rfc3339),
            replaces: record.replaces.as_deref(),
            key: key.map(ApiKey::reveal),
        }
    }

    fn state(&self, record: &ApiKeyRecord) -> State {
        if record.revoked_at.is_some() {
            State::Revoked
        } else if record.expires_at.is_some_and(|expiry| expiry <= self.now) {
            State::Expired
        } else {
            State::Active
        }
    }

    fn table(&self, records: &[ApiKeyRecord]) -> Table {
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(110)
            .set_header([
                "key",
                "owner",
                "for",
                "scopes",
                "roles",
                "state",
                "last used",
            ]);
        for record in records {
            table.add_row([
                record.prefix.clone(),
                record.owner.clone(),
                record.description.clone(),
                record.scopes.join("\n"),
                record.roles.join("\n"),
                self.state_in_words(record),
                record.last_used_at.map_or("never".to_owned(), |time| {
                    format!("{} ago", since(time, self.now))
                }),
            ]);
        }
        table
    }

    fn state_in_words(&self, record: &ApiKeyRecord) -> String {
        match (self.state(record), record.revoked_at, record.expires_at) {
            (State::Revoked, Some(time), _) => format!("revoked {} ago", since(time, self.now)),
            (State::Expired, _, Some(time)) => format!("expired {} ago", since(time, self.now)),
            (_, _, Some(time)) => format!("good for {}", since(self.now, time)),
            _ => "good".to_owned(),
        }
    }
}

/// The time between in the greatest unit that fits: `89 days`.
fn since(earlier: SystemTime, later: SystemTime) -> String {
    let seconds = later.duration_since(earlier).unwrap_or_default().as_secs();
    let units = [
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let (count, unit) = units
        .into_iter()
        .map(|(length, unit)| (seconds / length, unit))
        .find(|(count, _)| *count > 0)
        .unwrap_or((0, "second"));
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

fn rfc3339(time: SystemTime) -> String {
    format_rfc3339_seconds(time).to_string()
}

fn print(value: &impl Serialize) -> Result<(), Box<dyn Error>> {
    say(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Not `println!`, which panics when nobody reads any more.
fn say(text: &str) -> Result<(), Box<dyn Error>> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}
