//! Generates the functions of the closures in a rule, and the `Check` impl that runs its checks.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{Expr, GenericParam, Stmt, StmtMacro, Type, TypeParam, TypePath, spanned::Spanned};

use super::{Expansion, Runtime, Target, located_at};
use crate::{
    check::{Check, Parameter, Returns},
    requirement::CheckOrPolicy,
};

impl Expansion<'_> {
    /// Input:
    /// ```text
    /// check = |caller: Identity, Path(id): Path<OrderId>| owner(id) == caller.id(),
    /// check = is_open,
    /// policy = Staff
    /// ```
    /// Output:
    /// ```text
    /// impl __list_policy {
    ///     async fn check_0(caller: Identity, Path(id): Path<OrderId>) -> impl Verdict { .. }
    /// }
    /// impl<S> Check<S> for __list_policy
    /// where Identity: FromRequestParts<S>, .., is_open: Check<S>, Staff: RunPolicy<S> {
    ///     async fn check(place: usize, number_in_policy: usize, ..) -> Outcome { .. }
    /// }
    /// ```
    pub(super) fn checks(&self, target: &Target) -> TokenStream {
        let has_closures = self.rule.closures().next().is_some();
        let inherent = has_closures.then(|| self.inherent(target));
        let check = self.impl_check(target, self.bounds(), &self.check_method());
        quote_spanned!(self.span=> #inherent #check)
    }

    /// The impl of `Check` with `method`.
    pub(super) fn impl_check(
        &self,
        target: &Target,
        bounds: Vec<TokenStream>,
        method: &TokenStream,
    ) -> TokenStream {
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
    pub(super) fn state(&self) -> Ident {
        Ident::new("__RequestState", self.span)
    }

    /// The bounds that require every parameter of a closure to be an extractor for the state, and every named check and
    /// policy to run with it. Each has the span of the type, where errors then point.
    fn bounds(&self) -> Vec<TokenStream> {
        let parameters = self.rule.closures().flat_map(|check| &check.parameters);
        let mut bounds = self.extractor_bounds(parameters.map(|parameter| &parameter.extractor));
        bounds.extend(
            self.rule
                .checks_and_policies
                .iter()
                .filter_map(|check| match check {
                    CheckOrPolicy::Closure(_) => None,
                    CheckOrPolicy::Named(name) => {
                        let (ty, run) = self.named_check(name);
                        Some(quote_spanned!(located_at(name.span())=> #ty: #run))
                    }
                    CheckOrPolicy::Policy(policy) => {
                        let run = self.run_policy(policy);
                        Some(quote_spanned!(located_at(policy.span())=> #policy: #run))
                    }
                }),
        );
        bounds
    }

    /// The type for a named check, and the trait that runs it.
    fn named_check(&self, name: &TypePath) -> (TokenStream, TokenStream) {
        let span = located_at(name.span());
        let runtime = self.runtime(span);
        let state = self.state();
        (
            quote_spanned!(span=> ::core::marker::PhantomData<fn() -> #name>),
            quote_spanned!(span=> #runtime::__private::RunNamedCheck<#state>),
        )
    }

    /// The trait that runs the checks of a policy.
    fn run_policy(&self, policy: &TypePath) -> TokenStream {
        let span = located_at(policy.span());
        let runtime = self.runtime(span);
        let state = self.state();
        quote_spanned!(span=> #runtime::__private::RunPolicy<#state>)
    }

    pub(super) fn extractor_bounds<'a>(
        &self,
        extractors: impl Iterator<Item = &'a Type>,
    ) -> Vec<TokenStream> {
        let state = self.state();
        let mut bounds = vec![quote_spanned! {self.span=>
            #state: ::core::marker::Send + ::core::marker::Sync
        }];
        for extractor in extractors {
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
            .closures()
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

    /// The method that runs the check at a place.
    fn check_method(&self) -> TokenStream {
        let span = self.span;
        let runtime = self.runtime(span);
        let state = self.state();
        let mut closures = 0;
        let mut arms = Vec::new();
        for (place, check) in self.rule.checks_and_policies.iter().enumerate() {
            let place = Literal::usize_unsuffixed(place);
            let run = match check {
                CheckOrPolicy::Closure(closure) => {
                    closures += 1;
                    self.run_closure(closures - 1, closure)
                }
                CheckOrPolicy::Named(name) => {
                    let (ty, run) = self.named_check(name);
                    quote_spanned!(located_at(name.span())=> <#ty as #run>::run(parts, state).await)
                }
                CheckOrPolicy::Policy(policy) => {
                    let run = self.run_policy(policy);
                    quote_spanned! {located_at(policy.span())=>
                        <#policy as #run>::run(number_in_policy, parts, state).await
                    }
                }
            };
            arms.push(quote_spanned!(span=> #place => { #run }));
        }
        // A rule with only closures without parameters uses neither.
        let takes_something = self
            .rule
            .checks_and_policies
            .iter()
            .any(|check| match check {
                CheckOrPolicy::Closure(closure) => !closure.parameters.is_empty(),
                CheckOrPolicy::Named(_) | CheckOrPolicy::Policy(_) => true,
            });
        let named = |name: &str, is_used| Ident::new(if is_used { name } else { "_" }, span);
        let number_name = named("number_in_policy", self.rule.has_policy());
        let state_name = named("state", takes_something);
        quote_spanned! {span=>
            async fn check(
                place: usize,
                #number_name: usize,
                parts: &mut #runtime::__private::Parts,
                #state_name: &#state,
            ) -> #runtime::__private::Outcome {
                match place {
                    #(#arms)*
                    _ => #runtime::__private::unknown_check(place),
                }
            }
        }
    }

    fn run_closure(&self, index: usize, check: &Check) -> TokenStream {
        let names = self.argument_names(check.parameters.len());
        let extractions = names
            .iter()
            .zip(&check.parameters)
            .map(|(name, parameter)| self.extraction(name, &parameter.extractor));
        let span = located_at(check.span);
        let runtime = self.runtime(span);
        let name = function_name(index, span);
        quote_spanned! {span=>
            #(#extractions)*
            #runtime::__private::conclude(Self::#name(#(#names),*)).await
        }
    }

    pub(super) fn argument_names(&self, count: usize) -> Vec<Ident> {
        (0..count)
            .map(|position| format_ident!("__argument_{}", position, span = self.span))
            .collect()
    }

    /// Runs an extractor, and returns from the surrounding function if it rejects the request.
    pub(super) fn extraction(&self, name: &Ident, extractor: &Type) -> TokenStream {
        let state = self.state();
        let span = located_at(extractor.span());
        let runtime = self.runtime(span);
        quote_spanned! {span=>
            let #name = match #runtime::__private::extract::<#extractor, #state>(
                parts, state,
            ).await {
                ::core::result::Result::Ok(__argument) => __argument,
                ::core::result::Result::Err(__outcome) => return __outcome,
            };
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
