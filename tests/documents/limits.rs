//! The tables of limits and retries in `docs/operations.md` say what the sources say, and nothing is left out.

use std::fs;
use std::path::{Path, PathBuf};

use ghe_license_sync::reason::Reason;

/// Where limits on what others send are set.
const PLACES: [&str; 4] = ["transport", "collect", "connect", "license"];

/// Where retries are set; all its constants are listed.
const RETRIES: &str = "sync/retry.rs";

/// A row of the table.
#[derive(Debug)]
struct Limit {
    value: String,
    beyond: String,
    /// A file below `src` and a constant in it.
    place: (String, String),
}

pub(crate) fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The rows of tables whose last cell names a file and a constant.
fn limits(document: &str) -> Vec<Limit> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [_, value, beyond, place] = cells[..] else {
            return None;
        };
        let mut place = place.split('`').skip(1).step_by(2).map(str::to_owned);
        Some(Limit {
            value: value.to_owned(),
            beyond: beyond.to_owned(),
            place: (place.next()?, place.next()?),
        })
    };
    document
        .lines()
        .filter(|line| line.starts_with('|'))
        .filter_map(row)
        .collect()
}

/// A number, or a product of two, as an expression in a source or with its unit in the document; times in milliseconds.
fn value(text: &str) -> Option<u64> {
    if let Some(seconds) = text.strip_prefix("Duration::from_secs") {
        return value(seconds)?.checked_mul(1000);
    }
    let text = text.replace("Duration::from_millis", "").replace(['(', ')', '_'], "");
    if let Some((one, other)) = text.split_once("<<") {
        return value(one)?.checked_shl(other.trim().parse().ok()?);
    }
    if text.contains('*') {
        return text
            .split('*')
            .map(value)
            .try_fold(1, |product: u64, factor| product.checked_mul(factor?));
    }
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let digits = text[..text.len() - unit.len()].replace(' ', "");
    let factor = match unit {
        "" | "bytes" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// The names and expressions of the constants in a source.
fn constants(source: &str) -> impl Iterator<Item = (&str, &str)> {
    source.lines().filter_map(|line| {
        let (name, rest) = line.trim().split_once("const ")?.1.split_once(": ")?;
        Some((name, rest.split_once(" = ")?.1.trim_end_matches(';')))
    })
}

/// What is wrong with this row.
fn mistake(limit: &Limit) -> Option<String> {
    let (file, name) = &limit.place;
    let source = fs::read_to_string(root("src").join(file)).unwrap_or_default();
    let Some((_, expression)) = constants(&source).find(|(constant, _)| constant == name) else {
        return Some(format!("src/{file} has no constant {name}"));
    };
    if value(expression).is_none() || value(expression) != value(&limit.value) {
        return Some(format!(
            "{name} of src/{file} is {expression}, the table says {}",
            limit.value
        ));
    }
    let mut named = limit.beyond.split('`').skip(1).step_by(2);
    let unknown = named.find(|code| Reason::ALL.iter().all(|reason| reason.code() != *code));
    unknown.map(|code| format!("there is no reason `{code}`"))
}

fn is_limit(name: &str) -> bool {
    let ends = ["CAP", "TIMEOUT"].iter().any(|end| name.ends_with(end));
    ends || name.starts_with("LONGEST") || name.starts_with("MAX")
}

/// The limits that the sources set and the table leaves out.
fn left_out(limits: &[Limit]) -> Vec<String> {
    let mut missing = Vec::new();
    for module in PLACES.into_iter().chain(["sync"]) {
        for entry in fs::read_dir(root("src").join(module)).expect("a module").flatten() {
            let file = format!("{module}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                continue;
            }
            let source = fs::read_to_string(entry.path()).expect("a source");
            let missed = constants(&source).filter(|(name, _)| {
                (file == RETRIES && *name != "CAUSES" || module != "sync" && is_limit(name))
                    && limits
                        .iter()
                        .all(|limit| (&*limit.place.0, &*limit.place.1) != (&*file, *name))
            });
            missing.extend(missed.map(|(name, _)| format!("{name} of src/{file}")));
        }
    }
    missing
}

#[test]
fn the_table_of_limits_says_what_the_sources_say() {
    let limits = limits(&fs::read_to_string(root("docs/operations.md")).expect("the document"));
    assert!(limits.len() > 20, "the table was not found");
    let mistakes: Vec<_> = limits.iter().filter_map(mistake).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    let missing = left_out(&limits);
    assert!(missing.is_empty(), "not in docs/operations.md:\n{}", missing.join("\n"));
}

#[test]
fn a_wrong_row_of_the_table_of_limits_is_found() {
    let table = "| a | 2 MiB | `payload-too-large` | `collect/facts.rs` `CAP` |\n\
                 | b | 1 MiB | `too-big` | `collect/facts.rs` `CAP` |\n\
                 | c | 1 MiB | x | `collect/facts.rs` `GONE` |\n\
                 | d | 60 s | x | `collect/facts.rs` `TIMEOUT` |\n";
    let limits = limits(table);
    let mistakes: Vec<_> = limits.iter().filter_map(mistake).collect();
    assert_eq!(
        mistakes,
        [
            "CAP of src/collect/facts.rs is 1024 * 1024, the table says 2 MiB",
            "there is no reason `too-big`",
            "src/collect/facts.rs has no constant GONE"
        ]
    );
    for missing in [
        "ANSWER_CAP of src/connect/api.rs",
        "BURST_ATTEMPTS of src/sync/retry.rs",
    ] {
        assert!(left_out(&limits).contains(&missing.to_owned()), "{missing}");
    }
}

/// What the program takes beside a list, with a margin: `tests/integration/hostile/memory.rs` measures it.
const PROGRAM: u64 = 128 << 20;

/// Bytes of a license consumer beside the address: entry, length and fingerprint.
const BYTES_A_USER: u64 = 16 + 2 + 8;

/// The value of a constant below `src`.
fn constant(file: &str, name: &str) -> u64 {
    let source = fs::read_to_string(root("src").join(file)).expect("a source");
    let found = constants(&source).find(|(constant, _)| *constant == name);
    value(found.expect("the constant").1).expect("a number")
}

#[test]
fn the_largest_list_fits_into_its_memory_and_the_memory_into_that_of_the_units() {
    let memory = constant("license/roster.rs", "MEMORY_CAP");
    let accounts = constant("collect/rows.rs", "ACCOUNT_CAP");
    assert!(accounts * (BYTES_A_USER + 41) <= memory, "addresses of 41 bytes");
    let mut units = 0;
    for entry in fs::read_dir(root("config/systemd")).expect("the units").flatten() {
        let unit = fs::read_to_string(entry.path()).expect("a unit");
        let Some(limit) = unit.lines().find_map(|line| line.strip_prefix("MemoryMax=")) else {
            continue;
        };
        let limit = value(&limit.replace('G', "GiB")).expect("a size");
        assert!(limit >= memory + PROGRAM, "{}", entry.path().display());
        units += 1;
    }
    assert_eq!(units, 3, "units with MemoryMax=");
}

#[test]
fn a_number_is_read_as_it_is_written_here_and_there() {
    for (text, number) in [
        ("4 << 30", 4 << 30),
        ("4 GiB", 4 << 30),
        ("Duration::from_secs(8 * 60)", 480_000),
        ("8 min", 480_000),
        ("Duration::from_millis(250)", 250),
        ("250 ms", 250),
        ("20_000_000", 20_000_000),
        ("20 000 000", 20_000_000),
    ] {
        assert_eq!(value(text), Some(number), "{text}");
    }
    assert_eq!(value("three"), None);
}
