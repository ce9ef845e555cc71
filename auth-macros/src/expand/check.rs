//! Generates the checks of a rule: a function for each, and a `Check` impl that calls them.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{Expr, GenericParam, Stmt, StmtMacro, TypeParam, spanned::Spanned};

use super::{Expansion, Runtime, Target, located_at};
use crate::check::{Check, Parameter, Returns};

impl Expansion<'_> {
    /// Input:
    /// ```text
    /// check = |caller: Identity, Path(id): Path<OrderId>| owner(id) == caller.id()
    /// ```
    /// Output:
    /// ```text
    /// impl __list_policy {
    ///     async fn check_0(caller: Identity, Path(id): Path<OrderId>) -> impl Verdict { .. }
    /// }
    /// impl<S> Check<S> for __list_policy where Identity: FromRequestParts<S>, .. {
    ///     async fn check(index: usize, parts: &mut Parts, state: &S) -> Outcome { .. }
    /// }
    /// ```
    pub(super) fn checks(&self, target: &Target) -> TokenStream {
        let inherent = self.inherent(target);
        let bounds = self.bounds();
        let method = self.check_method();

        let Target {
            ident,
            generics,
            conditions,
        } = target;
        let runtime = self.runtime(self.span);
        let state = self.state();
        let (_, arguments, _) = generics.split_for_impl();
        let mut parameters = generics.clone();
        let state_parameter = GenericParam::Type(TypeParam::from(state.clone()));
        parameters.params.insert(0, state_parameter);
        let (parameters, _, _) = parameters.split_for_impl();
        let declared = generics
            .where_clause
            .iter()
            .flat_map(|clause| clause.predicates.iter().map(ToTokens::to_token_stream));
        let predicates = declared.chain(bounds);
        quote_spanned! {self.span=>
            #inherent
            #(#conditions)*
            #[doc(hidden)]
            impl #parameters #runtime::__private::Check<#state> for #ident #arguments
            where
                #(#predicates),*
            {
                #method
            }
        }
    }

    /// The type parameter for the state of the application. It would shadow a type with the same name.
    fn state(&self) -> Ident {
        Ident::new("__RequestState", self.span)
    }

    /// The bounds that require every parameter of a check to be an extractor for the state. Each has the span of the type,
    /// where errors then point.
    fn bounds(&self) -> Vec<TokenStream> {
        let state = self.state();
        let mut bounds = vec![quote_spanned! {self.span=>
            #state: ::core::marker::Send + ::core::marker::Sync
        }];
        for Parameter { extractor, .. } in
            self.rule.checks.iter().flat_map(|check| &check.parameters)
        {
            let span = located_at(extractor.span());
            let runtime = self.runtime(span);
            bounds.push(quote_spanned! {span=>
                #extractor: #runtime::__private::FromRequestParts<#state>
            });
        }
        bounds
    }

    /// The functions of the checks, in an impl of the hidden type.
    fn inherent(&self, target: &Target) -> TokenStream {
        let Target {
            ident,
            generics,
            conditions,
        } = target;
        let (parameters, arguments, where_clause) = generics.split_for_impl();
        let functions = self
            .rule
            .checks
            .iter()
            .enumerate()
            .map(|(index, check)| self.function(index, check));
        quote_spanned! {self.span=>
            #(#conditions)*
            impl #parameters #ident #arguments #where_clause {
                #(#functions)*
            }
        }
    }

    fn function(&self, index: usize, check: &Check) -> TokenStream {
        let span = located_at(check.span);
        let runtime = self.runtime(span);
        let name = function_name(index, span);
        let parameters = check.parameters.iter().map(|parameter| {
            let Parameter { pattern, extractor } = parameter;
            quote_spanned!(span=> #pattern: #extractor)
        });
        let body = &check.body;
        let (returned, body) = match &check.returns {
            Returns::Declared(declared) => (declared.to_token_stream(), block(body, span)),
            Returns::Plain => (
                quote_spanned!(span=> impl #runtime::__private::Verdict),
                block(body, span),
            ),
            Returns::Result => (result_of_verdict(&runtime, span), block(body, span)),
            Returns::WrappedInOk => (result_of_verdict(&runtime, span), block_in_ok(body, span)),
            Returns::Unwritten { fallible: false } => (
                quote_spanned!(span=> ::core::primitive::bool),
                block(body, span),
            ),
            Returns::Unwritten { fallible: true } => (
                quote_spanned! {span=>
                    ::core::result::Result<::core::primitive::bool, #runtime::CheckError>
                },
                block(body, span),
            ),
        };
        quote_spanned! {span=>
            async fn #name(#(#parameters),*) -> #returned #body
        }
    }

    /// The method that runs the extractors of the check with an index, and then the check.
    fn check_method(&self) -> TokenStream {
        let span = self.span;
        let runtime = self.runtime(span);
        let state = self.state();
        let arms = self
            .rule
            .checks
            .iter()
            .enumerate()
            .map(|(index, check)| self.arm(index, check));
        let takes_something = self
            .rule
            .checks
            .iter()
            .any(|check| !check.parameters.is_empty());
        let state_name = Ident::new(if takes_something { "state" } else { "_" }, span);
        quote_spanned! {span=>
            async fn check(
                index: usize,
                parts: &mut #runtime::__private::Parts,
                #state_name: &#state,
            ) -> #runtime::__private::Outcome {
                match index {
                    #(#arms)*
                    _ => #runtime::__private::unknown_check(index),
                }
            }
        }
    }

    fn arm(&self, index: usize, check: &Check) -> TokenStream {
        let state = self.state();
        let arguments: Vec<Ident> = (0..check.parameters.len())
            .map(|position| format_ident!("argument_{}", position, span = self.span))
            .collect();
        let extractions = arguments.iter().zip(&check.parameters).map(
            |(argument, Parameter { extractor, .. })| {
                let span = located_at(extractor.span());
                let runtime = self.runtime(span);
                quote_spanned! {span=>
                    let #argument = match #runtime::__private::extract::<#extractor, #state>(
                        parts, state,
                    ).await {
                        ::core::result::Result::Ok(argument) => argument,
                        ::core::result::Result::Err(outcome) => return outcome,
                    };
                }
            },
        );
        let span = located_at(check.span);
        let runtime = self.runtime(span);
        let name = function_name(index, span);
        let index = Literal::usize_unsuffixed(index);
        quote_spanned! {span=>
            #index => {
                #(#extractions)*
                #runtime::__private::conclude(Self::#name(#(#arguments),*)).await
            }
        }
    }
}

