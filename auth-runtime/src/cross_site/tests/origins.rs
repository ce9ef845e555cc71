//! Which origins can be configured.

use proptest::prelude::*;

use super::super::Origin;

fn advice(text: &str) -> String {
    let fault = Origin::parse(text);
    fault.map(|_| ()).expect_err(text).0
}

#[test]
fn origins_in_the_form_of_browsers_are_accepted() {
    for text in [
        "https://shop.example",
        "http://shop.example",
        "https://shop.example:8443",
        "http://shop.example:443",
        "https://shop.example:80",
        "http://localhost:3000",
        "http://127.0.0.1:3000",
        "https://[::1]",
        "https://[2001:db8::1]:8443",
        "https://[::ffff:c000:201]",
        "https://xn--bcher-kva.example",
        "https://a_b.c-d.example",
        "https://shop.example.",
        "https://a",
        "https://1.example",
    ] {
        let origin = Origin::parse(text).map_err(|fault| fault.0);
        assert_eq!(origin.as_ref().map(Origin::as_str), Ok(text));
    }
}

#[test]
fn an_origin_in_another_form_is_refused_with_the_form_of_browsers() {
    for (text, instead) in [
        ("https://shop.example/", "https://shop.example"),
        ("https://shop.example/orders?a=b#c", "https://shop.example"),
        ("https://shop.example?a", "https://shop.example"),
        ("https://shop.example#a", "https://shop.example"),
        ("HTTPS://Shop.Example", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80/", "http://shop.example"),
        ("https://shop.example:08443", "https://shop.example:8443"),
        ("https://shop.example:", "https://shop.example"),
        ("https://[2001:DB8:0:0:0:0:0:1]", "https://[2001:db8::1]"),
        (
            "https://[::ffff:192.0.2.1]:443",
            "https://[::ffff:c000:201]",
        ),
    ] {
        let expected = format!("browsers never send it in this form: write {instead:?}");
        assert_eq!(advice(text), expected, "{text}");
        assert!(Origin::parse(instead).is_ok(), "{instead}");
    }
}

#[test]
fn what_is_not_an_origin_is_refused_with_a_reason() {
    for (text, says) in [
        ("null", "sandboxed pages"),
        ("https://bücher.example", "punycode"),
        ("ftp://shop.example", "only http and https"),
        ("capacitor://localhost", "only http and https"),
        ("https://alice:secret@shop.example", "no user name"),
        ("https://*.shop.example", "wildcards"),
        ("*", "not an origin"),
        ("", "not an origin"),
        ("shop.example", "not an origin"),
        ("https:shop.example", "not an origin"),
        ("https://", "not an origin"),
        ("https:///a", "not an origin"),
        ("https://:8443", "not an origin"),
        ("https://shop.example:0", "not an origin"),
        ("https://shop.example:65536", "not an origin"),
        ("https://shop.example:x", "not an origin"),
        ("https://shop.example::443", "not an origin"),
        ("https://shop..example", "not an origin"),
        ("https://.shop.example", "not an origin"),
        ("https://shop example", "not an origin"),
        ("https://shop.example ", "not an origin"),
        (
            "https://shop.example,https://other.example",
            "not an origin",
        ),
        ("https://127.1", "not an origin"),
        ("https://127.0.0.01", "not an origin"),
        ("https://0x7f000001", "not an origin"),
        ("https://[::1", "not an origin"),
        ("https://::1", "not an origin"),
        ("https://[shop.example]", "not an origin"),
    ] {
        let advice = advice(text);
        assert!(advice.contains(says), "{text}: {advice}");
    }
}

proptest! {
    /// The advice is never refused in turn.
    #[test]
    fn the_advised_origin_is_accepted(
        text in "(https?|HTTP)://[a-zA-Z0-9.:_\\[\\]-]{0,12}(:[0-9]{0,6})?[/?#]?[a-z]{0,3}",
    ) {
        if let Err(fault) = Origin::parse(&text)
            && let Some(instead) = fault.0.split('"').nth(1)
        {
            prop_assert!(Origin::parse(instead).is_ok(), "{} {}", text, fault.0);
        }
    }

    #[test]
    fn any_text_is_an_origin_or_gets_advice(text in ".*") {
        match Origin::parse(&text) {
            Ok(origin) => prop_assert_eq!(origin.as_str(), text),
            Err(fault) => prop_assert!(!fault.0.is_empty()),
        }
    }
}
