use auth_runtime::require_auth;

struct Problem;

fn load() -> Result<bool, Problem> {
    Err(Problem)
}

#[require_auth(check = || load()?)]
async fn handler() {}

fn main() {}
