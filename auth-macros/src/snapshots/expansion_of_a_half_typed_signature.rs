// #[require_auth(scope = "a")]
// async fn list(caller: Identity, Path(id)
//     )

async fn list (caller : Identity , Path (id)) :: core :: compile_error ! { "expected `:`" }
