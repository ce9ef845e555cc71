//! The data. In production this is a database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Clone, Default)]
pub(super) struct Database(Arc<Mutex<Tables>>);

#[derive(Default)]
pub(super) struct Tables {
    pub(super) users: BTreeMap<u64, User>,
    pub(super) articles: BTreeMap<u64, Article>,
    pub(super) comments: BTreeMap<u64, Comment>,
    /// Who follows whom.
    pub(super) follows: BTreeSet<(u64, u64)>,
    /// Which user likes which article.
    pub(super) favorites: BTreeSet<(u64, u64)>,
    last_id: u64,
}

#[derive(Clone)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) email: String,
    pub(super) username: String,
    pub(super) bio: String,
    pub(super) image: Option<String>,
    pub(super) password_hash: String,
    pub(super) roles: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Article {
    pub(super) id: u64,
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) body: String,
    pub(super) tags: Vec<String>,
    pub(super) author: u64,
}

#[derive(Clone)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) article: u64,
    pub(super) author: u64,
    pub(super) body: String,
}

impl Database {
    pub(super) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap()
    }

    pub(super) fn user(&self, id: u64) -> Option<User> {
        self.tables().users.get(&id).cloned()
    }

    pub(super) fn article(&self, slug: &str) -> Option<Article> {
        self.tables().article(slug).cloned()
    }

    pub(super) fn comment(&self, slug: &str, id: u64) -> Option<Comment> {
        let tables = self.tables();
        let article = tables.article(slug)?;
        let comment = tables.comments.get(&id)?;
        (comment.article == article.id).then(|| comment.clone())
    }
}

impl Tables {
    pub(super) fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn user_by(&self, matches: impl Fn(&User) -> bool) -> Option<&User> {
        self.users.values().find(|user| matches(user))
    }

    pub(super) fn article(&self, slug: &str) -> Option<&Article> {
        self.articles.values().find(|article| article.slug == slug)
    }

    /// Returns `false` if another user has the name or the address.
    pub(super) fn put_user(&mut self, user: User) -> bool {
        let is_taken = self.users.values().any(|other| {
            other.id != user.id && (other.username == user.username || other.email == user.email)
        });
        if !is_taken {
            self.users.insert(user.id, user);
        }
        !is_taken
    }

    /// Returns `false` if another article has the slug.
    pub(super) fn put_article(&mut self, article: Article) -> bool {
        let found = self.article(&article.slug);
        let is_taken = found.is_some_and(|other| other.id != article.id);
        if !is_taken {
            self.articles.insert(article.id, article);
        }
        !is_taken
    }

    pub(super) fn remove_article(&mut self, id: u64) {
        self.articles.remove(&id);
        self.comments.retain(|_, comment| comment.article != id);
        self.favorites.retain(|(_, article)| *article != id);
    }
}
