//! A check in a rule: the closure of the user, split into the parts of a function.

mod returns;

use proc_macro2::{Ident, Span};
use quote::{ToTokens, quote};
use syn::{
    Expr, ExprAsync, ExprClosure, GenericArgument, LitStr, Pat, PatType, PathArguments, ReturnType,
    Stmt, Type, TypeReference,
};

pub(crate) use self::returns::Returns;
use crate::{errors::Errors, handler::last_segment, tokens};

pub(crate) struct Check {
    /// The span of the keyword `check`.
    pub(crate) span: Span,
    pub(crate) description: Option<LitStr>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) returns: Returns,
    pub(crate) body: Expr,
}

/// `State(db): State<Db>`
pub(crate) struct Parameter {
    pub(crate) pattern: Pat,
    pub(crate) extractor: Type,
}

/// Extractors that read the body, which are not available in a check.
const BODY_EXTRACTORS: [&str; 8] = [
    "Body",
    "Bytes",
    "Form",
    "Json",
    "Multipart",
    "RawForm",
    "Request",
    "String",
];

impl Check {
    /// Returns `None` after reporting an error.
    pub(crate) fn parse(
        span: Span,
        description: Option<LitStr>,
        closure: ExprClosure,
        errors: &Errors,
    ) -> Option<Self> {
        let mut valid = true;
        let mut refuse = |tokens: &dyn ToTokens, message: &str| {
            errors.over(tokens.to_token_stream(), message);
            valid = false;
        };
        if let Some(description) = &description
            && description.value().trim().is_empty()
        {
            refuse(
                description,
                "the description of a check can't be empty: write what it decides, or remove it, `check = |..| ..`",
            );
        }
        if let Some(asyncness) = &closure.asyncness {
            refuse(
                asyncness,
                "a check can use `.await` without `async`: remove `async`",
            );
        }
        if let Some(constness) = &closure.constness {
            refuse(constness, "a check can't be `const`: remove `const`");
        }
        if let Some(lifetimes) = &closure.lifetimes {
            refuse(
                lifetimes,
                "a check can't have lifetime parameters: remove `for<..>`",
            );
        }
        if let Some(inner) = async_block(&closure.body) {
            let (asyncness, capture) = (&inner.async_token, &inner.capture);
            let words = if capture.is_some() {
                "async move"
            } else {
                "async"
            };
            refuse(
                &quote!(#asyncness #capture),
                &format!("a check can use `.await` without `{words}`: remove `{words}`"),
            );
        }
        let parameters: Vec<Parameter> = closure
            .inputs
            .into_iter()
            .filter_map(|input| Parameter::parse(input, &mut refuse))
            .collect();
        if !valid {
            return None;
        }
        let declared = match closure.output {
            ReturnType::Default => None,
            ReturnType::Type(_, declared) => Some(declared),
        };
        let body = *closure.body;
        let returns = Returns::of(declared, &body);
        Some(Self {
            span,
            description,
            parameters,
            returns,
            body,
        })
    }
}

impl Parameter {
    fn parse(input: Pat, refuse: &mut impl FnMut(&dyn ToTokens, &str)) -> Option<Self> {
        let Pat::Type(PatType { attrs, pat, ty, .. }) = input else {
            refuse(
                &input,
                &format!(
                    "a parameter of a check needs the type of an extractor: write {}",
                    suggested_type(&input)
                ),
            );
            return None;
        };
        if let Some(attribute) = attrs.first() {
            refuse(
                attribute,
                "a parameter of a check can't have attributes: write one handler for each `#[cfg]` instead",
            );
        }
        refuse_extractor(&ty, refuse);
        Some(Self {
            pattern: *pat,
            extractor: *ty,
        })
    }
}

/// Refuses types that are no extractors, or that are not available in a check.
pub(crate) fn refuse_extractor(ty: &Type, refuse: &mut impl FnMut(&dyn ToTokens, &str)) {
    let extractor = last_segment(extracted(ty));
    if let Some(extractor) = extractor
        && let Some(name) = BODY_EXTRACTORS.iter().find(|name| extractor == *name)
    {
        refuse(
            ty,
            &format!(
                "a check can't take `{name}`, because it runs before the body is read: use the path, the query or the headers in the check, and the body in the handler"
            ),
        );
    } else if extractor.is_some_and(|extractor| extractor == "Checked") {
        refuse(
            ty,
            "a check can't take `Checked`, which is the value that a check passes to the handler: load the value in the check, and return `Allowed::with(..)`",
        );
    } else if let Some(reference) = elided_reference(ty) {
        refuse(
            reference,
            &format!(
                "a check takes its arguments by value: write `{}`",
                tokens::spelled(&reference.elem)
            ),
        );
    } else if let Some(hole) = tokens::find(ty.to_token_stream(), &|ident| ident == "_") {
        refuse(
            &hole,
            "the type of a parameter of a check can't be inferred: write the whole type instead of `_`",
        );
    }
}

/// The extractor in `Option<Json<T>>` or `Result<Json<T>, JsonRejection>`: `Json<T>`.
fn extracted(ty: &Type) -> &Type {
    let arguments = match ty {
        Type::Group(inner) => return extracted(&inner.elem),
        Type::Paren(inner) => return extracted(&inner.elem),
        Type::Path(path) => match path.path.segments.last() {
            Some(last) if last.ident == "Option" || last.ident == "Result" => &last.arguments,
            _ => return ty,
        },
        _ => return ty,
    };
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return ty;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) => extracted(inner),
        _ => ty,
    }
}

/// The first reference without a lifetime in `ty`: `&Identity` in `Option<&Identity>`. Such a type is not an
/// extractor; only a `'static` reference could be one. References in `fn(&str)` are allowed.
fn elided_reference(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) if reference.lifetime.is_none() => Some(reference),
        Type::Group(inner) => elided_reference(&inner.elem),
        Type::Paren(inner) => elided_reference(&inner.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(elided_reference),
        Type::Path(path) => path.path.segments.iter().find_map(|segment| {
            let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
                return None;
            };
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => elided_reference(ty),
                _ => None,
            })
        }),
        _ => None,
    }
}

/// The `async` block, if the body is nothing else. The check would return a future in a future.
fn async_block(body: &Expr) -> Option<&ExprAsync> {
    match body {
        Expr::Async(inner) => Some(inner),
        Expr::Group(inner) => async_block(&inner.expr),
        Expr::Paren(inner) => async_block(&inner.expr),
        Expr::Block(inner) => match inner.block.stmts.as_slice() {
            [Stmt::Expr(only, None)] => async_block(only),
            _ => None,
        },
        _ => None,
    }
}

/// A suggestion for the type, such as `Path<..>` for `Path(id)`.
fn suggested_type(pattern: &Pat) -> String {
    let wrapper = match pattern {
        Pat::TupleStruct(pattern) => pattern.path.segments.last(),
        _ => None,
    };
    let written = tokens::spelled(pattern);
    match wrapper.map(|segment| &segment.ident) {
        Some(wrapper) => format!("`{written}: {}<..>`", wrapper as &Ident),
        None => "`Path(id): Path<OrderId>`".to_owned(),
    }
}
