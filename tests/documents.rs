//! Links in the Markdown documents lead somewhere: to a file that is there, and to a heading that it has; and tables that
//! repeat what the sources say do so truly.
//!
//! Links to other hosts are not followed.
#![allow(clippy::expect_used, clippy::panic, reason = "a test reports by panicking")]

#[path = "documents/changelog.rs"]
mod changelog;
#[path = "documents/dependencies.rs"]
mod dependencies;
#[path = "documents/endpoints.rs"]
mod endpoints;
#[path = "documents/invariants.rs"]
mod invariants;
#[path = "documents/limits.rs"]
mod limits;
#[path = "documents/questions.rs"]
mod questions;
#[path = "documents/settings.rs"]
mod settings;
#[path = "documents/style.rs"]
mod style;
#[path = "documents/tiers.rs"]
mod tiers;

use std::fs;
use std::path::{Path, PathBuf};

/// Where a link stands and where it leads.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    line: usize,
    target: String,
}

/// The lines of a document that are prose, numbered from 1; those inside of fences are left out.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// Every `[text](target)` and `[label]: target`.
fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (line, text) in prose(text) {
        // What stands between backquotes is code: every second piece.
        let text: String = text.split('`').step_by(2).collect();
        let inline = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', ' ']).next());
        let defined = text.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
        links.extend(inline.chain(defined.map(|(_, target)| target)).map(|target| Link {
            line,
            target: target.to_owned(),
        }));
    }
    links
}

/// The anchors that GitHub makes of the headings.
fn anchors(text: &str) -> Vec<String> {
    prose(text)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            let kept = heading
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// The links of the document at `path` that lead nowhere, each as `path:line: target`.
fn dead_links(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a document can be read");
    links(&text)
        .into_iter()
        .filter(|link| is_internal(&link.target) && !leads_somewhere(path, &link.target))
        .map(|link| format!("{}:{}: {}", path.display(), link.line, link.target))
        .collect()
}

/// A release and a comparison are pages of the repository, beside its files.
fn is_internal(target: &str) -> bool {
    let page = ["://", "mailto:", "../../releases/tag/", "../../compare/"];
    !page.iter().any(|page| target.contains(page))
}

fn leads_somewhere(from: &Path, target: &str) -> bool {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = match file {
        "" => from.to_owned(),
        file => from.with_file_name("").join(file),
    };
    let has = |anchor: &str| fs::read_to_string(&file).is_ok_and(|text| anchors(&text).iter().any(|one| one == anchor));
    file.exists() && (anchor.is_empty() || has(anchor))
}

/// Every Markdown file of the project: those of the root and all below `docs/` and `.github/`.
fn documents() -> Vec<PathBuf> {
    fn collect(directory: &Path, deep: bool, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && deep {
                collect(&path, deep, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(root, false, &mut found);
    collect(&root.join("docs"), true, &mut found);
    collect(&root.join(".github"), true, &mut found);
    found
}

#[test]
fn every_internal_link_of_every_document_leads_somewhere() {
    let documents = documents();
    assert!(
        documents.iter().any(|path| path.ends_with("docs/ARCHITECTURE.md")),
        "the documents were not found"
    );
    let dead: Vec<_> = documents.iter().flat_map(|path| dead_links(path)).collect();
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}

#[test]
fn dead_links_are_found_in_prose_and_not_in_code() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.md");
    fs::write(directory.path().join("b.md"), "# The way, in `short`\n").expect("written");
    let text = "[ok](b.md) [ok](b.md#the-way-in-short) [ok](https://example.com/x.md)\n[no](c.md) and [no](b.md#far)\n\
                `[code](d.md)`\n```\n[code](d.md)\n# Fenced\n```\n[no](#fenced) [ok](#here)\n# Here\n[label]: e.md\n";
    fs::write(&path, text).expect("written");
    let dead: Vec<_> = dead_links(&path)
        .iter()
        .map(|link| link.replace(&path.display().to_string(), "a.md"))
        .collect();
    assert_eq!(
        dead,
        ["a.md:2: c.md", "a.md:2: b.md#far", "a.md:8: #fenced", "a.md:10: e.md"]
    );
}
