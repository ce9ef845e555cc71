//! The expansion adds no name to the user's scope and does not change the user's code.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::{Annotated, errors::MISTAKES, messages};
use crate::arguments::AuthAttribute;

/// Each kind of expansion, with another name for the runtime crate.
const RENAMED: [&str; 6] = [
    r#"#[require_auth(
        any(scope = "a", role = "b", claim("c" = 1), claim("d" = true), claim("e" = "f"), not(policy = P)),
        check("named") = |a: A| a.ok()?,
        scheme = ["bearer", GATEWAY], acr = "g", max_age = "1s", hide = "always", crate = ::renamed
    )]
    async fn all_of_it<T>(a: A) {}"#,
    "#[require_auth(check = |State(db): State<T>| { Ok(db.open()) }, crate = ::renamed)]
    async fn generic<T: Database>() {}",
    "#[require_auth(policy = P, crate = ::renamed)] async fn named() {}",
    "#[optional_auth(crate = ::renamed)] async fn optional() {}",
    r#"#[allow_anonymous(reason = "r", crate = ::renamed)] async fn anonymous() {}"#,
    "#[policy(hide, crate = ::renamed)] struct P;",
];

#[test]
fn the_expansion_uses_a_renamed_runtime_everywhere() {
    for source in RENAMED {
        let expanded = Annotated::parse(source).expand();
        assert_eq!(messages(expanded.clone()), [""; 0], "{source}");
        assert_eq!(count(&expanded, "auth_runtime"), 0, "{expanded}");
        assert!(count(&expanded, "renamed") > 0, "{expanded}");
    }
}

/// The guard is inserted into the tokens, in which the arguments must be found without parsing the function.
#[test]
fn the_guard_is_the_first_argument_of_every_function() {
    let without_spaces = |text: &dyn ToString| text.to_string().replace(' ', "");
    for function in [
        "async fn f() {}",
        "pub(crate) async fn f(a: A, (b, c): (B, C)) -> (D, E) {}",
        "pub(in crate::f) async fn f<F: Fn(u8) -> u8, const N: usize>(f: F) where F: Fn(u8) {}",
        "async fn f<T: A<B<C>>>(t: T) -> Result<T, ()> {}",
        "fn f(a: A) -> impl Future<Output = ()> {}",
    ] {
        let mut annotated = Annotated::parse(&format!("#[require_auth] {function}"));
        let expanded = annotated.expand();
        // The arguments follow `f` or its type parameters.
        let end_of_name = if function.contains("f<") { ">(" } else { " f(" };
        let with_guard = format!("{end_of_name}_: ::auth_runtime::Guard<__f_policy>,");
        let expected = function.replacen(end_of_name, &with_guard, 1);
        let expected = without_spaces(&expected);
        assert!(
            without_spaces(&expanded).starts_with(&expected),
            "{expanded}"
        );

        // As a `$function:item` of a `macro_rules!`.
        let group = Group::new(Delimiter::None, annotated.item);
        annotated.item = TokenTree::from(group).into();
        let expanded = annotated.expand();
        assert!(
            without_spaces(&expanded).starts_with(&expected),
            "{expanded}"
        );
    }
}

#[test]
fn every_path_in_the_expansion_is_absolute() {
    for source in RENAMED {
        let expanded = Annotated::parse(source).expand();
        for root in ["core", "std", "alloc", "renamed"] {
            assert_eq!(relative_uses(&expanded, root), 0, "{root}: {expanded}");
        }
        // Names of the prelude, which an item of the user could shadow.
        for name in [
            "Some", "None", "Ok", "Err", "Send", "Sync", "Result", "Option",
        ] {
            let written = count(&source.parse().expect("invalid tokens"), name);
            let relative = relative_uses(&expanded, name);
            assert_eq!(relative, written, "{name}: {expanded}");
        }
    }
}

