//! Users in memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{User, UserStore};
use crate::box_error::BoxError;
use crate::scope::is_scope_token;
use crate::users::password::StoredHash;

/// A fixed list of users in memory.
///
/// [`AuthBuilder::build`](crate::AuthBuilder::build) reports its faults.
///
/// ```
/// use auth_runtime::users::{PasswordHashing, User, Users};
///
/// # let hash = PasswordHashing::default().memory_kib(8).iterations(1).hash("secret")?;
/// let users = Users::new()
///     .add("alice", User::new(hash).scopes(["orders:read"]).roles(["support"]));
/// # let _ = users;
/// # Ok::<(), auth_runtime::users::PasswordFault>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Users {
    by_name: HashMap<String, User>,
    faults: Vec<String>,
}

impl Users {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a user. The name is compared exactly. It must not contain a colon (RFC 7617 section 2) or a control
    /// character.
    pub fn add(mut self, name: impl Into<String>, user: User) -> Self {
        let name = name.into();
        let faults = faults_of(&name, &user);
        let faults = faults.map(|fault| format!("the user {name:?}: {fault}"));
        self.faults.extend(faults);
        match self.by_name.entry(name) {
            Entry::Occupied(entry) => {
                self.faults
                    .push(format!("the user {:?}: listed twice", entry.key()));
            }
            Entry::Vacant(entry) => {
                entry.insert(user);
            }
        }
        self
    }
}

impl UserStore for Users {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        Ok(self.by_name.get(name).cloned())
    }

    fn faults(&self) -> Vec<BoxError> {
        self.faults
            .iter()
            .map(|fault| fault.as_str().into())
            .collect()
    }
}

/// In bytes. Longer names do not fit into an index of PostgreSQL.
const MAX_NAME_LENGTH: usize = 255;

/// The faults of one user. They never contain the hash.
pub(crate) fn faults_of<'a>(name: &'a str, user: &'a User) -> impl Iterator<Item = String> + 'a {
    let name = match name {
        "" => Some("the name is empty"),
        _ if name.len() > MAX_NAME_LENGTH => Some("the name has more than 255 bytes"),
        _ if name.contains(':') => Some("the name has a colon, which Basic can't send"),
        _ if name.contains(|character: char| character.is_ascii_control()) => {
            Some("the name has a control character, which Basic can't send")
        }
        _ if name.trim() != name => Some("the name begins or ends with white space"),
        _ => None,
    };
    let hash = StoredHash::parse(&user.password_hash).err();
    let names = [("scope", &user.scopes), ("role", &user.roles)];
    let names = names.into_iter().flat_map(|(kind, names)| {
        let wrong = names.iter().filter(|entry| !is_scope_token(entry.as_bytes()));
        wrong.map(move |entry| {
            format!(
                "the {kind} {entry:?} has a character that is not allowed, or is empty (RFC 6749 section 3.3)"
            )
        })
    });
    let hash = hash.map(|fault| format!("the password hash: {fault}"));
    name.map(str::to_owned).into_iter().chain(hash).chain(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$MTIzNDU2Nzg$FrU+NwEIycX6TirU";

    fn faults(users: &Users) -> Vec<String> {
        users.faults().iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn user_names_are_compared_exactly_in_a_list() {
        let users = Users::new()
            .add("alice", User::new(HASH).scopes(["a"]))
            .add("Alice", User::new(HASH).scopes(["b"]));
        assert_eq!(faults(&users), [""; 0]);
        let scopes = |user: Option<User>| user.unwrap().scopes;
        assert_eq!(scopes(users.find("alice").await.unwrap()), ["a"]);
        assert_eq!(scopes(users.find("Alice").await.unwrap()), ["b"]);
        assert!(users.find("ALICE").await.unwrap().is_none());
        assert!(users.find("alice ").await.unwrap().is_none());
    }

    #[test]
    fn all_faults_of_a_user_list_are_reported_together_without_hashes() {
        let users = Users::new()
            .add("", User::new(HASH))
            .add("a:b", User::new(HASH))
            .add("a\nb", User::new(HASH))
            .add(
                " a",
                User::new("hunter2")
                    .scopes(["read write", "ok"])
                    .roles([""]),
            )
            .add("twice", User::new(HASH))
            .add("twice", User::new(HASH));
        let faults = faults(&users);
        for (fault, expected) in faults.iter().zip([
            "the user \"\": the name is empty",
            "the user \"a:b\": the name has a colon",
            "the user \"a\\nb\": the name has a control character",
            "the user \" a\": the name begins or ends with white space",
            "the user \" a\": the password hash: not a PHC string",
            "the user \" a\": the scope \"read write\" has a character",
            "the user \" a\": the role \"\" has a character",
            "the user \"twice\": listed twice",
        ]) {
            assert!(fault.starts_with(expected), "{fault}");
            assert!(!fault.contains("hunter2"), "{fault}");
        }
        assert_eq!(faults.len(), 8);
    }

    #[test]
    fn debug_output_of_a_user_list_shows_no_hash() {
        let users = Users::new().add("alice", User::new(HASH));
        assert!(!format!("{users:?}").contains("FrU"));
    }
}
