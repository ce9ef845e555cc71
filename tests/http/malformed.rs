//! Malformed requests. Each is answered with a 4xx or not at all, and the server keeps running.

use auth_tests::application::World;
use auth_tests::client::{Request, Response};
use auth_tests::clock::unless_it_hangs;

/// The response to raw bytes; `None` if the server closes the connection.
async fn send(world: &World, bytes: &[u8]) -> Option<Response> {
    let exchange = async {
        let mut connection = world.server.connect().await;
        connection.write(bytes).await;
        connection.read(false).await
    };
    unless_it_hangs(exchange).await
}

/// A request for `/read` with these header lines, each ended as given.
fn with_lines(lines: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"GET /read HTTP/1.1\r\nHost: test\r\nConnection: close\r\n".to_vec();
    for line in lines {
        bytes.extend_from_slice(line);
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

async fn assert_refused(world: &World, what: &str, bytes: &[u8]) -> Option<u16> {
    let response = send(world, bytes).await;
    if let Some(response) = &response {
        assert!(
            (400..500).contains(&response.status),
            "{what}: {response:?}"
        );
    }
    world.assert_in_order().await;
    response.map(|response| response.status)
}

async fn assert_status(world: &World, what: &str, bytes: &[u8], status: u16) {
    assert_eq!(
        assert_refused(world, what, bytes).await,
        Some(status),
        "{what}"
    );
}

#[tokio::test]
async fn a8_two_authorization_lines_are_400_in_any_spelling() {
    let world = World::start().await;
    let good = world.reader().sign();
    let line = |name: &str| format!("{name}: Bearer {good}\r\n").into_bytes();
    for [first, second] in [
        [line("Authorization"), line("Authorization")],
        [line("AUTHORIZATION"), line("authorization")],
        [line("Authorization"), b"Authorization:\r\n".to_vec()],
        [b"Authorization:\r\n".to_vec(), line("Authorization")],
        [b"authorization: \xff\r\n".to_vec(), line("Authorization")],
    ] {
        let bytes = with_lines(&[&first, &second]);
        assert_status(&world, &second.escape_ascii().to_string(), &bytes, 400).await;
    }
    // Another header in between does not hide the second one.
    let apart = with_lines(&[&line("Authorization"), b"X: y\r\n", &line("Authorization")]);
    assert_status(&world, "apart", &apart, 400).await;
    let ninety = with_lines(&vec![b"Authorization: Bearer x\r\n".as_slice(); 90]);
    assert_status(&world, "90 lines", &ninety, 400).await;
    let thousand = with_lines(&vec![b"Authorization: Bearer x\r\n".as_slice(); 1000]);
    assert_refused(&world, "1000 lines", &thousand).await;
}

#[tokio::test]
async fn a6_authorization_values_that_are_not_text_are_malformed_tokens() {
    let world = World::start().await;
    let good = world.reader().sign();
    for value in [
        b"Bearer \xff\xfe\xfd".to_vec(),
        b"Bearer \x80".to_vec(),
        b"Bearer \xc3\xa4".to_vec(),
        b"\xff".to_vec(),
        b"Bearer\xa0x".to_vec(),
        [b"Bearer\t", good.as_bytes()].concat(),
        [b"Bearer \t", good.as_bytes()].concat(),
        [b"Bearer ", good.as_bytes(), b"\tx"].concat(),
        [b"Bearer ", good.as_bytes(), b"\xff"].concat(),
        [b"Bearer ".as_slice(), &[b'.'; 8000]].concat(),
        [b"Bearer ".as_slice(), &[b' '; 8000], b"x"].concat(),
        [b"\t".as_slice(), b"x Bearer ", good.as_bytes()].concat(),
    ] {
        let bytes = with_lines(&[b"Authorization: ", &value, b"\r\n"]);
        let what = value.escape_ascii().to_string();
        let what = what.get(..what.len().min(60)).unwrap();
        assert_status(&world, what, &bytes, 401).await;
    }
}

#[tokio::test]
async fn a16_invalid_tokens_of_any_length_are_refused_and_the_server_stays_up() {
    let world = World::start().await;
    for length in [8_193, 16 * 1024, 64 * 1024] {
        let token = "a".repeat(length);
        assert_refused(&world, "letters", &with_bearer(&token)).await;
        let dots = ".".repeat(length);
        assert_refused(&world, "dots", &with_bearer(&dots)).await;
        let parts = format!("{0}.{0}.{0}", "e".repeat(length / 3));
        assert_refused(&world, "three parts", &with_bearer(&parts)).await;
    }
    // The HTTP library has its own, lower limit.
    let megabyte = "a".repeat(1024 * 1024);
    assert_refused(&world, "a megabyte", &with_bearer(&megabyte)).await;
    let spaces = with_lines(&[b"Authorization: Bearer", &vec![b' '; 64 * 1024], b"x\r\n"]);
    assert_refused(&world, "64 KiB of spaces", &spaces).await;
}

fn with_bearer(token: &str) -> Vec<u8> {
    with_lines(&[b"Authorization: Bearer ", token.as_bytes(), b"\r\n"])
}

#[tokio::test]
async fn a3_a_scheme_without_a_value_is_no_credential_in_any_spelling() {
    let world = World::start().await;
    for line in [
        b"Authorization:\r\n".as_slice(),
        b"Authorization: \r\n",
        b"Authorization:      \r\n",
        b"Authorization:\t\r\n",
        b"Authorization: \t \t\r\n",
    ] {
        let bytes = with_lines(&[line]);
        assert_status(&world, &line.escape_ascii().to_string(), &bytes, 401).await;
    }
}

#[tokio::test]
async fn malformed_http_framing_never_authenticates_a_caller() {
    let world = World::start().await;
    let good = world.reader().sign();
    let bearer = format!("Bearer {good}");
    for (what, line) in [
        (
            "a NUL before the token",
            format!("Authorization: Bearer \0{good}\r\n"),
        ),
        (
            "a NUL after the token",
            format!("Authorization: {bearer}\0\r\n"),
        ),
        (
            "a NUL in the name",
            format!("Authori\0zation: {bearer}\r\n"),
        ),
        ("a DEL", format!("Authorization: {bearer}\u{7f}\r\n")),
        ("an escape", format!("Authorization: {bearer}\u{1b}[0m\r\n")),
        ("a bare CR", format!("Authorization: Bearer \r{good}\r\n")),
        (
            "a folded line",
            format!("Authorization: Bearer\r\n {good}\r\n"),
        ),
        (
            "a space before the colon",
            format!("Authorization : {bearer}\r\n"),
        ),
        (
            "a space before the name",
            format!(" Authorization: {bearer}\r\n"),
        ),
        ("no colon", format!("Authorization {bearer}\r\n")),
        ("no name", format!(": {bearer}\r\n")),
        ("another name", format!("Authorization2: {bearer}\r\n")),
        (
            "a name with an underscore",
            format!("_Authorization: {bearer}\r\n"),
        ),
        (
            "a name that is not ASCII",
            format!("Authoriz\u{e4}tion: {bearer}\r\n"),
        ),
    ] {
        assert_refused(&world, what, &with_lines(&[line.as_bytes()])).await;
    }
}

#[tokio::test]
async fn unusual_request_lines_and_lengths_never_authenticate_a_caller() {
    let world = World::start().await;
    for (what, bytes) in [
        ("not HTTP", b"hello\r\n\r\n".to_vec()),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20)),
        ("no version", b"GET /read\r\n\r\n".to_vec()),
        ("HTTP/1.0", b"GET /read HTTP/1.0\r\n\r\n".to_vec()),
        ("HTTP/3", b"GET /read HTTP/3\r\n\r\n".to_vec()),
        ("absolute form", b"GET http://test/read HTTP/1.1\r\nHost: test\r\n\r\n".to_vec()),
        ("no Host", b"GET /read HTTP/1.1\r\n\r\n".to_vec()),
        ("two slashes", b"GET //read HTTP/1.1\r\nHost: test\r\n\r\n".to_vec()),
        ("percent", b"GET /%72ead HTTP/1.1\r\nHost: test\r\n\r\n".to_vec()),
        ("dots", b"GET /public/../read HTTP/1.1\r\nHost: test\r\n\r\n".to_vec()),
        ("a NUL", b"GET /read\0 HTTP/1.1\r\nHost: test\r\n\r\n".to_vec()),
        ("line feeds", b"GET /read HTTP/1.1\nHost: test\n\n".to_vec()),
        (
            "two lengths",
            b"POST /write HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
                .to_vec(),
        ),
        (
            "a length and chunks",
            b"POST /write HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                .to_vec(),
        ),
        (
            "a length that is no number",
            b"POST /write HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n".to_vec(),
        ),
    ] {
        assert_refused(&world, what, &bytes).await;
    }
}

#[tokio::test]
async fn a_refusal_leaves_the_connection_usable_for_the_next_request() {
    let world = World::start().await;
    let mut connection = world.server.connect().await;
    let keep_alive = |request: Request| {
        let bytes = String::from_utf8(request.to_bytes()).unwrap();
        bytes.replace("Connection: close\r\n", "").into_bytes()
    };
    for _ in 0..3 {
        for (request, status) in [
            (Request::get("/read"), 401),
            (Request::get("/read").bearer(world.reader().sign()), 200),
            (Request::get("/read").bearer("x"), 401),
            (Request::get("/read").bearer("x").bearer("x"), 400),
            (Request::get("/read").bearer(world.alice().sign()), 403),
            (Request::get("/read").bearer(world.reader().sign()), 200),
        ] {
            connection.write(&keep_alive(request)).await;
            assert_eq!(connection.read(false).await.unwrap().status, status);
        }
    }
}
