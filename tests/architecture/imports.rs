//! What the words of one module stand for: `use` taken apart, `self` and `super` made absolute.

use std::collections::HashMap;

use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Item, ItemMod, ItemUse, UseTree};

use super::source::{attributes, is_test_only};

/// The imports and declared modules of one module; those of inline modules are their own.
pub(crate) struct Imports<'a> {
    module: &'a [String],
    found: HashMap<String, Vec<String>>,
}

impl Imports<'_> {
    /// By the name that the module gives it, what it stands for.
    pub(crate) fn of(module: &[String], items: &[Item]) -> HashMap<String, Vec<String>> {
        let mut imports = Imports {
            module,
            found: HashMap::new(),
        };
        items.iter().for_each(|item| imports.visit_item(item));
        imports.found
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes(item).iter().any(is_test_only) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let name = module.ident.to_string();
        let path = self.module.iter().cloned().chain([name.clone()]).collect();
        self.found.insert(name, path);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for (path, alias, _) in leaves(&item.tree, &[]) {
            self.found.insert(alias, absolute(self.module, &path));
        }
    }
}

/// Replaces a leading `self`, `super` or our own crate's name.
pub(crate) fn absolute(module: &[String], path: &[String]) -> Vec<String> {
    match path[0].as_str() {
        "self" => [module, &path[1..]].concat(),
        "super" => {
            let parent = &module[..module.len().saturating_sub(1).max(1)];
            match path.get(1).map(String::as_str) {
                Some("super") => absolute(parent, &path[1..]),
                _ => [parent, &path[1..]].concat(),
            }
        }
        "crate" => [&module[..1], &path[1..]].concat(),
        "ghe_license_sync" => [&["crate".to_owned()], &path[1..]].concat(),
        _ => path.to_vec(),
    }
}

/// Every path that a `use` brings in, with the name it gets and its line.
pub(crate) fn leaves(tree: &UseTree, prefix: &[String]) -> Vec<(Vec<String>, String, usize)> {
    let with = |name: &str| [prefix, &[name.to_owned()]].concat();
    match tree {
        UseTree::Path(path) => leaves(&path.tree, &with(&path.ident.to_string())),
        UseTree::Group(group) => group.items.iter().flat_map(|tree| leaves(tree, prefix)).collect(),
        UseTree::Glob(glob) => vec![(with("*"), "*".to_owned(), glob.span().start().line)],
        UseTree::Name(name) => vec![leaf(&name.ident, &name.ident, prefix)],
        UseTree::Rename(rename) => vec![leaf(&rename.ident, &rename.rename, prefix)],
    }
}

fn leaf(ident: &Ident, alias: &Ident, prefix: &[String]) -> (Vec<String>, String, usize) {
    let line = ident.span().start().line;
    match (ident == "self", prefix.last()) {
        (true, Some(last)) => {
            let alias = if alias == "self" {
                last.clone()
            } else {
                alias.to_string()
            };
            (prefix.to_vec(), alias, line)
        }
        _ => ([prefix, &[ident.to_string()]].concat(), alias.to_string(), line),
    }
}
