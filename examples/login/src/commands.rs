//! The curl commands.

pub(crate) fn print(url: &str) {
    println!("Paste these commands into another terminal.");
    println!("Each curl command prints the response, and then the status to expect.\n");
    let bearer = |token: &str| format!("-H \"Authorization: Bearer ${token}\"");
    let send = |expected: u16, path: &str, arguments: &str| {
        println!("curl -iw '\\nExpected: {expected}\\n\\n' {url}{path} {arguments}");
    };
    let member = |variable: &str, name: &str, tokens: &str| {
        println!(
            "{variable}=$(grep -o '\"{name}\":\"[^\"]*' <<< \"${tokens}\" | cut -d '\"' -f 4)"
        );
    };

    send(401, "/orders", "");
    send(401, "/login", "-X POST -u alice:guessed");
    // A password opens the login and nothing else.
    send(401, "/orders", "-u 'alice:correct horse'");
    println!("LOGIN=$(curl -s -X POST -u 'alice:correct horse' {url}/login)");
    member("ACCESS", "access_token", "LOGIN");
    member("REFRESH", "refresh_token", "LOGIN");
    send(200, "/orders", &bearer("ACCESS"));
    send(
        403,
        "/orders/1/refund",
        &format!("-X POST {}", bearer("ACCESS")),
    );
    send(401, "/orders", &bearer("REFRESH"));

    // When the access token has expired. Two tabs do this at once, and both get the same refresh token.
    println!("TAB_ONE=$(curl -s -d \"refresh_token=$REFRESH\" {url}/refresh)");
    println!("TAB_TWO=$(curl -s -d \"refresh_token=$REFRESH\" {url}/refresh)");
    member("SECOND", "refresh_token", "TAB_ONE");
    member("SAME", "refresh_token", "TAB_TWO");
    member("ACCESS", "access_token", "TAB_TWO");
    send(200, "/orders", &bearer("ACCESS"));
    send(200, "/refresh", "-d \"refresh_token=$SAME\"");
    // An old token ends the login, because a thief may have it.
    send(400, "/refresh", "-d \"refresh_token=$REFRESH\"");
    send(400, "/refresh", "-d \"refresh_token=$SECOND\"");

    println!("LOGIN=$(curl -s -X POST -u 'alice:correct horse' {url}/login)");
    member("ACCESS", "access_token", "LOGIN");
    member("REFRESH", "refresh_token", "LOGIN");
    send(204, "/logout", &format!("-X POST {}", bearer("ACCESS")));
    send(401, "/orders", &bearer("ACCESS"));
    send(400, "/refresh", "-d \"refresh_token=$REFRESH\"");
    send(200, "/.well-known/jwks.json", "");
    println!("\nListening on {url} until Ctrl-C.");
}
