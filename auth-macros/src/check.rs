//! A check: the user's closure, taken apart into what becomes a function of its own.

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
    /// Of the word `check`.
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

/// Extractors that read the body, which a check never gets to see.
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
    /// `None` has been reported.
    pub(crate) fn parse(
        span: Span,
        description: Option<LitStr>,
        closure: ExprClosure,
        errors: &Errors,
    ) -> Option<Self> {
        let mut understood = true;
        let mut refuse = |tokens: &dyn ToTokens, message: &str| {
            errors.over(tokens.to_token_stream(), message);
            understood = false;
        };
        if let Some(description) = &description
            && description.value().trim().is_empty()
        {
            refuse(
                description,
                "say what the check decides, or leave the description out: `check = |..| ..`",
            );
        }
        if let Some(asyncness) = &closure.asyncness {
            refuse(asyncness, "drop `async`: a check may `.await` as it is");
        }
        if let Some(constness) = &closure.constness {
            refuse(constness, "drop `const`: a check runs once per request");
        }
        if let Some(lifetimes) = &closure.lifetimes {
            refuse(
                lifetimes,
                "drop the `for<..>`: what a check takes is its own, without lifetimes",
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
                &format!("drop `{words}`: a check may `.await` as it is"),
            );
        }
        let parameters: Vec<Parameter> = closure
            .inputs
            .into_iter()
            .filter_map(|input| Parameter::parse(input, &mut refuse))
            .collect();
        if !understood {
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
                &format!("give it an extractor type: {}", suggested_type(&input)),
            );
            return None;
        };
        if let Some(attribute) = attrs.first() {
            refuse(
                attribute,
                "a check's parameter takes no attributes: put a `#[cfg]` on the handler, once for each case",
            );
        }
        let extractor = last_segment(extracted(&ty));
        if let Some(extractor) = extractor
            && let Some(name) = BODY_EXTRACTORS.iter().find(|name| extractor == *name)
        {
            refuse(
                &ty,
                &format!(
                    "a check runs before the body is read, so it can't take `{name}`: decide by the path, the query or the headers here, and look at the body in the handler"
                ),
            );
        } else if extractor.is_some_and(|extractor| extractor == "Checked") {
            refuse(
                &ty,
                "`Checked` is what a check hands on to the handler, so a check can't take it: load it here, and return `Allowed::with(..)`",
            );
        } else if let Some(reference) = elided_reference(&ty) {
            refuse(
                reference,
                &format!(
                    "a check takes its arguments by value: write `{}`",
                    reference
                        .elem
                        .to_token_stream()
                        .to_string()
                        .replace(' ', "")
                ),
            );
        } else if let Some(hole) = tokens::find(ty.to_token_stream(), &|ident| ident == "_") {
            refuse(
                &hole,
                "write the whole type: a check is a function of its own, in which nothing is inferred",
            );
        }
        Some(Self {
            pattern: *pat,
            extractor: *ty,
        })
    }
}

/// `Json<T>` of `Option<Json<T>>` and of `Result<Json<T>, JsonRejection>`: what is read from the
/// request in either case.
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

/// `async move { .. }` and nothing else, which would be a future inside a future.
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

/// `Path(id)` most likely is a `Path<..>`.
fn suggested_type(pattern: &Pat) -> String {
    let wrapper = match pattern {
        Pat::TupleStruct(pattern) => pattern.path.segments.last(),
        _ => None,
    };
    let written = pattern.to_token_stream().to_string().replace(' ', "");
    match wrapper.map(|segment| &segment.ident) {
        Some(wrapper) => format!("`{written}: {}<..>`", wrapper as &Ident),
        None => "`Path(id): Path<OrderId>`".to_owned(),
    }
}