#[test]
fn the_handler_function_is_kept_token_for_token() {
    let source = r#"
        #[require_auth(scope = "a")]
        #[instrument(skip_all)]
        pub(crate) async unsafe extern "C" fn r#move<'a, T: Debug, const N: usize>(
            #[cfg(feature = "late")] mut late: Query<Late>,
            Path((first, second)): Path<(u8, &'a str)>,
        ) -> Result<impl IntoResponse, Problem<T>>
        where
            T: Clone,
        {
            #![allow(unused)]
            let x = |y: u8| -> u8 { y << 1 };
            for<'b> fn(&'b str) not rust at all ? . . .. ..= 'a' 'b 1.0e3 b"x" r"y" => &&
        }
    "#;
    let annotated = Annotated::parse(source);
    let expanded = flat(annotated.expand());
    let item = flat(annotated.item);
    let guard = flat(
        "_: ::auth_runtime::Guard<__move_policy>,"
            .parse()
            .expect("invalid tokens"),
    );

    let arguments = item
        .windows(2)
        .position(|pair| pair == [">", "("])
        .expect("no arguments")
        + 2;
    assert_eq!(expanded[..arguments], item[..arguments]);
    assert_eq!(expanded[arguments..arguments + guard.len()], guard);
    let rest = &expanded[arguments + guard.len()..];
    assert_eq!(rest[..item.len() - arguments], item[arguments..]);
}

#[test]
fn a_half_typed_attribute_keeps_the_item() {
    let item = "async fn list(caller: Identity) { caller. }";
    let arguments = [
        r#"scope = "orders:read", not(role = "trial"), claim("a" = -1), claim("/b" = "c")"#,
        r#"any(scope = scopes::A, all(role = <T as X>::B, policy = Owns<Order, 5>)), hide = "always""#,
        r#"check("owns it") = |State(db): State<Db>, Path((a, b)): Path<(u8, u8)>| -> Result<bool, E> { db.get(a)?.is(b) }"#,
        r#"check = async move |a, b: Json<_>| match a { Some(x) if x? => return Ok(true), _ => [1][0] }, scope = "x""#,
        r#"scheme = ["bearer", kinds::GATEWAY, <T as X>::Y], acr = "a", max_age = "5m", reason = "x", crate = ::a::b"#,
        r#"scope = "a" || role = "b" && !x, "text", 5, any(any(any(any()))), = , , ,"#,
        "role role = = role ( ) [ ] { } crate crate = crate hide(hide) not(not()) claim claim() claim(\"x\")",
    ];
    let mut tried = 0;
    for arguments in arguments {
        for (end, _) in arguments.char_indices().chain([(arguments.len(), ' ')]) {
            for closing in ["", ")", "))", ")))", "}", "})", "|", "|)", "]", "\"", "\")"] {
                let prefix = format!("{}{closing}", &arguments[..end]);
                if prefix.parse::<TokenStream>().is_err() {
                    continue;
                }
                tried += 1;
                for attribute in ["require_auth", "optional_auth", "allow_anonymous", "policy"] {
                    assert_survives(&Annotated::parse(&format!(
                        "#[{attribute}({prefix})] {item}"
                    )));
                }
            }
        }
    }
    assert!(tried > 500, "only {tried} prefixes are valid tokens");
}

#[test]
fn an_attribute_on_any_item_keeps_the_item() {
    let items = [
        r#"#[cfg(x)] pub(in a::b) async unsafe extern "C" fn f<'a, T: X<Y = Z>>(#[a] b: B, ..) -> C where T: D { body }"#,
        "pub struct S<T>(u8) where T: X; impl S {}",
        "enum E { A, B }",
        "trait T { fn f(&self); }",
        "let x = |y| z;",
    ];
    for item in items {
        let tokens: Vec<TokenTree> = item
            .parse::<TokenStream>()
            .expect("invalid tokens")
            .into_iter()
            .collect();
        for length in 0..=tokens.len() {
            let item: TokenStream = tokens.iter().take(length).cloned().collect();
            for attribute in AuthAttribute::ALL {
                assert_survives(&Annotated {
                    attribute,
                    arguments: TokenStream::new(),
                    item: item.clone(),
                });
            }
        }
    }
}

