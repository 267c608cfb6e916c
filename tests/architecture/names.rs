//! What the shipped code of one file names: every path, resolved through the file's imports, and what it logs.
//!
//! Code that only a test build has is left out. Names are resolved by spelling, not by type, so a method call on a
//! value whose type was named elsewhere is not seen.

use std::collections::HashMap;

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Macro, Meta, Path, UseTree, Visibility};

use super::imports::{Imports, absolute, leaves};
use super::source::{Source, attributes, is_test_only};

/// A path as the code means it: `crate::…` for our own modules, else it starts with a crate's name. A macro's name
/// ends with `!`, a glob import with `::*`.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) path: String,
    pub(crate) line: usize,
}

/// What one file names.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) all: Vec<Name>,
    /// Every identifier inside a `tracing` macro or an `#[error(…)]`, those in `"{…}"` included.
    pub(crate) said: Vec<Name>,
}

impl Names {
    pub(crate) fn of(source: &Source) -> Self {
        let mut collector = Collector::default();
        if !source.test_only {
            collector.enter(source.module(), &source.file.items);
            collector.visit_file(&source.file);
        }
        collector.names
    }
}

impl Name {
    /// Whether this is `what`, something inside of it, or a glob that brings it into scope.
    pub(crate) fn is_within(&self, what: &str) -> bool {
        if self.path == what {
            return true;
        }
        let inside = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with("::"));
        inside(what, &self.path)
            || self.path.trim_end_matches('!') == what && self.path.contains("::")
            || self.path.strip_suffix("::*").is_some_and(|outer| inside(outer, what))
    }
}

/// One module of the file and the names it imports or declares, each with what it stands for.
struct Scope {
    module: Vec<String>,
    imports: HashMap<String, Vec<String>>,
}

#[derive(Default)]
struct Collector {
    scopes: Vec<Scope>,
    names: Names,
}

impl Collector {
    fn enter(&mut self, module: Vec<String>, items: &[Item]) {
        let imports = Imports::of(&module, items);
        self.scopes.push(Scope { module, imports });
    }

    fn resolve(&self, path: &[String]) -> Vec<String> {
        let Some(scope) = self.scopes.last() else {
            return path.to_vec();
        };
        let mut path = absolute(&scope.module, path);
        // Imports may lean on each other; nobody chains more than a few.
        for _ in 0..8 {
            let Some(target) = self.scopes.iter().rev().find_map(|scope| scope.imports.get(&path[0])) else {
                break;
            };
            if target[0] == path[0] && target.len() == 1 {
                break;
            }
            let next: Vec<String> = target.iter().chain(&path[1..]).cloned().collect();
            let same_root = next[0] == path[0];
            path = next;
            if same_root {
                break;
            }
        }
        path
    }

    fn record(&mut self, segments: &[String], suffix: &str, line: usize) {
        let path = self.resolve(segments).join("::") + suffix;
        let path = match path.strip_prefix("std::") {
            Some(name) if suffix == "!" => name.to_owned(),
            _ => path,
        };
        self.names.all.push(Name { path, line });
    }

    fn scan(&mut self, tokens: TokenStream) {
        let mut trees = tokens.into_iter().peekable();
        let mut path: Vec<Ident> = Vec::new();
        let mut colons = 0;
        while let Some(tree) = trees.next() {
            match tree {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.flush(&mut path);
                    }
                    path.push(ident);
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Punct(punct)
                    if punct.as_char() == '!' && matches!(trees.peek(), Some(TokenTree::Group(_))) =>
                {
                    if let Some(last) = path.last() {
                        let line = last.span().start().line;
                        self.record(&texts(&path), "!", line);
                        path.clear();
                    }
                }
                TokenTree::Group(group) if names_who_may_use_it(&path, &group) => path.clear(),
                TokenTree::Group(group) => {
                    if colons == 2 && !path.is_empty() {
                        self.scan_group(&path, group.stream());
                        path.clear();
                    } else {
                        self.flush(&mut path);
                        self.scan(group.stream());
                    }
                    colons = 0;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.flush(&mut path);
                    colons = 0;
                }
            }
        }
        self.flush(&mut path);
    }

    /// `prefix::{…}` inside a macro.
    fn scan_group(&mut self, prefix: &[Ident], inner: TokenStream) {
        if let Ok(tree) = syn::parse2::<UseTree>(quote_group(inner)) {
            for (path, _, line) in leaves(&tree, &texts(prefix)) {
                self.record(&path, "", line);
            }
        }
    }

    fn flush(&mut self, path: &mut Vec<Ident>) {
        if path.len() > 1 {
            let line = path[0].span().start().line;
            self.record(&texts(path), "", line);
        }
        path.clear();
    }

    fn listen(&mut self, tokens: TokenStream) {
        for tree in tokens {
            let line = tree.span().start().line;
            let mut say = |word: &str| {
                self.names.said.push(Name {
                    path: word.to_owned(),
                    line,
                });
            };
            match tree {
                TokenTree::Ident(ident) => say(&ident.to_string()),
                TokenTree::Literal(literal) => captures(&literal.to_string()).iter().for_each(|word| say(word)),
                TokenTree::Group(group) => self.listen(group.stream()),
                TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes(item).iter().any(is_test_only) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let hidden = matches!(item, ImplItem::Fn(function) if function.attrs.iter().any(is_test_only));
        if !hidden {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if let (Some((_, items)), Some(scope)) = (&module.content, self.scopes.last()) {
            let mut path = scope.module.clone();
            path.push(module.ident.to_string());
            self.enter(path, items);
            visit::visit_item_mod(self, module);
            self.scopes.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for (path, _, line) in leaves(&item.tree, &[]) {
            self.record(&path, "", line);
        }
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.record(&[item.ident.to_string()], "", item.span().start().line);
    }

    /// `pub(in …)` names who may use something, and uses nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast Path) {
        // A single word is a variable, or was imported and counted there.
        if path.segments.len() > 1 {
            self.record(&segments(path), "", path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast Macro) {
        let path = segments(&invocation.path);
        self.record(&path, "!", invocation.span().start().line);
        if self.resolve(&path)[0] == "tracing" {
            self.listen(invocation.tokens.clone());
        }
        self.scan(invocation.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.visit_path(attribute.path());
        if let Meta::List(list) = &attribute.meta {
            let path = self.resolve(&segments(&list.path));
            if path == ["error"] || path[0] == "tracing" {
                self.listen(list.tokens.clone());
            }
            self.scan(list.tokens.clone());
        }
    }
}

/// `pub(in …)` inside a macro, which uses nothing either.
fn names_who_may_use_it(before: &[Ident], group: &Group) -> bool {
    let is_in = |tree: TokenTree| matches!(tree, TokenTree::Ident(word) if word == "in");
    before.last().is_some_and(|word| word == "pub") && group.stream().into_iter().next().is_some_and(is_in)
}

fn quote_group(inner: TokenStream) -> TokenStream {
    TokenTree::Group(Group::new(proc_macro2::Delimiter::Brace, inner)).into()
}

fn segments(path: &Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn texts(path: &[Ident]) -> Vec<String> {
    path.iter().map(ToString::to_string).collect()
}

/// The variables that a format string captures: `name` in `"{name:?}"`.
fn captures(literal: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    literal
        .replace("{{", "")
        .split('{')
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| is_word(*c)).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect()
}
