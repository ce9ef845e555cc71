//! The modules that each file of `auth-runtime` imports. The files are parsed: a `use`, a path in an expression and
//! a path in a macro all count. Code under `#[cfg(test)]` does not count.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree};

/// A file of `auth-runtime/src` without its tests.
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    /// The module that the file is, from the root of the crate: `["bearer", "jwt", "verifier"]`.
    pub(crate) module: Vec<String>,
    /// Every path that starts with `crate`, `self` or `super`, from the root of the crate.
    pub(crate) uses: Vec<Vec<String>>,
    /// The names that the file re-exports with `pub use`, and their paths.
    pub(crate) exports: Vec<(String, Vec<String>)>,
    /// Every identifier in the code, with those in macros.
    pub(crate) identifiers: Vec<String>,
}

/// All files except `lib.rs`, tests and documentation.
pub(crate) static SOURCE_FILES: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../auth-runtime/src");
    let mut paths = Vec::new();
    collect(&source, &mut paths);
    let files: Vec<_> = paths
        .into_iter()
        .map(|path| read(&source, path))
        .filter(|file| !file.module.is_empty())
        .collect();
    assert!(files.len() > 150, "only {} files were found", files.len());
    files
});

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            // Tests may import everything; `macros` and `guide` are documentation.
            if !["tests", "macros", "guide"].contains(&name) {
                collect(&path, paths);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !["tests", "exchange_tests", "http_client_tests"].contains(&name)
        {
            paths.push(path);
        }
    }
}

fn read(source: &Path, path: PathBuf) -> SourceFile {
    let mut module: Vec<_> = path
        .with_extension("")
        .strip_prefix(source)
        .unwrap()
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if ["mod", "lib"].contains(&module.last().unwrap().as_str()) {
        module.pop();
    }
    let parsed = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
    let mut collector = Collector {
        module: module.clone(),
        children: children(&parsed),
        uses: Vec::new(),
        exports: Vec::new(),
        identifiers: Vec::new(),
    };
    collector.visit_file(&parsed);
    SourceFile {
        path,
        module,
        uses: collector.uses,
        exports: collector.exports,
        identifiers: collector.identifiers,
    }
}

/// The modules that a file declares.
fn children(file: &syn::File) -> Vec<String> {
    file.items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect()
}

struct Collector {
    /// The module of the code: the file's module and the inline modules in it.
    module: Vec<String>,
    children: Vec<String>,
    uses: Vec<Vec<String>>,
    exports: Vec<(String, Vec<String>)>,
    identifiers: Vec<String>,
}

impl Collector {
    /// The path from the root of the crate, if it starts inside of the crate.
    fn resolve(&self, segments: &[String]) -> Option<Vec<String>> {
        let first = segments.first()?;
        let mut resolved = match first.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ if self.children.contains(first) => self.module.clone(),
            _ => return None,
        };
        for segment in segments {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => {
                    resolved.pop();
                }
                _ => resolved.push(segment.clone()),
            }
        }
        Some(resolved)
    }

    fn note(&mut self, segments: &[String]) {
        self.uses.extend(self.resolve(segments));
    }

    fn note_use(&mut self, before: &[String], tree: &UseTree) {
        let with = |last: String| {
            let mut segments = before.to_vec();
            segments.push(last);
            segments
        };
        match tree {
            UseTree::Path(path) => self.note_use(&with(path.ident.to_string()), &path.tree),
            UseTree::Name(name) => self.note(&with(name.ident.to_string())),
            UseTree::Rename(rename) => self.note(&with(rename.ident.to_string())),
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.note_use(before, tree);
                }
            }
        }
    }

    /// Paths and identifiers of a macro's argument, which is not parsed.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.note(&std::mem::take(&mut path));
                    }
                    self.identifiers.push(ident.to_string());
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.note(&std::mem::take(&mut path));
                    self.note_tokens(group.stream());
                }
                _ => {
                    self.note(&std::mem::take(&mut path));
                    colons = 0;
                }
            }
        }
        self.note(&path);
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| {
                let condition = list.tokens.to_string();
                condition == "test" || condition.starts_with("all (test ,")
            })
    })
}

impl<'a> Visit<'a> for Collector {
    fn visit_item(&mut self, item: &'a Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let before = self.uses.len();
        self.note_use(&[], &item.tree);
        if !matches!(item.vis, syn::Visibility::Inherited) {
            for path in self.uses.split_off(before) {
                let name = path.last().cloned().unwrap_or_default();
                self.exports.push((name, path));
            }
        }
        visit::visit_item_use(self, item);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.note(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'a Macro) {
        self.note_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_ident(&mut self, ident: &'a proc_macro2::Ident) {
        self.identifiers.push(ident.to_string());
    }

    fn visit_expr_await(&mut self, expression: &'a syn::ExprAwait) {
        self.identifiers.push("await".to_owned());
        visit::visit_expr_await(self, expression);
    }

    fn visit_signature(&mut self, signature: &'a syn::Signature) {
        if signature.asyncness.is_some() {
            self.identifiers.push("async".to_owned());
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, expression: &'a syn::ExprAsync) {
        self.identifiers.push("async".to_owned());
        visit::visit_expr_async(self, expression);
    }

    // Links of documentation do not count.
    fn visit_attribute(&mut self, _: &'a Attribute) {}
}
