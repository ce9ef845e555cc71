//! The version of the tables of a database, and the migrations that it lacks.

use sqlx::Error;

pub(super) const VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM auth_migrations";

pub(super) const INSERT_VERSION: &str = "INSERT INTO auth_migrations (version) VALUES ($1)";

/// The scripts after `version`, each with the version it migrates to.
pub(super) fn missing(
    scripts: &'static [&'static str],
    version: i64,
) -> sqlx::Result<impl Iterator<Item = (i64, &'static str)>> {
    let newest = (1..).zip(scripts).map(|(version, _)| version).last();
    match newest {
        Some(newest) if version > newest => Err(Error::Configuration(
            format!(
                "the tables have version {version}, but this program supports versions up to {newest}: a \
                 newer program has migrated them"
            )
            .into(),
        )),
        _ => Ok((1..)
            .zip(scripts.iter().copied())
            .filter(move |(leads_to, _)| *leads_to > version)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applied_migrations_are_not_run_again() {
        let scripts = &["one", "two", "three"];
        for (version, expected) in [
            (0, &[(1, "one"), (2, "two"), (3, "three")][..]),
            (2, &[(3, "three")]),
            (3, &[]),
        ] {
            let missing: Vec<_> = missing(scripts, version).unwrap().collect();
            assert_eq!(missing, expected, "{version}");
        }
    }

    #[test]
    fn a_schema_version_newer_than_the_known_ones_is_an_error() {
        let error = missing(&["one"], 2).err().unwrap().to_string();
        assert!(
            error.contains("version 2, but this program supports versions up to 1"),
            "{error}"
        );
    }
}
