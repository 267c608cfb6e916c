//! What only one place may name.

use super::breach::Breach;
use super::names::Names;
use super::source::Source;

/// Crates, functions and macros with the one place that may name them.
struct Confined {
    what: &'static [&'static str],
    /// Modules below `src/`, like `settings/load/merge`.
    homes: &'static [&'static str],
    why: &'static str,
}

const CONFINED: &[Confined] = &[
    Confined {
        what: &["config"],
        homes: &["settings/load/merge"],
        why: "it coerces words to numbers and knows no lines; only the layering is left to it",
    },
    Confined {
        what: &["tokio_cron_scheduler"],
        homes: &["daemon/alarm"],
        why: "it freezes time zones and lets runs overlap; it may wake the worker and decide nothing",
    },
    Confined {
        what: &["sqlx"],
        homes: &["store"],
        why: "all SQL is in one place, so that another database is one more file",
    },
    Confined {
        what: &["fail"],
        homes: &["failpoint"],
        why: "what a failpoint can do and that no package has any is seen in one place",
    },
    Confined {
        what: &["axum"],
        homes: &["sandbox"],
        why: "the program itself never listens",
    },
    Confined {
        what: &["print!", "println!", "indicatif", "std::io::stdout", "std::io::Stdout"],
        homes: &["cli"],
        why: "standard output carries the answer of a command, and only the command knows it",
    },
    Confined {
        what: &["dbg!", "eprint!", "eprintln!"],
        homes: &["cli"],
        why: "what a person reads is rendered in one place; everything else returns errors or logs",
    },
    Confined {
        what: &["std::io::stderr", "std::io::Stderr"],
        homes: &["cli", "observe"],
        why: "standard error belongs to the commands' talk and to the log",
    },
    Confined {
        what: &["std::process::exit", "std::process::ExitCode"],
        homes: &["main"],
        why: "one place ends the process, after everything else was dropped",
    },
    Confined {
        what: &["std::process::abort"],
        homes: &["failpoint"],
        why: "dying in the middle is what the crash tests do on purpose, in a build that nobody ships",
    },
    Confined {
        what: &["chrono::Local", "chrono::Utc::now", "std::time::SystemTime::now"],
        homes: &["clock"],
        why: "tests bring their own time; ask the Clock",
    },
    Confined {
        what: &[
            "std::env::remove_var",
            "std::env::set_var",
            "std::env::var",
            "std::env::var_os",
            "std::env::vars",
            "std::env::vars_os",
        ],
        homes: &["settings/load/environment"],
        why: "the environment is read once and tests bring their own; ask settings::Environment",
    },
];

/// Names that stand outside of their place.
pub(crate) fn astray(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let names = Names::of(source).all;
        for confined in CONFINED.iter().filter(|confined| !confined.is_home(&source.path)) {
            let strays = names
                .iter()
                .filter(|name| confined.what.iter().any(|what| name.is_within(what)));
            breaches.extend(strays.map(|name| Breach {
                file: source.path.clone(),
                line: name.line,
                found: format!("names `{}`", name.path),
                rule: format!("only {} may: {}", confined.homes.join(" and "), confined.why),
            }));
        }
    }
    breaches
}

impl Confined {
    fn is_home(&self, path: &str) -> bool {
        let inside = path.trim_start_matches("src/");
        self.homes.iter().any(|home| {
            inside
                .strip_prefix(home)
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
    }
}

/// Everything that is confined.
pub(crate) fn every_confined() -> impl Iterator<Item = &'static str> {
    CONFINED.iter().flat_map(|confined| confined.what).copied()
}
