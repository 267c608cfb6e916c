//! The text of a command that an operator is advised to run: complete, with the settings that this process was started
//! with, so that it works as printed.

use std::borrow::Cow;
use std::sync::OnceLock;

/// The option that names the settings of this process, after a space.
static SELECTION: OnceLock<String> = OnceLock::new();

/// What sets more than the file: variables, with the `env` before and a space behind them, and options, each after a space.
static LAYERS: OnceLock<(String, String)> = OnceLock::new();

/// Whether a command that makes a list reads the report from standard input.
static INPUT: OnceLock<()> = OnceLock::new();

/// What makes a sync at once when this process is not the one to do it.
static SYNC: OnceLock<String> = OnceLock::new();

/// From now on every command that is advised has this option; the first one stays.
pub fn select(option: &str, value: &str) {
    let _first = SELECTION.set(format!(" {option} {}", quoted(value)));
}

/// From now on every command that is advised sets the same over the file; the first ones stay. To be called with settings
/// that were accepted: those hold no secret.
pub fn repeat<'a>(variables: impl Iterator<Item = (&'a str, &'a str)>, flags: &[String]) {
    let mut environment: String = variables
        .map(|(name, value)| format!("{name}={} ", quoted(value)))
        .collect();
    if !environment.is_empty() {
        environment.insert_str(0, "env ");
    }
    let flags = flags.iter().map(|flag| format!(" --set {}", quoted(flag))).collect();
    let _first = LAYERS.set((environment, flags));
}

/// The command line with these arguments.
pub fn command_line(arguments: &str) -> String {
    let selection = SELECTION.get().map_or("", String::as_str);
    let (environment, flags) = LAYERS
        .get()
        .map_or(("", ""), |(environment, flags)| (environment, flags));
    format!("{environment}ghe-license-sync{selection}{flags} {arguments}")
}

/// The same, for use in a sentence.
pub fn command(arguments: &str) -> String {
    format!("`{}`", command_line(arguments))
}

/// From now on a command that makes a list is advised with something to read: it would wait at a terminal.
pub fn give_input() {
    let _first = INPUT.set(());
}

/// The command of a command line that makes a list, for use in a sentence.
pub fn collecting(arguments: &str) -> String {
    match INPUT.get() {
        None => command(arguments),
        Some(()) => format!(
            "`{} < REPORT` (REPORT is the all-users report)",
            command_line(arguments)
        ),
    }
}

/// From now on a sync at once is left to this command; the first one stays.
pub fn leave_sync_to(command: String) {
    let _first = SYNC.set(command);
}

/// The command line that makes the daemon of this unit sync at once.
pub fn signal(unit: &str) -> String {
    format!("systemctl kill --signal=USR1 {unit}")
}

/// The command that makes a sync at once, for use in a sentence.
pub fn sync() -> String {
    SYNC.get()
        .map_or_else(|| collecting("sync"), |other| format!("`{other}`"))
}

/// One word for a shell.
pub fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "/._-+@%,:=".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        let words = ["/etc/one.toml", "/srv/my settings.toml", "it's", "a;b", ""].map(quoted);
        assert_eq!(
            words,
            ["/etc/one.toml", "'/srv/my settings.toml'", r"'it'\''s'", "'a;b'", "''"]
        );
    }
}
