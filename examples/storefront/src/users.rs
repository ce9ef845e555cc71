//! The users who log in with a password, in memory in place of a database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_runtime::BoxError;
use auth_runtime::users::{User, UserStore};

#[derive(Clone)]
pub(crate) struct ShopUsers {
    by_name: Arc<Mutex<HashMap<String, ShopUser>>>,
}

struct ShopUser {
    user: User,
    codes: Vec<String>,
}

impl ShopUsers {
    pub(crate) fn new() -> Self {
        Self {
            by_name: Arc::default(),
        }
    }

    /// Adds a user with the one-time codes that they have on paper. After a password these are the second factor.
    pub(crate) fn add(self, name: &str, user: User, codes: &[&str]) -> Self {
        let codes = codes.iter().map(|code| digits(code)).collect();
        self.by_name()
            .insert(name.to_owned(), ShopUser { user, codes });
        self
    }

    /// Whether this is a code of the user. It can't be used again. It has 12 digits, and is only asked for after the
    /// password, so wrong ones are not counted.
    pub(crate) fn use_code(&self, name: &str, code: &str) -> bool {
        let mut users = self.by_name();
        let Some(ShopUser { codes, .. }) = users.get_mut(name) else {
            return false;
        };
        let used = codes.iter().position(|own| *own == digits(code));
        used.map(|used| codes.remove(used)).is_some()
    }

    pub(crate) fn set_password_hash(&self, name: &str, hash: String) -> Result<(), BoxError> {
        let mut users = self.by_name();
        let ShopUser { user, .. } = users.get_mut(name).ok_or("no such user")?;
        *user = User::new(hash)
            .scopes(user.granted_scopes())
            .roles(user.granted_roles());
        Ok(())
    }

    fn by_name(&self) -> MutexGuard<'_, HashMap<String, ShopUser>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digits(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).collect()
}

impl UserStore for ShopUsers {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        Ok(self.by_name().get(name).map(|found| found.user.clone()))
    }
}
