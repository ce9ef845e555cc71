//! The users.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The users by their names. In production this is a table.
#[derive(Clone, Default)]
pub(super) struct Accounts(Arc<Mutex<BTreeMap<String, Account>>>);

#[derive(Clone)]
pub(super) struct Account {
    pub(super) password_hash: String,
    pub(super) roles: Vec<String>,
}

impl Accounts {
    /// Returns `false` if the name is taken.
    pub(super) fn add(&self, name: &str, account: Account) -> bool {
        let mut accounts = self.0.lock().unwrap();
        let is_new = !accounts.contains_key(name);
        if is_new {
            accounts.insert(name.to_owned(), account);
        }
        is_new
    }

    pub(super) fn get(&self, name: &str) -> Option<Account> {
        self.0.lock().unwrap().get(name).cloned()
    }

    /// Returns `false` if there is no such user.
    pub(super) fn update(&self, name: &str, change: impl FnOnce(&mut Account)) -> bool {
        let mut accounts = self.0.lock().unwrap();
        accounts.get_mut(name).map(change).is_some()
    }

    pub(super) fn all(&self) -> Vec<(String, Account)> {
        let accounts = self.0.lock().unwrap();
        let all = accounts.iter();
        all.map(|(name, account)| (name.clone(), account.clone()))
            .collect()
    }
}
