//! Generates the code for a validated rule.

mod check;
mod check_number;
mod invalid;
mod named_check;
mod rule;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, format_ident, quote_spanned};
use syn::{Attribute, Generics, Token, ext::IdentExt, spanned::Spanned};

pub(crate) use self::named_check::named_check;
use self::{check_number::ChecksType, rule::RuleTokens};
use crate::{
    arguments::AuthAttribute, errors::Errors, generics, handler::Handler, policy::PolicyItem,
    requirement::Rule,
};

/// `#[require_auth]`, `#[optional_auth]`, `#[allow_anonymous]` on a handler.
pub(crate) fn handler(
    attribute: AuthAttribute,
    arguments: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let errors = Errors::new();
    let rule = Rule::parse(attribute, arguments, &errors);
    let handler = Handler::parse(&rule, item.clone(), &errors);
    match &handler {
        Some(handler) => handler.check_against(&rule, &errors),
        None if errors.is_empty() => errors.internal_error(Span::call_site()),
        None => {}
    }
    match (errors.finish(), handler) {
        (Ok(()), Some(handler)) => guarded(&handler, &rule),
        (report, _) => [invalid::item(&rule, item), report.err().unwrap_or_default()]
            .into_iter()
            .collect(),
    }
}

/// `#[policy(..)]` on a type.
pub(crate) fn policy(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let errors = Errors::new();
    let rule = Rule::parse(AuthAttribute::Policy, arguments, &errors);
    let policy = PolicyItem::parse(&rule, item.clone(), &errors);
    if policy.is_none() && errors.is_empty() {
        errors.internal_error(Span::call_site());
    }
    match (errors.finish(), policy) {
        (Ok(()), Some(policy)) => {
            let expansion = Expansion::new(&rule, policy.ident.span());
            let name = policy.ident.unraw().to_string();
            [item, expansion.policy_impls(&Target::of(policy), &name)]
        }
        (report, _) => [invalid::item(&rule, item), report.err().unwrap_or_default()],
    }
    .into_iter()
    .collect()
}