fn function_name(index: usize, span: Span) -> Ident {
    format_ident!("check_{}", index, span = span)
}

/// A `Result` with an error type into which `?` converts.
fn result_of_verdict(runtime: &Runtime<'_>, span: Span) -> TokenStream {
    quote_spanned! {span=>
        ::core::result::Result<impl #runtime::__private::Verdict, #runtime::CheckError>
    }
}

/// The body of a function: the block of the closure, or a block around its expression.
fn block(body: &Expr, span: Span) -> TokenStream {
    match body {
        Expr::Block(block) if block.attrs.is_empty() && block.label.is_none() => {
            block.to_token_stream()
        }
        _ => quote_spanned!(span=> { #body }),
    }
}

/// The body of a function that returns the value of the closure in `Ok`. The value is assigned to a variable first,
/// because the compiler would warn about its braces and parentheses inside of a call.
fn block_in_ok(body: &Expr, span: Span) -> TokenStream {
    let (statements, value) = match without_parentheses(body) {
        Expr::Block(inner) if inner.attrs.is_empty() && inner.label.is_none() => {
            match inner.block.stmts.split_last() {
                Some((Stmt::Expr(tail, None), before)) => {
                    (before, without_parentheses(tail).to_token_stream())
                }
                Some((
                    tail @ Stmt::Macro(StmtMacro {
                        semi_token: None, ..
                    }),
                    before,
                )) => (before, tail.to_token_stream()),
                _ => (&[][..], body.to_token_stream()),
            }
        }
        other => (&[][..], other.to_token_stream()),
    };
    quote_spanned! {span=>
        {
            #(#statements)*
            let verdict = #value;
            ::core::result::Result::Ok(verdict)
        }
    }
}

fn without_parentheses(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(inner) if inner.attrs.is_empty() => without_parentheses(&inner.expr),
        Expr::Group(inner) if inner.attrs.is_empty() => without_parentheses(&inner.expr),
        other => other,
    }
}
