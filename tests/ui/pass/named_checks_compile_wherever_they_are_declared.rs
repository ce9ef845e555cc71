//! Through imports with `use`, `as` and globs, in private modules, in functions, with generic parameters and from
//! macros.

#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::unused_async)]

use auth_runtime::{
    Allowed, CheckError, Checked, Guard, Identity, PolicyWithoutChecks, Router, check, guard, policy, require_auth,
    routing::get,
};
use axum::extract::{FromRef, Path, State};

pub mod shop {
    use super::{Identity, check};

    #[check]
    pub async fn r#loop(caller: Identity) -> bool {
        caller.subject() == "alice"
    }

    mod hidden {
        use auth_runtime::check;

        #[check("it is Monday")]
        pub(crate) async fn is_monday() -> bool {
            true
        }
    }

    pub(crate) use hidden::is_monday;

    pub mod names {
        #[auth_runtime::check]
        pub fn is_glob() -> bool {
            true
        }
    }
}

use shop::is_monday as monday;
use shop::names::*;

trait Database: Clone + Send + Sync + 'static {
    fn owner(&self, id: u32) -> Option<String>;
}

#[derive(Clone)]
struct Memory;

impl Database for Memory {
    fn owner(&self, _: u32) -> Option<String> {
        None
    }
}

#[check("owns the order")]
async fn owns<D: Database, const OFFSET: u32>(
    caller: Identity,
    State(database): State<D>,
    Path(id): Path<u32>,
) -> Result<Allowed<String>, CheckError>
where
    D: Database,
{
    let owner = database.owner(id + OFFSET).ok_or_else(CheckError::not_found)?;
    Ok(Allowed::when(owner == caller.subject(), owner))
}

macro_rules! check_named {
    ($name:ident) => {
        #[check]
        async fn $name() -> bool {
            true
        }
    };
}

check_named!(from_a_macro);

#[policy(any(role = "admin", check = owns::<Memory, 1>))]
pub struct CanEdit;

#[policy(all(policy = CanEdit, check = shop::r#loop, policy = Staff))]
pub struct Both;

#[policy(role = "staff")]
pub struct Staff;

#[policy(role = "auditor")]
pub struct Auditors;

#[policy(any(policy = Staff, policy = Auditors))]
pub struct Insiders;

#[require_auth(any(check = monday, check = is_glob, check = shop::r#loop, check = from_a_macro))]
async fn names() {}

#[require_auth(check = owns::<D, 0>)]
async fn generic<D: Database>(Checked(_): Checked<String>, State(_): State<D>) {}

#[require_auth(all(policy = CanEdit, check = |State(_): State<Memory>| true, policy = Both))]
async fn mixed(_: Option<Checked<String>>) {}

struct Orders;

impl Orders {
    #[require_auth(policy = CanEdit)]
    async fn edit(_: Option<Checked<String>>) {}
}

fn any_state<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Memory: FromRef<S>,
{
    Router::new().route("/", get(mixed)).require::<Both>()
}

fn status_page<P: PolicyWithoutChecks + 'static>(path: &str) -> Router {
    let _ = guard::<P>();
    Router::new().route(path, get(|_: Guard<P>| async { "up" })).require::<P>()
}

fn in_a_function() -> Router {
    #[check]
    async fn is_inner() -> bool {
        true
    }

    #[require_auth(check = is_inner)]
    async fn inner() {}

    Router::new().route("/inner", get(inner))
}

fn main() {
    let _: Router<()> = Router::new()
        .route("/names", get(names))
        .route("/generic", get(generic::<Memory>))
        .route("/edit", get(Orders::edit))
        .route("/closure", get(|_: Guard<Both>| async {}))
        .merge(any_state())
        .require::<CanEdit>()
        .with_state(Memory)
        .merge(status_page::<Staff>("/staff"))
        .merge(status_page::<Insiders>("/insiders"))
        .merge(in_a_function());
    drop(from_a_macro());
}