/// Input:
/// ```text
/// #[require_auth(scope = "orders:read")]
/// async fn list(caller: Identity) -> String { .. }
/// ```
/// Output: the function with one more argument, and the type with its rule.
/// ```text
/// async fn list(_: Guard<__list_policy>, caller: Identity) -> String { .. }
/// enum __list_policy {}
/// impl Policy for __list_policy { const RULE: .. }
/// ```
fn guarded(handler: &Handler, rule: &Rule) -> TokenStream {
    let name = handler.signature.ident.clone();
    let expansion = Expansion::new(rule, name.span());
    if let Some(policy) = rule.lone_policy() {
        // With the span of the policy, so that the error about a type that is not a policy points to it.
        let place = located_at(policy.span());
        let runtime = expansion.runtime(place);
        let guard = quote_spanned!(place=> _: #runtime::Guard<#policy>,);
        let mut function = expansion.with_guard(handler, guard);
        function.extend(expansion.assert_value_of_policy(handler, policy));
        return function;
    }

    let target = Target {
        ident: hidden_name(rule.attribute, &name, expansion.span),
        generics: generics::mentioned(&handler.signature.generics, &rule.tokens),
        conditions: conditions(&handler.attributes),
    };
    let ident = &target.ident;
    let (_, arguments, _) = target.generics.split_for_impl();
    let span = expansion.span;
    let runtime = expansion.runtime(span);
    // `_` is not a name, so `#[instrument]` does not record it.
    let guard = quote_spanned!(span=> _: #runtime::Guard<#ident #arguments>,);

    let hidden_type = expansion.hidden_type(&target, handler);
    let mut function = expansion.with_guard(handler, guard);
    function.extend([
        hidden_type,
        expansion.policy_impls(&target, &name.unraw().to_string()),
    ]);
    function.extend(expansion.assert_value_of_policy(handler, ident));
    function
}

/// The name of the hidden type. It has a span of the macro, so that linters ignore it.
///
/// An `impl` block can't contain such a type, and the macro can't detect whether it is in one. In an `impl` block the
/// compiler reports that it can't find a type with this name, so the name says what to write. An attribute at the start
/// of its line is not in an `impl` block. There the name is short, because other messages contain it too. For the same
/// reason the name starts with that of the function.
fn hidden_name(attribute: AuthAttribute, function: &Ident, span: Span) -> Ident {
    let in_an_impl = match attribute {
        _ if !is_indented() => "",
        AuthAttribute::RequireAuth => "__in_impl_blocks_write_policy_eq_Name",
        AuthAttribute::OptionalAuth
        | AuthAttribute::AllowAnonymous
        | AuthAttribute::Policy
        | AuthAttribute::Check => "__must_be_outside_of_impl_blocks",
    };
    format_ident!("__{}_policy{}", function, in_an_impl, span = span)
}

/// Whether the attribute is not at the start of its line.
fn is_indented() -> bool {
    proc_macro::is_available() && Span::call_site().unwrap().column() > 1
}

/// The type that the generated impls are for.
struct Target {
    ident: Ident,
    generics: Generics,
    /// The `#[cfg]` attributes of the type.
    conditions: Vec<Attribute>,
}

impl Target {
    fn of(policy: PolicyItem) -> Self {
        Self {
            ident: policy.ident,
            generics: policy.generics,
            conditions: conditions(&policy.attributes),
        }
    }
}

/// The context of all generated code.
///
/// Macros are usually compiled without optimizations, and each `TokenStream` that is interpolated into a `quote!` takes
/// several calls into the compiler. So the code that every handler gets is appended to one stream by types that implement
/// [`ToTokens`].
struct Expansion<'rule> {
    rule: &'rule Rule,
    /// The hygiene of the macro at the location of the user's code, where errors then point.
    span: Span,
}

impl<'rule> Expansion<'rule> {
    fn new(rule: &'rule Rule, place: Span) -> Self {
        Self {
            rule,
            span: located_at(place),
        }
    }

    /// The path of the runtime crate, with the span of the code that uses it.
    fn runtime(&self, span: Span) -> Runtime<'rule> {
        Runtime {
            path: self.rule.settings.runtime.as_ref(),
            span,
        }
    }

    /// The unchanged handler with the guard as its first argument.
    fn with_guard(&self, handler: &Handler, guard: TokenStream) -> TokenStream {
        let function = handler.with_first_argument(guard);
        if !handler.crosses_clippys_limit() {
            return function;
        }
        quote_spanned! {self.span=>
            #[allow(clippy::too_many_arguments, reason = "one of them is the guard")]
            #function
        }
    }

    /// An assertion that the rule of `policy` always runs a check, for a handler that takes the value of one. The rules of
    /// policies are known to the compiler only. An `impl` block can't contain the assertion, nor can it use a generic
    /// parameter.
    fn assert_value_of_policy(
        &self,
        handler: &Handler,
        policy: &impl ToTokens,
    ) -> Option<TokenStream> {
        let is_needed = self.rule.has_policy() && !self.rule.always_checks();
        let is_possible = !is_indented() && handler.signature.generics.params.is_empty();
        let checked = handler
            .checked_argument()
            .filter(|_| is_needed && is_possible)?;
        let span = located_at(checked.span());
        let runtime = self.runtime(span);
        let conditions = conditions(&handler.attributes);
        Some(quote_spanned! {span=>
            #(#conditions)*
            const _: () = #runtime::__private::assert_always_checks(
                <#policy as #runtime::Policy>::RULE
            );
        })
    }

    /// The hidden type for the rule of a handler. It is never constructed.
    fn hidden_type(&self, target: &Target, handler: &Handler) -> TokenStream {
        let Target {
            ident,
            generics,
            conditions,
        } = target;
        let visibility = &handler.visibility;
        if generics.params.is_empty() {
            return quote_spanned! {self.span=>
                #(#conditions)*
                #[doc(hidden)]
                #visibility enum #ident {}
            };
        }
        let where_clause = &generics.where_clause;
        let types = generics.type_params().map(|parameter| &parameter.ident);
        quote_spanned! {self.span=>
            #(#conditions)*
            #[doc(hidden)]
            #visibility struct #ident #generics (
                #(::core::marker::PhantomData<fn() -> #types>),*
            ) #where_clause;
        }
    }

    /// The impl of `Policy`, and that of `Check` if the rule has checks or policies.
    fn policy_impls(&self, target: &Target, name: &str) -> TokenStream {
        let Target {
            ident,
            generics,
            conditions,
        } = target;
        let runtime = self.runtime(self.span);
        let (parameters, arguments, where_clause) = generics.split_for_impl();
        let rule = RuleTokens {
            expansion: self,
            name,
        };
        let checks_type = ChecksType(self);
        let checks = (!self.rule.checks_and_policies.is_empty()).then(|| self.checks(target));
        quote_spanned! {self.span=>
            #(#conditions)*
            impl #parameters #runtime::Policy for #ident #arguments #where_clause {
                const RULE: &'static #runtime::__private::Rule = #rule;
                type Checks = #checks_type;
            }
            #checks
        }
    }
}

/// The path of the runtime crate. It appends single tokens, because appending a token stream takes two calls into the
/// compiler, and the path is used often.
struct Runtime<'rule> {
    path: Option<&'rule syn::Path>,
    span: Span,
}

impl Runtime<'_> {
    /// Appends `::auth_runtime::__private::Requirement::scope`, for example, without a stream for the path.
    fn append_private(&self, names: &[&str], tokens: &mut TokenStream) {
        self.to_tokens(tokens);
        for name in ["__private"].iter().chain(names) {
            Token![::](self.span).to_tokens(tokens);
            tokens.append(Ident::new(name, self.span));
        }
    }
}

impl ToTokens for Runtime<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if let Some(path) = self.path {
            path.to_tokens(tokens);
        } else {
            Token![::](self.span).to_tokens(tokens);
            Ident::new("auth_runtime", self.span).to_tokens(tokens);
        }
    }
}

fn append_group(delimiter: Delimiter, inside: TokenStream, span: Span, tokens: &mut TokenStream) {
    let mut group = Group::new(delimiter, inside);
    group.set_span(span);
    tokens.append(TokenTree::Group(group));
}

/// The hygiene of the macro at the location of `place`.
fn located_at(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// The attributes that decide whether the item is compiled at all.
fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .cloned()
        .collect()
}
