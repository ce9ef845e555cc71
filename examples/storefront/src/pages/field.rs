//! Fields of forms, and the list of what is wrong with a form.

use maud::{Markup, html};

/// A field for text.
#[derive(Default)]
pub(super) struct Field<'a> {
    /// The name of the field, and its identifier in the page.
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    /// The type of the input.
    pub(super) kind: &'a str,
    /// What the browser or a password manager fills in.
    pub(super) autocomplete: &'a str,
    pub(super) value: &'a str,
    pub(super) hint: Option<&'a str>,
    pub(super) max_length: Option<usize>,
    /// What is wrong with the value.
    pub(super) fault: Option<&'a str>,
}

impl Field<'_> {
    pub(super) fn input(&self) -> Markup {
        let id = |kind| format!("{}-{kind}", self.name);
        let hint = self.hint.map(|_| id("hint"));
        let fault = self.fault.map(|_| id("fault"));
        let described_by = [hint.as_deref(), fault.as_deref()];
        let described_by: Vec<_> = described_by.into_iter().flatten().collect();
        let described_by = (!described_by.is_empty()).then(|| described_by.join(" "));
        html! {
            div.field {
                label for=(self.name) { (self.label) }
                @if let (Some(hint), Some(id)) = (self.hint, &hint) { p.hint id=(id) { (hint) } }
                @if let (Some(fault), Some(id)) = (self.fault, &fault) { p.fault id=(id) { (fault) } }
                input id=(self.name) name=(self.name) type=(self.kind) value=(self.value) required
                    maxlength=[self.max_length] autocomplete=(self.autocomplete) autocapitalize="none"
                    spellcheck="false" aria-describedby=[described_by]
                    aria-invalid=[self.fault.map(|_| "true")];
            }
        }
    }
}

/// What is wrong with a form. It gets the focus, so that it is read first, and leads to the field if there is one.
pub(super) fn summary(fault: &str, field: Option<&str>) -> Markup {
    html! {
        div.summary role="alert" tabindex="-1" autofocus {
            h2 { "There is a problem" }
            p {
                @match field {
                    Some(field) => { a href={ "#" (field) } { (fault) } }
                    None => { (fault) }
                }
            }
        }
    }
}
