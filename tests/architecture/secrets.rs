//! Secrets and personal data do not get out through derived traits, log records and error texts.
//!
//! The sandbox is left out: its people and secrets are made up.

use proc_macro2::Ident;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Fields, Item, ItemEnum, ItemImpl, ItemStruct, Path, Token, Type};

use super::breach::Breach;
use super::names::Names;
use super::source::{Source, attributes, is_test_only};

/// Field names that can only mean a secret; as plain text they would be printed by a derived `Debug`.
const SECRETS: &[&str] = &[
    "access_token",
    "authorization",
    "jwt",
    "password",
    "private_key",
    "secret",
    "token",
];

/// Field names that can only mean a person.
const PERSONAL: &[&str] = &["email", "emails", "login", "logins", "raw_login"];

/// Types of plain text or bytes.
const PLAIN: &[&str] = &["String", "str", "Vec", "Bytes"];

/// Derives and implementations that would show what a type holds.
pub(crate) fn shown(sources: &[Source]) -> Vec<Breach> {
    outside_the_sandbox(sources)
        .flat_map(|source| {
            let mut types = Types::default();
            types.visit_file(&source.file);
            types.breaches(&source.path)
        })
        .collect()
}

/// Log records and error texts that tell a secret or a person.
pub(crate) fn told(sources: &[Source]) -> Vec<Breach> {
    outside_the_sandbox(sources)
        .flat_map(|source| {
            let said = Names::of(source).said.into_iter();
            said.filter(|word| is_sensitive(&word.path)).map(|word| Breach {
                file: source.path.clone(),
                line: word.line,
                found: format!("tells `{}` in a log record or an error text", word.path),
                rule: "no secret, email or login is logged or put into an error; name the row, the ID or the file"
                    .to_owned(),
            })
        })
        .collect()
}

fn outside_the_sandbox(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources
        .iter()
        .filter(|source| source.top_module() != "sandbox" && !source.test_only)
}

fn is_sensitive(word: &str) -> bool {
    SECRETS.contains(&word) || PERSONAL.contains(&word) || word == "expose_secret"
}

/// A type with something to hide.
struct Holder {
    name: Ident,
    /// The field, or the type, that is to be hidden.
    because: String,
    derives: Vec<Ident>,
    /// The traits that would show it.
    forbidden: &'static [&'static str],
}

#[derive(Default)]
struct Types {
    holders: Vec<Holder>,
    /// Trait and type of every `impl Trait for Type`.
    implemented: Vec<(Ident, Ident)>,
}

impl Types {
    fn consider(&mut self, name: &Ident, attributes: &[Attribute], fields: &Fields) {
        for field in fields {
            let types = Idents::of_type(&field.ty);
            let field = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            let plain = types.iter().any(|name| PLAIN.contains(&name.as_str()));
            let forbidden: &[&str] = if types.iter().any(|name| name == "SecretString" || name == "SecretBox") {
                // Its own Debug is redacted.
                &["Display", "Serialize"]
            } else if plain && SECRETS.contains(&field.as_str()) {
                &["Debug", "Display", "Serialize"]
            } else if plain && PERSONAL.contains(&field.as_str()) {
                &["Debug", "Display"]
            } else {
                continue;
            };
            self.holders.push(Holder {
                name: name.clone(),
                because: format!("`{field}: {}`", types.join(" ")),
                derives: derives(attributes),
                forbidden,
            });
        }
    }

    fn breaches(&self, file: &str) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for holder in &self.holders {
            let mut report = |line: usize, how: &str, what: &Ident| {
                breaches.push(Breach {
                    file: file.to_owned(),
                    line,
                    found: format!("`{}` {how} {what} and holds {}", holder.name, holder.because),
                    rule: "what holds a secret or a person's name shows it to nobody; keep secrets in a SecretString \
                           and write Debug by hand"
                        .to_owned(),
                });
            };
            for derived in holder.derives.iter().filter(|name| holder.forbids(name)) {
                report(derived.span().start().line, "derives", derived);
            }
            // A Debug written by hand is the remedy; that it leaves the field out is for its own test to say.
            for (implemented, of) in &self.implemented {
                if *of == holder.name && holder.forbids(implemented) && implemented != "Debug" {
                    report(implemented.span().start().line, "implements", implemented);
                }
            }
        }
        breaches
    }
}

impl Holder {
    fn forbids(&self, name: &Ident) -> bool {
        self.forbidden.iter().any(|forbidden| name == forbidden)
    }
}

impl<'ast> Visit<'ast> for Types {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes(item).iter().any(is_test_only) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.consider(&item.ident, &item.attrs, &item.fields);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        for variant in &item.variants {
            self.consider(&item.ident, &item.attrs, &variant.fields);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let (Some((_, path, _)), Type::Path(of)) = (&item.trait_, &*item.self_ty)
            && let (Some(implemented), Some(of)) = (path.segments.last(), of.path.segments.last())
        {
            self.implemented.push((implemented.ident.clone(), of.ident.clone()));
        }
        visit::visit_item_impl(self, item);
    }
}

/// The last word of every derived trait.
fn derives(attributes: &[Attribute]) -> Vec<Ident> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
        .filter_map(|attribute| {
            attribute
                .parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
                .ok()
        })
        .flatten()
        .filter_map(|path| path.segments.last().map(|segment| segment.ident.clone()))
        .collect()
}

/// The words of a type, those of its arguments included.
struct Idents(Vec<String>);

impl Idents {
    fn of_type(of: &Type) -> Vec<String> {
        let mut idents = Self(Vec::new());
        idents.visit_type(of);
        idents.0
    }
}

impl<'ast> Visit<'ast> for Idents {
    fn visit_path(&mut self, path: &'ast Path) {
        self.0
            .extend(path.segments.last().map(|segment| segment.ident.to_string()));
        visit::visit_path(self, path);
    }
}