#[test]
fn an_item_with_any_mistake_gets_an_invalid_policy() {
    for source in without_checks() {
        let annotated = Annotated::parse(source);
        let expanded = annotated.expand();
        let item = annotated.item.to_string();
        let has_policy = ["fn f", "struct S", "struct P", "enum P"]
            .iter()
            .any(|header| item.contains(header));
        let is_declared_only = item.contains("fn f") && item.ends_with(';');
        // With two `#[policy]`, the second one adds the policy.
        let gets_policy = has_policy && !item.contains("# [policy]") && !is_declared_only;
        let guards = count(&expanded, "InvalidPolicy");
        assert_eq!(guards, usize::from(gets_policy), "{source}\n{expanded}");
        let takes_self = !source.contains("self::") && count(&expanded, "self") > 0;
        assert!(!takes_self, "{source}\n{expanded}");
    }
}

#[test]
fn a_check_with_any_mistake_gets_a_type_with_its_name() {
    for source in MISTAKES.iter().filter(|source| is_check(source)) {
        let expanded = Annotated::parse(source).expand();
        let is_function = source.contains("{ true }") || source.ends_with("{}");
        let is_method = source.contains("self") || source.contains("Self");
        assert_eq!(
            count(&expanded, "NamedCheck"),
            usize::from(is_function && !is_method),
            "{source}\n{expanded}"
        );
    }
}

fn without_checks() -> impl Iterator<Item = &'static str> {
    MISTAKES.iter().copied().filter(|source| !is_check(source))
}

fn is_check(source: &str) -> bool {
    source.starts_with("#[check")
}

/// Expands the attribute, which must not panic. The output must start with the item, with or without a guard.
fn assert_survives(annotated: &Annotated) {
    let expanded = annotated.expand();
    if messages(expanded.clone()).is_empty() {
        return;
    }
    let (mut expanded, item) = (flat(expanded), flat(annotated.item.clone()));
    // `_: ::auth_runtime::Guard<::auth_runtime::__private::InvalidPolicy>,`
    if let Some(policy) = expanded.iter().position(|token| token == "InvalidPolicy") {
        let start = expanded[..policy].iter().rposition(|token| token == "_");
        let length = expanded[policy..].iter().position(|token| token == ",");
        if let (Some(start), Some(length)) = (start, length) {
            expanded.drain(start..=policy + length);
        }
    }
    assert!(expanded.starts_with(&item), "{item:?}\n\n{expanded:?}");
}

/// All tokens as strings, including those in groups. The spacing is ignored.
fn flat(tokens: TokenStream) -> Vec<String> {
    let mut all = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                all.push(open.to_owned());
                all.extend(flat(group.stream()));
                all.push(close.to_owned());
            }
            other => all.push(other.to_string()),
        }
    }
    all
}

fn count(tokens: &TokenStream, name: &str) -> usize {
    let of = |token: TokenTree| match token {
        TokenTree::Ident(ident) => usize::from(ident == name),
        TokenTree::Group(group) => count(&group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => 0,
    };
    tokens.clone().into_iter().map(of).sum()
}

/// How often the tokens contain `name` without a `::` before it.
fn relative_uses(tokens: &TokenStream, name: &str) -> usize {
    let mut uses = 0;
    let mut after_colon = false;
    for token in tokens.clone() {
        match &token {
            TokenTree::Ident(ident) if ident == name && !after_colon => uses += 1,
            TokenTree::Group(group) if group.delimiter() != Delimiter::None => {
                uses += relative_uses(&group.stream(), name);
            }
            _ => {}
        }
        after_colon = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
    }
    uses
}
