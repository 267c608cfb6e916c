//! The sources of the crate, parsed. Comments are gone after this step; strings stay literals and are no names.

use std::fs;
use std::path::Path;

use syn::{Attribute, Item, Meta, Token, punctuated::Punctuated};

/// One file below `src/`.
pub(crate) struct Source {
    /// Relative to the crate, like `src/license/account.rs`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) file: syn::File,
    /// The file is a module that only a test build has (`#[cfg(test)] mod tests;`).
    pub(crate) test_only: bool,
}

impl Source {
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path} is not Rust: {error}"));
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            test_only: file.attrs.iter().any(is_test_only),
            file,
        }
    }

    /// The module that the file is, like `["crate", "license", "account"]`; the binary's root is `["main"]`.
    pub(crate) fn module(&self) -> Vec<String> {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let inside = inside.strip_suffix("/mod").unwrap_or(inside);
        match inside {
            "main" => vec!["main".to_owned()],
            "lib" => vec!["crate".to_owned()],
            _ => std::iter::once("crate")
                .chain(inside.split('/'))
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The top-level module that the file belongs to; `lib` and `main` for the two roots.
    pub(crate) fn top_module(&self) -> String {
        let mut module = self.module();
        match module.len() {
            1 if module[0] == "crate" => "lib".to_owned(),
            1 => module.remove(0),
            _ => module.remove(1),
        }
    }
}

/// Every file below `src/`, in the order of their paths.
pub(crate) fn read_tree() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    read_directory(root, &root.join("src"), &mut sources);
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    mark_test_files(&mut sources);
    sources
}

fn read_directory(root: &Path, directory: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).expect("src/ can be listed") {
        let path = entry.expect("src/ can be listed").path();
        if path.is_dir() {
            read_directory(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source can be read");
            let relative = path.strip_prefix(root).expect("it is below the root").to_string_lossy();
            sources.push(Source::parse(&relative, &text));
        }
    }
}

/// Marks the files that hang on a `#[cfg(test)] mod name;`, and all below them.
pub(crate) fn mark_test_files(sources: &mut [Source]) {
    let mut test_modules = Vec::new();
    for source in &*sources {
        for item in &source.file.items {
            if let Item::Mod(module) = item
                && module.content.is_none()
                && module.attrs.iter().any(is_test_only)
            {
                let mut path = source.module();
                path.push(module.ident.to_string());
                test_modules.push(path);
            }
        }
    }
    for source in sources {
        let module = source.module();
        source.test_only |= test_modules.iter().any(|tests| module.starts_with(tests));
    }
}

/// Whether an attribute keeps its item out of everything but a test build.
pub(crate) fn is_test_only(attribute: &Attribute) -> bool {
    attribute.path().is_ident("test")
        || attribute.path().is_ident("cfg") && attribute.parse_args().is_ok_and(|condition| needs_test(&condition))
}

fn needs_test(condition: &Meta) -> bool {
    let parts = |list: &syn::MetaList| {
        list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .unwrap_or_default()
    };
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => parts(list).iter().any(needs_test),
        Meta::List(list) if list.path.is_ident("any") => parts(list).iter().all(needs_test),
        _ => false,
    }
}

/// The attributes of an item.
pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
