use auth_runtime::{Claims, Identity, allow_anonymous};

struct Mine;

#[allow_anonymous(reason = "public")]
async fn handler(_: Identity, _: Claims<Mine>) {}

fn main() {}
