//! The kind of database that a file name or URL names.

use crate::box_error::BoxError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// File names are shown in errors and logs, so a text that may contain a password is refused. The errors here
    /// do not repeat the text.
    pub(super) fn of(database: &str) -> Result<Self, BoxError> {
        let postgres = ["postgres://", "postgresql://"];
        if let Some(rest) = postgres
            .iter()
            .find_map(|scheme| database.strip_prefix(scheme))
        {
            return if is_cut(rest) {
                Err(
                    "in the password of a `postgres://` URL, write `/`, `?`, `#` and `@` as `%2F`, \
                     `%3F`, `%23` and `%40`"
                        .into(),
                )
            } else {
                Ok(Self::Postgres)
            };
        }
        let file = database.strip_prefix("sqlite:").unwrap_or(database);
        let words = file.to_ascii_lowercase();
        if has_scheme(file) || words.starts_with("postgres") {
            return Err(
                "the database is neither a file nor a `sqlite:` or `postgres://` URL".into(),
            );
        }
        if words.contains("password=") || words.contains('@') {
            return Err(
                "the database may contain a password, but is not a `postgres://` URL; for a file with an \
                 `@` in its name, write `sqlite:` and `%40`"
                    .into(),
            );
        }
        Ok(Self::Sqlite)
    }
}

/// Whether it begins with `word:`. A single letter is a drive.
fn has_scheme(file: &str) -> bool {
    let first = file.split(['/', '\\', '?']).next();
    let word = first.and_then(|first| first.split_once(':'));
    word.is_some_and(|(word, _)| word.len() > 1)
}

/// Whether a part of the password would be parsed as the name of the database.
fn is_cut(rest: &str) -> bool {
    let Some((_, tail)) = rest.split_once(['/', '?', '#']) else {
        return false;
    };
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let mut names = query
        .split('&')
        .filter_map(|parameter| parameter.split('=').next());
    path.contains('@') || names.any(|name| name.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_files_and_database_urls_are_distinguished() {
        for file in [
            "keys.db",
            "./a:b.db",
            "/var/lib/keys.db",
            r"C:\keys.db",
            "C:/keys.db",
            ":memory:",
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite:keys.db?mode=rwc",
            "sqlite:///var/lib/keys.db",
            "sqlite:api%40prod.db",
        ] {
            assert_eq!(Engine::of(file).unwrap(), Engine::Sqlite, "{file}");
        }
        for url in [
            "postgres://db/api",
            "postgresql://api:hunter2@db:5432/api?sslmode=verify-full",
            "postgres://db/api?user=api@tenant",
            "postgres://api:hun%2Fter2@db",
        ] {
            assert_eq!(Engine::of(url).unwrap(), Engine::Postgres, "{url}");
        }
    }

    #[test]
    fn a_text_that_may_hold_a_password_is_not_a_file_name_and_is_not_repeated() {
        for secret in [
            "postgres:api:hunter2@db/api",
            "postgresql:api:hunter2@db/api",
            "Postgres://api:hunter2@db/api",
            "postgres/hunter2",
            "mysql://api:hunter2@db/x",
            "mysql:hunter2",
            "host=db password=hunter2",
            "host=db PassWord=hunter2",
            "api:hunter2@db/api",
            "//api:hunter2@db/api",
            "sqlite:postgres:hunter2",
            "sqlite:mysql:hunter2",
            "sqlite://api:hunter2@db/api",
            "sqlite:host=db password=hunter2",
            "postgres://api:12/hunter2@db/api",
            "postgres://api:12?hunter2@db/api",
            "postgres://api:12#hunter2@db/api",
            "postgres://api:12@34/hunter2@db/api",
            "postgres://db/api?hunter2@db",
        ] {
            let refused = Engine::of(secret).unwrap_err().to_string();
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
