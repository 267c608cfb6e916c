//! The man pages of the commands and of the settings.

use std::io::Error;

use clap::Command;
use clap_mangen::Man;
use roff::{Roff, bold, italic, roman};

use super::reference::{ReferenceKey, ReferenceSection};

/// The collection that the pages belong to, as in their header.
const MANUAL: &str = "GitHub Enterprise license sync";

/// `ghe-license-sync(1)`: every command with its options.
pub(super) fn commands(command: &Command) -> Result<String, Error> {
    let page = Man::new(command.clone()).source("ghe-license-sync").manual(MANUAL);
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    let mut heading = Roff::new();
    heading.control("SH", ["COMMANDS"]);
    heading.to_writer(&mut text)?;
    for subcommand in command.get_subcommands() {
        describe(subcommand, &mut text)?;
    }
    page.render_options_section(&mut text)?;
    page.render_extra_section(&mut text)?;
    see_also(&["ghe-license-sync.toml(5)", "ghe-license-sync(8)"]).to_writer(&mut text)?;
    let text = String::from_utf8_lossy(&text).replace(".SH EXTRA", ".SH \"EXIT STATUS\"");
    Ok(once(&text))
}

/// A command: its name, what it does, its own options.
fn describe(command: &Command, text: &mut Vec<u8>) -> Result<(), Error> {
    let mut heading = Roff::new();
    heading.control("SS", [command.get_name()]);
    heading.text([roman(command.get_about().map(ToString::to_string).unwrap_or_default())]);
    heading.to_writer(text)?;
    let mut options = Vec::new();
    let own = command.clone().disable_help_flag(true).disable_version_flag(true);
    Man::new(own).render_options_section(&mut options)?;
    text.extend(String::from_utf8_lossy(&options).replace(".SH OPTIONS\n", "").bytes());
    Ok(())
}

/// `ghe-license-sync.toml(5)`: every section with its keys.
pub(super) fn settings(sections: &[ReferenceSection]) -> String {
    let mut page = Roff::new();
    page.control("TH", ["ghe-license-sync.toml", "5", "", "ghe-license-sync", MANUAL]);
    page.control("SH", ["NAME"]);
    page.text([roman("ghe-license-sync.toml - settings of ghe-license-sync")]);
    page.control("SH", ["SYNOPSIS"]);
    page.text([italic("/etc/ghe-license-sync/config.toml")]);
    page.control("SH", ["DESCRIPTION"]);
    for paragraph in include_str!("settings.txt").split("\n\n") {
        page.control("PP", []);
        page.text([roman(paragraph.trim_end())]);
    }
    for section in sections {
        page.control("SH", [format!("[{}]", section.name).as_str()]);
        page.text([roman(section.about.as_str())]);
        for key in &section.keys {
            entry(&mut page, key);
        }
    }
    once(&(page.to_roff() + &see_also(&["ghe-license-sync(1)", "ghe-license-sync(8)"]).to_roff()))
}

fn entry(page: &mut Roff, key: &ReferenceKey) {
    let word = if key.is_default { "Default" } else { "Example" };
    page.control("TP", []);
    page.text([bold(key.name.as_str())]);
    page.text([
        roman(format!("{} {word}: ", key.about)),
        italic(key.value.to_string()),
        roman("."),
    ]);
}

fn see_also(pages: &[&str]) -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["SEE ALSO"]);
    section.text([roman(pages.join(", "))]);
    section
}

/// Each piece defines the apostrophe; once is enough.
fn once(text: &str) -> String {
    const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";
    format!("{APOSTROPHE}{}", text.replace(APOSTROPHE, ""))
}
