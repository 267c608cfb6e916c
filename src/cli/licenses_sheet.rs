//! Writes a report on consumed licenses, row by row, to a file or for standard output.

use std::io::{self, Write};

use serde::Serialize;

use super::answer_format::Format;
use super::held_answer::{HeldAnswer, WholeAnswer};
use super::licenses::{ReportAnswer, ReportArguments};
use super::{json, licenses_csv, licenses_table, report};
use crate::license::{ConsumedLicense, Deployment, LicenseKind};
use crate::output_file::OutputFile;
use crate::plain;

/// What is written while the list is read. An answer on standard output is held until it is whole; a file grows.
pub(super) struct Sheet {
    format: Format,
    shows_users: bool,
    licenses: u64,
    out: Out,
}

enum Out {
    Held(HeldAnswer),
    File(OutputFile),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Held(held) => held.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Held(held) => held.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

impl Sheet {
    pub(super) fn begin(arguments: &ReportArguments, format: Format) -> io::Result<Self> {
        let out = match &arguments.output {
            None => Out::Held(HeldAnswer::new()),
            Some(path) => Out::File(OutputFile::create(path, arguments.force)?),
        };
        let mut sheet = Self {
            format,
            shows_users: arguments.show_users,
            licenses: 0,
            out,
        };
        match format {
            Format::Csv if sheet.shows_users => licenses_csv::head(&mut sheet.out)?,
            Format::Json if sheet.shows_users => {
                write!(sheet.out, "{}\n  \"licenses\": [", json::head::<ReportAnswer>())?;
            }
            _ => {}
        }
        Ok(sheet)
    }

    pub(super) fn license(&mut self, license: &ConsumedLicense) -> io::Result<()> {
        match self.format {
            _ if !self.shows_users => {}
            Format::Csv => licenses_csv::row(&mut self.out, license)?,
            Format::Json => {
                let comma = if self.licenses == 0 { "" } else { "," };
                let row = plain::escaped_json(&serde_json::to_string(&LicenseRow::from(license))?);
                write!(self.out, "{comma}\n    {row}")?;
            }
            Format::Table => {}
        }
        self.licenses += 1;
        Ok(())
    }

    /// Writes what is known at the end; returns what is for standard output.
    pub(super) fn end(mut self, answer: &ReportAnswer) -> io::Result<Option<WholeAnswer>> {
        match self.format {
            Format::Table => {
                let table = report::harmless(&licenses_table::table(answer));
                self.out.write_all(table.as_bytes())?;
            }
            Format::Csv if self.shows_users => {}
            Format::Csv => licenses_csv::counts(&mut self.out, answer)?,
            Format::Json => {
                let json = json::text(answer)?;
                match json.strip_prefix(&json::head::<ReportAnswer>()) {
                    Some(members) if self.shows_users => writeln!(self.out, "\n  ],{members}")?,
                    _ => writeln!(self.out, "{json}")?,
                }
            }
        }
        match self.out {
            Out::Held(held) => held.finish().map(Some),
            Out::File(file) => file.finish().map(|()| None),
        }
    }
}

/// The kind of a license in a word.
pub(super) fn kind(license: &ConsumedLicense) -> &'static str {
    match license.kind {
        LicenseKind::Enterprise => "enterprise",
        LicenseKind::VisualStudio => "visual-studio",
        LicenseKind::Other => "other",
    }
}

/// A license in JSON.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct LicenseRow<'a> {
    deployment: Deployment,
    kind: &'static str,
    /// On the cloud.
    login: Option<&'a str>,
    /// The person's accounts on all servers, like `github.example.com:1042`.
    server_users: Vec<String>,
    /// Primary addresses on the servers.
    server_addresses: &'a [String],
    /// Addresses on the cloud, of verified domains only.
    verified_addresses: &'a [String],
    saml_name_id: Option<&'a str>,
    enterprise_roles: &'a [String],
    member_roles: &'a [String],
    /// Organizations that invited the person.
    pending_invitations: &'a [String],
    visual_studio_address: Option<&'a str>,
    visual_studio_status: Option<&'a str>,
    /// The accounts of the person on the cloud and the servers, as the cloud counts them.
    accounts: u64,
}

impl<'a> From<&'a ConsumedLicense> for LicenseRow<'a> {
    fn from(license: &'a ConsumedLicense) -> Self {
        Self {
            deployment: license.deployment(),
            kind: kind(license),
            login: license.login.as_deref(),
            server_users: license.server_users.iter().map(ToString::to_string).collect(),
            server_addresses: &license.server_addresses,
            verified_addresses: &license.verified_addresses,
            saml_name_id: license.saml_name_id.as_deref(),
            enterprise_roles: &license.enterprise_roles,
            member_roles: &license.member_roles,
            pending_invitations: &license.pending_invitations,
            visual_studio_address: license.visual_studio_address.as_deref(),
            visual_studio_status: license.visual_studio_status.as_deref(),
            accounts: license.accounts,
        }
    }
}
