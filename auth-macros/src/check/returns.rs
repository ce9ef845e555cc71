//! Determines the return type of the function for a check, because closures usually do not declare one.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Block, Expr, Macro, Pat, Stmt, Type};

use crate::tokens;

pub(crate) enum Returns {
    /// The closure declares its return type: `|..| -> R`.
    Declared(Box<Type>),
    /// The body ends with `Ok(..)` or `Err(..)`. The function returns a `Result` with `CheckError`, so that `?` converts.
    Result,
    /// The body uses `?` and ends with a plain value. The function returns the value in `Ok`.
    WrappedInOk,
    /// The body ends with `todo!()` and never returns, so its type is unknown.
    Unwritten { fallible: bool },
    /// Any other body.
    Plain,
}

impl Returns {
    pub(crate) fn of(declared: Option<Box<Type>>, body: &Expr) -> Self {
        if let Some(declared) = declared {
            return Self::Declared(declared);
        }
        let fallible = leaves_early(body);
        match ending(body) {
            Ending::Result | Ending::Returned => Self::Result,
            Ending::Value if fallible => Self::WrappedInOk,
            Ending::Never if !returns(body) => Self::Unwritten { fallible },
            // The body has a `return`, and an `Ok(..)` after it would be unreachable.
            Ending::Never if fallible => Self::Result,
            Ending::Value | Ending::Never => Self::Plain,
        }
    }
}

/// The last expression of a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// `Ok(..)` or `Err(..)`.
    Result,
    /// `return Ok(..)` or `return Err(..)`. Other branches may have a plain value.
    Returned,
    Value,
    /// `todo!()` or `return ..`, which have no value.
    Never,
}

/// Macros that never return.
const PANICKING: [&str; 4] = ["panic", "todo", "unimplemented", "unreachable"];

fn ending(expression: &Expr) -> Ending {
    match expression {
        Expr::Call(call) => match &*call.func {
            Expr::Path(function)
                if function
                    .path
                    .segments
                    .last()
                    .is_some_and(|last| last.ident == "Ok" || last.ident == "Err") =>
            {
                Ending::Result
            }
            _ => Ending::Value,
        },
        Expr::Block(block) => block_ending(&block.block),
        Expr::Unsafe(block) => block_ending(&block.block),
        Expr::If(branches) => match &branches.else_branch {
            Some((_, other)) => several([block_ending(&branches.then_branch), ending(other)]),
            None => Ending::Value,
        },
        Expr::Loop(_) => {
            let breaks = |ident: &Ident| ident == "break";
            if tokens::find(expression.to_token_stream(), &breaks).is_some() {
                Ending::Value
            } else {
                Ending::Never
            }
        }
        Expr::Macro(inner) => macro_ending(&inner.mac),
        Expr::Match(choice) => several(choice.arms.iter().map(|arm| ending(&arm.body))),
        Expr::Paren(inner) => ending(&inner.expr),
        Expr::Group(inner) => ending(&inner.expr),
        Expr::Return(inner) => match inner.expr.as_deref().map(ending) {
            Some(Ending::Result) => Ending::Returned,
            _ => Ending::Never,
        },
        _ => Ending::Value,
    }
}

fn block_ending(block: &Block) -> Ending {
    match block.stmts.last() {
        Some(Stmt::Expr(tail, None) | Stmt::Expr(tail @ Expr::Return(_), Some(_))) => ending(tail),
        Some(Stmt::Macro(last)) => macro_ending(&last.mac),
        _ => Ending::Value,
    }
}

fn macro_ending(mac: &Macro) -> Ending {
    let last = mac.path.segments.last();
    if last.is_some_and(|last| PANICKING.iter().any(|name| last.ident == name)) {
        Ending::Never
    } else {
        Ending::Value
    }
}

