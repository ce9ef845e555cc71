// #[require_auth]
// async fn list(caller: Identity) {
//     let order = caller.
// }

async fn list (_ : :: auth_runtime :: Guard < __list_policy > , caller : Identity) { let order = caller . } # [doc (hidden)] enum __list_policy { } impl :: auth_runtime :: Policy for __list_policy { const RULE : & 'static :: auth_runtime :: __private :: Rule = & :: auth_runtime :: __private :: Rule :: required (:: core :: concat ! (:: core :: module_path ! () , "::list")) ; type Checks = () ; }
