//! Articles and favorites.

use std::collections::BTreeSet;

use auth_runtime::{Caller, Checked, allow_anonymous, optional_auth, require_auth};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::{CanDeleteArticle, owns_article};
use super::database::{Article, Tables, User};
use super::{ApiError, ApiResult, App, views};

const TAKEN: ApiError = ApiError::Invalid("title is taken");

fn respond(tables: &Tables, article: &Article, viewer: Option<u64>) -> Json<Value> {
    Json(json!({ "article": views::article(tables, article, viewer) }))
}

#[derive(Deserialize)]
pub(super) struct Filter {
    tag: Option<String>,
    author: Option<String>,
    favorited: Option<String>,
    limit: Option<usize>,
    offset: Option<usize>,
}

/// The newest first.
fn select(
    tables: &Tables,
    viewer: Option<u64>,
    filter: &Filter,
    matches: impl Fn(&Article) -> bool,
) -> Json<Value> {
    let found = tables
        .articles
        .values()
        .rev()
        .filter(|found| matches(found));
    let found: Vec<_> = found.collect();
    let page = found
        .iter()
        .skip(filter.offset.unwrap_or(0))
        .take(filter.limit.unwrap_or(20).min(100));
    let articles: Vec<_> = page
        .map(|article| views::article(tables, article, viewer))
        .collect();
    Json(json!({ "articles": articles, "articlesCount": found.len() }))
}

#[optional_auth]
pub(super) async fn list(
    caller: Option<Caller<User>>,
    State(app): State<App>,
    Query(filter): Query<Filter>,
) -> Json<Value> {
    let tables = app.database.tables();
    let named = |name: &str| Some(tables.user_by(|user| user.username == name)?.id);
    let viewer = caller.map(|Caller(user)| user.id);
    select(&tables, viewer, &filter, |article| {
        let by_tag = filter.tag.as_ref();
        let by_author = filter.author.as_ref();
        let by_favorite = filter.favorited.as_ref();
        by_tag.is_none_or(|tag| article.tags.contains(tag))
            && by_author.is_none_or(|name| named(name) == Some(article.author))
            && by_favorite.is_none_or(|name| {
                named(name).is_some_and(|user| tables.favorites.contains(&(user, article.id)))
            })
    })
}

/// The articles of those whom the caller follows.
#[require_auth]
pub(super) async fn feed(
    Caller(caller): Caller<User>,
    State(app): State<App>,
    Query(filter): Query<Filter>,
) -> Json<Value> {
    let tables = app.database.tables();
    select(&tables, Some(caller.id), &filter, |article| {
        tables.follows.contains(&(caller.id, article.author))
    })
}

#[optional_auth]
pub(super) async fn show(
    caller: Option<Caller<User>>,
    State(app): State<App>,
    Path(slug): Path<String>,
) -> ApiResult {
    let tables = app.database.tables();
    let article = tables.article(&slug).ok_or(ApiError::NotFound)?;
    Ok(respond(
        &tables,
        article,
        caller.map(|Caller(user)| user.id),
    ))
}

#[derive(Deserialize)]
pub(super) struct Creation {
    article: NewArticle,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewArticle {
    title: String,
    description: String,
    body: String,
    #[serde(default)]
    tag_list: Vec<String>,
}

fn slug(title: &str) -> String {
    let words: Vec<_> = title
        .split(|letter: char| !letter.is_alphanumeric())
        .collect();
    words.join("-").to_lowercase()
}

#[require_auth]
pub(super) async fn create(
    Caller(caller): Caller<User>,
    State(app): State<App>,
    Json(Creation { article: new }): Json<Creation>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let mut tables = app.database.tables();
    let article = Article {
        id: tables.new_id(),
        slug: slug(&new.title),
        title: new.title,
        description: new.description,
        body: new.body,
        tags: new.tag_list,
        author: caller.id,
    };
    if !tables.put_article(article.clone()) {
        return Err(TAKEN);
    }
    let response = respond(&tables, &article, Some(caller.id));
    Ok((StatusCode::CREATED, response))
}

#[derive(Deserialize)]
pub(super) struct Update {
    article: Changes,
}

#[derive(Deserialize)]
struct Changes {
    title: Option<String>,
    description: Option<String>,
    body: Option<String>,
}

#[require_auth(check = owns_article)]
pub(super) async fn update(
    Checked(mut article): Checked<Article>,
    State(app): State<App>,
    Json(Update { article: changes }): Json<Update>,
) -> ApiResult {
    if let Some(title) = changes.title {
        article.slug = slug(&title);
        article.title = title;
    }
    article.description = changes.description.unwrap_or(article.description);
    article.body = changes.body.unwrap_or(article.body);
    let mut tables = app.database.tables();
    if !tables.put_article(article.clone()) {
        return Err(TAKEN);
    }
    Ok(respond(&tables, &article, Some(article.author)))
}

#[require_auth(policy = CanDeleteArticle)]
pub(super) async fn delete(
    State(app): State<App>,
    Path(slug): Path<String>,
) -> Result<StatusCode, ApiError> {
    let mut tables = app.database.tables();
    let id = tables.article(&slug).ok_or(ApiError::NotFound)?.id;
    tables.remove_article(id);
    Ok(StatusCode::NO_CONTENT)
}

#[require_auth]
pub(super) async fn favorite(
    Caller(caller): Caller<User>,
    State(app): State<App>,
    Path(slug): Path<String>,
) -> ApiResult {
    let mut tables = app.database.tables();
    let article = tables.article(&slug).ok_or(ApiError::NotFound)?.clone();
    tables.favorites.insert((caller.id, article.id));
    Ok(respond(&tables, &article, Some(caller.id)))
}

#[require_auth]
pub(super) async fn unfavorite(
    Caller(caller): Caller<User>,
    State(app): State<App>,
    Path(slug): Path<String>,
) -> ApiResult {
    let mut tables = app.database.tables();
    let article = tables.article(&slug).ok_or(ApiError::NotFound)?.clone();
    tables.favorites.remove(&(caller.id, article.id));
    Ok(respond(&tables, &article, Some(caller.id)))
}

#[allow_anonymous(reason = "the tags of all articles")]
pub(super) async fn tags(State(app): State<App>) -> Json<Value> {
    let tables = app.database.tables();
    let tags: BTreeSet<_> = tables.articles.values().flat_map(|one| &one.tags).collect();
    Json(json!({ "tags": tags }))
}
