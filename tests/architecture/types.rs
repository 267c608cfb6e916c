//! One name, one type: a type's name identifies it anywhere in the crate.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::Item;

use super::breach::Breach;
use super::source::{Source, attributes, is_test_only};

/// Types of shipped modules that have the name of another one, the private ones too. What a macro or an `impl` declares
/// is not seen.
pub(crate) fn namesakes(sources: &[Source]) -> Vec<Breach> {
    let mut first = BTreeMap::new();
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|source| !source.test_only) {
        for ident in declared(&source.file.items) {
            let (name, line) = (ident.to_string(), ident.span().start().line);
            if let Some(other) = first.get(&name) {
                breaches.push(Breach {
                    file: source.path.clone(),
                    line,
                    found: format!("declares `{name}`, and so does {other}"),
                    rule: "a name has one meaning in the whole crate; give one of them the noun of what it is"
                        .to_owned(),
                });
            } else {
                first.insert(name, format!("{}:{line}", source.path));
            }
        }
    }
    breaches
}

/// The types that a module declares, those of inline modules included.
fn declared(items: &[Item]) -> Vec<&Ident> {
    let shipped = items.iter().filter(|item| !attributes(item).iter().any(is_test_only));
    shipped
        .flat_map(|item| match item {
            Item::Enum(item) => vec![&item.ident],
            Item::Mod(module) => module
                .content
                .as_ref()
                .map_or_else(Vec::new, |(_, items)| declared(items)),
            Item::Struct(item) => vec![&item.ident],
            Item::Trait(item) => vec![&item.ident],
            Item::TraitAlias(item) => vec![&item.ident],
            Item::Type(item) => vec![&item.ident],
            Item::Union(item) => vec![&item.ident],
            _ => Vec::new(),
        })
        .collect()
}