/// The ending of an expression with several branches.
fn several(endings: impl IntoIterator<Item = Ending>) -> Ending {
    endings
        .into_iter()
        .reduce(|one, other| match (one, other) {
            (Ending::Result, _) | (_, Ending::Result) => Ending::Result,
            (Ending::Value, _) | (_, Ending::Value) => Ending::Value,
            (Ending::Returned, _) | (_, Ending::Returned) => Ending::Returned,
            (Ending::Never, Ending::Never) => Ending::Never,
        })
        .unwrap_or(Ending::Value)
}

fn returns(body: &Expr) -> bool {
    tokens::find(body.to_token_stream(), &|ident| ident == "return").is_some()
}

/// Whether the body contains a `?` that leaves it, so not one in a nested closure, async block or item.
fn leaves_early(expression: &Expr) -> bool {
    let maybe = |inner: &Option<Box<Expr>>| inner.as_deref().is_some_and(leaves_early);
    match expression {
        Expr::Try(_) => true,
        Expr::Array(array) => array.elems.iter().any(leaves_early),
        Expr::Assign(assign) => leaves_early(&assign.left) || leaves_early(&assign.right),
        Expr::Await(inner) => leaves_early(&inner.base),
        Expr::Binary(binary) => leaves_early(&binary.left) || leaves_early(&binary.right),
        Expr::Block(inner) => block_leaves_early(&inner.block),
        Expr::Break(inner) => maybe(&inner.expr),
        Expr::Call(call) => leaves_early(&call.func) || call.args.iter().any(leaves_early),
        Expr::Cast(inner) => leaves_early(&inner.expr),
        Expr::Field(inner) => leaves_early(&inner.base),
        Expr::ForLoop(inner) => leaves_early(&inner.expr) || block_leaves_early(&inner.body),
        Expr::Group(inner) => leaves_early(&inner.expr),
        Expr::If(branches) => {
            leaves_early(&branches.cond)
                || block_leaves_early(&branches.then_branch)
                || branches
                    .else_branch
                    .as_ref()
                    .is_some_and(|(_, other)| leaves_early(other))
        }
        Expr::Index(inner) => leaves_early(&inner.expr) || leaves_early(&inner.index),
        Expr::Let(inner) => leaves_early(&inner.expr),
        Expr::Loop(inner) => block_leaves_early(&inner.body),
        Expr::Macro(inner) => tokens::contain_question_mark(&inner.mac.tokens),
        Expr::Match(choice) => {
            leaves_early(&choice.expr)
                || choice
                    .arms
                    .iter()
                    .any(|arm| guard_leaves_early(&arm.pat) || leaves_early(&arm.body))
        }
        Expr::MethodCall(call) => {
            leaves_early(&call.receiver) || call.args.iter().any(leaves_early)
        }
        Expr::Paren(inner) => leaves_early(&inner.expr),
        Expr::Range(inner) => maybe(&inner.start) || maybe(&inner.end),
        Expr::RawAddr(inner) => leaves_early(&inner.expr),
        Expr::Reference(inner) => leaves_early(&inner.expr),
        Expr::Repeat(inner) => leaves_early(&inner.expr),
        Expr::Return(inner) => maybe(&inner.expr),
        Expr::Struct(inner) => {
            inner.fields.iter().any(|field| leaves_early(&field.expr)) || maybe(&inner.rest)
        }
        Expr::Tuple(tuple) => tuple.elems.iter().any(leaves_early),
        Expr::Unary(inner) => leaves_early(&inner.expr),
        Expr::Unsafe(inner) => block_leaves_early(&inner.block),
        Expr::Verbatim(tokens) => tokens::contain_question_mark(tokens),
        Expr::While(inner) => leaves_early(&inner.cond) || block_leaves_early(&inner.body),
        // Closures, async blocks, and expressions without subexpressions.
        _ => false,
    }
}

