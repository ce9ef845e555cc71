//! What the function made from a check returns, which the closure mostly leaves unsaid.

use syn::{Block, Expr, Pat, Stmt, Type};

use crate::tokens;

pub(crate) enum Returns {
    /// `|..| -> R`: as declared.
    Declared(Box<Type>),
    /// `Ok(..)` or `Err(..)` is what it ends in: a `Result` with our error, so that `?` converts.
    Result,
    /// It uses `?` and ends in a plain value: the same, with that value put into `Ok`.
    WrappedInOk,
    /// Anything else.
    Plain,
}

impl Returns {
    pub(crate) fn of(declared: Option<Box<Type>>, body: &Expr) -> Self {
        match declared {
            Some(declared) => Self::Declared(declared),
            None if ends_in_result(body) => Self::Result,
            None if leaves_early(body) => Self::WrappedInOk,
            None => Self::Plain,
        }
    }
}

/// Whether a tail position of the body is a call of `Ok` or `Err`.
fn ends_in_result(expression: &Expr) -> bool {
    match expression {
        Expr::Call(call) => matches!(
            &*call.func,
            Expr::Path(function) if function.path.segments.last().is_some_and(|last| {
                last.ident == "Ok" || last.ident == "Err"
            })
        ),
        Expr::Block(block) => tail_ends_in_result(&block.block),
        Expr::Unsafe(block) => tail_ends_in_result(&block.block),
        Expr::If(branches) => {
            tail_ends_in_result(&branches.then_branch)
                || branches
                    .else_branch
                    .as_ref()
                    .is_some_and(|(_, other)| ends_in_result(other))
        }
        Expr::Match(choice) => choice.arms.iter().any(|arm| ends_in_result(&arm.body)),
        Expr::Paren(inner) => ends_in_result(&inner.expr),
        Expr::Group(inner) => ends_in_result(&inner.expr),
        _ => false,
    }
}

fn tail_ends_in_result(block: &Block) -> bool {
    match block.stmts.last() {
        Some(Stmt::Expr(tail, None)) => ends_in_result(tail),
        _ => false,
    }
}

/// Whether a `?` leaves the body. One in a nested closure, async block or item leaves only that.
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
        // Scopes of their own, and what has nothing inside.
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

    fn returns(body: &str) -> &'static str {
        let body = syn::parse_str(body).expect(body);
        match Returns::of(None, &body) {
            Returns::Declared(_) => "declared",
            Returns::Result => "result",
            Returns::WrappedInOk => "wrapped",
            Returns::Plain => "plain",
        }
    }

    #[test]
    fn a_body_that_ends_in_ok_or_err_is_a_result() {
        for body in [
            "Ok(true)",
            "Err(CheckError::not_found())",
            "::core::result::Result::Ok(true)",
            "{ let order = find(id).await?; Ok(order.owner == caller.id()) }",
            "if late { Err(CheckError::denied()) } else { decide() }",
            "if late { decide() } else if early { decide() } else { Ok(true) }",
            "match find(id) { Some(order) => (Ok(order.free)), None => decide() }",
            "unsafe { Ok(true) }",
        ] {
            assert_eq!(returns(body), "result", "{body}");
        }
    }

    #[test]
    fn a_plain_value_after_a_question_mark_is_put_into_ok() {
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
            "{ return Ok(find(id)?) }",
            "loop { break a? }",
            "a[b?]",
            "if let Some(x) = a? { x } else { false }",
            "(a?..b).contains(&c)",
            "f(a)(b?)",
        ] {
            assert_eq!(returns(body), "wrapped", "{body}");
        }
    }

    #[test]
    fn anything_else_is_left_to_its_own_type() {
        for body in [
            "caller.id() == owner",
            "db.owns(caller.id(), id).await",
            "orders.iter().all(|order| check(order)? == 1)",
            "{ let later = async { find(id)? }; later.await }",
            "{ fn find() -> Option<u8> { Some(one()?) } find().is_some() }",
            "{ Ok::<(), ()>(()); true }",
        ] {
            assert_eq!(returns(body), "plain", "{body}");
        }
    }
}
