//! The data as JSON, as one user sees it.

use serde_json::{Value, json};

use super::database::{Article, Comment, Tables, User};

pub(super) fn profile(tables: &Tables, user: &User, viewer: Option<u64>) -> Value {
    json!({
        "username": user.username,
        "bio": user.bio,
        "image": user.image,
        "following": viewer.is_some_and(|viewer| tables.follows.contains(&(viewer, user.id))),
    })
}

pub(super) fn article(tables: &Tables, article: &Article, viewer: Option<u64>) -> Value {
    let favorites = &tables.favorites;
    let count = favorites
        .iter()
        .filter(|(_, liked)| *liked == article.id)
        .count();
    json!({
        "slug": article.slug,
        "title": article.title,
        "description": article.description,
        "body": article.body,
        "tagList": article.tags,
        "favorited": viewer.is_some_and(|viewer| favorites.contains(&(viewer, article.id))),
        "favoritesCount": count,
        "author": author(tables, article.author, viewer),
    })
}

pub(super) fn comment(tables: &Tables, comment: &Comment, viewer: Option<u64>) -> Value {
    json!({
        "id": comment.id,
        "body": comment.body,
        "author": author(tables, comment.author, viewer),
    })
}

fn author(tables: &Tables, id: u64, viewer: Option<u64>) -> Option<Value> {
    let author = tables.users.get(&id)?;
    Some(profile(tables, author, viewer))
}