fn block_leaves_early(block: &Block) -> bool {
    block.stmts.iter().any(|statement| match statement {
        Stmt::Local(local) => local.init.as_ref().is_some_and(|init| {
            leaves_early(&init.expr)
                || init
                    .diverge
                    .as_ref()
                    .is_some_and(|(_, otherwise)| leaves_early(otherwise))
        }),
        Stmt::Item(_) => false,
        Stmt::Expr(expression, _) => leaves_early(expression),
        Stmt::Macro(statement) => tokens::contain_question_mark(&statement.mac.tokens),
    })
}

fn guard_leaves_early(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Guard(guarded) if leaves_early(&guarded.guard))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(body: &str) -> &'static str {
        let body = syn::parse_str(body).expect(body);
        match Returns::of(None, &body) {
            Returns::Declared(_) => "declared",
            Returns::Result => "result",
            Returns::WrappedInOk => "wrapped",
            Returns::Unwritten { fallible: false } => "unwritten",
            Returns::Unwritten { fallible: true } => "unwritten result",
            Returns::Plain => "plain",
        }
    }

    #[test]
    fn a_check_body_that_ends_in_ok_or_err_is_a_result() {
        for body in [
            "Ok(true)",
            "Err(CheckError::not_found())",
            "::core::result::Result::Ok(true)",
            "{ let order = find(id).await?; Ok(order.owner == caller.id()) }",
            "if late { Err(CheckError::denied()) } else { decide() }",
            "if late { decide() } else if early { decide() } else { Ok(true) }",
            "match find(id) { Some(order) => (Ok(order.free)), None => decide() }",
            "unsafe { Ok(true) }",
            "{ return Ok(find(id)?) }",
            "return Ok(true)",
            "{ let order = find(id)?; return Ok(order.free); }",
            "{ if late { return Err(CheckError::denied()); } else { return Ok(true); } }",
            "{ if late? { return Ok(true); } todo!() }",
            "loop { if next()? { return Ok(true); } }",
        ] {
            assert_eq!(kind(body), "result", "{body}");
        }
    }

    #[test]
    fn a_plain_value_after_a_question_mark_is_wrapped_in_ok() {
        for body in [
            "find(id).await? == caller.id()",
            "{ let order = find(id)?; order.free }",
            "{ let Some(order) = find(id)? else { return Ok(false) }; order.free }",
            "[a?].len() == 1",
            "matches!(find(id)?, Some(_))",
            "{ log!(find(id)?); true }",
            "match find(id) { order if order? => true, _ => false }",
            "{ for order in orders? { seen(order) } true }",
            "{ while next()? {} true }",
            "{ x = y?; true }",
            "!&(a, b?).0 as bool",
            "Order { id: id?, ..base }.free",
            "if late? { return Err(CheckError::denied()) } else { true }",
            "loop { if next()? { break true } }",
            "loop { break a? }",
            "a[b?]",
            "if let Some(x) = a? { x } else { false }",
            "(a?..b).contains(&c)",
            "f(a)(b?)",
        ] {
            assert_eq!(kind(body), "wrapped", "{body}");
        }
    }

    #[test]
    fn a_check_body_that_never_returns_is_unfinished() {
        for body in [
            "todo!()",
            "{ todo!(); }",
            "{ let order = find(id); unimplemented!(\"compare {order}\") }",
            "if late { panic!() } else { ::core::unreachable!{} }",
        ] {
            assert_eq!(kind(body), "unwritten", "{body}");
        }
        assert_eq!(
            kind("{ let order = find(id)?; todo!() }"),
            "unwritten result"
        );
    }

    #[test]
    fn any_other_check_body_keeps_its_own_type() {
        for body in [
            "caller.id() == owner",
            "db.owns(caller.id(), id).await",
            "orders.iter().all(|order| check(order)? == 1)",
            "{ let later = async { find(id)? }; later.await }",
            "{ fn find() -> Option<u8> { Some(one()?) } find().is_some() }",
            "{ Ok::<(), ()>(()); true }",
            "{ if late { return Allowed::with(order); } todo!() }",
            "{ return true; }",
            "if late { todo!() } else { true }",
        ] {
            assert_eq!(kind(body), "plain", "{body}");
        }
    }
}
