//! All accounts of a report, for a comparison with the cloud's list. They are held only in memory.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::license::Account;
use crate::license::explain::LocalAccount;

/// The longest name of a person at an identity provider, in bytes; like an address.
const NAME_BYTES: usize = 320;

/// The accounts of a report, in its order.
#[derive(Default)]
pub struct People {
    pub accounts: Vec<LocalAccount>,
    /// The latest time in it, so it was not made before.
    pub latest: Option<DateTime<Utc>>,
}

impl People {
    /// Adds an account, with the cell that says how its identity provider calls it, and those that hold times.
    pub(super) fn add(&mut self, account: &Account<'_>, names: Option<&[u8]>, times: [Option<&[u8]>; 2]) {
        let times = times.into_iter().flatten().filter_map(read_time);
        self.latest = times.chain(self.latest).max();
        self.accounts.push(LocalAccount {
            id: account.id.0,
            login: account.login.to_owned(),
            address: account.email.to_owned(),
            role: account.role.to_owned(),
            suspended: account.suspended,
            never_signed_in: account.no_sign_in,
            identity_names: names.map(read_names).unwrap_or_default(),
        });
    }

    /// Leaves out accounts that are there already.
    pub(super) fn leave_out_repeated(&mut self) {
        let mut seen = HashSet::new();
        self.accounts.retain(|account| seen.insert(account.id));
    }
}

fn read_time(cell: &[u8]) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(std::str::from_utf8(cell).ok()?.trim());
    time.ok().map(|time| time.to_utc())
}

/// The cell is documented as JSON; where LDAP is used it is the bare name.
fn read_names(cell: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(cell) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    match serde_json::from_str(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_) | Value::String(_))) => collect_texts(value, &mut names),
        _ => names.push(text.to_owned()),
    }
    let is_name = |name: &String| (1..=NAME_BYTES).contains(&name.len()) && !name.chars().any(char::is_control);
    let names = names.into_iter().map(|name| name.trim().to_owned());
    names.filter(is_name).collect()
}

/// Nesting is bounded by the parser.
fn collect_texts(value: Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.into_iter().for_each(|value| collect_texts(value, texts)),
        Value::Object(members) => members.into_iter().for_each(|(_, value)| collect_texts(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::Decoder;
    use super::*;

    #[test]
    fn names_are_the_texts_of_the_json_or_the_bare_cell() {
        let names = |cell: &str| read_names(cell.as_bytes());
        assert_eq!(
            names(r#"{"a":{"name_id":"mona@idp"},"b":["x",1,null]}"#),
            ["mona@idp", "x"]
        );
        assert_eq!(
            [names(r#""mona""#), names("mona"), names("1234")],
            [["mona"], ["mona"], ["1234"]]
        );
        assert_eq!(
            [names(""), names("{}"), names("\u{1b}[2J")],
            [const { Vec::<String>::new() }; 3]
        );
    }

    #[test]
    fn a_decoder_that_keeps_people_has_everybody_with_the_latest_time() {
        let report = "id,login,email,role,suspended?,last_logged_ip,last_active,created_at,raw_login\n\
                      1,mona,mona@example.com,admin,false,198.51.100.1,2026-03-01T00:00:00Z,2026-01-01T00:00:00Z,m1\n\
                      2,hubot,hubot@example.com,user,true,,,2026-02-01T00:00:00Z,\n";
        let mut decoder = Decoder::new(false).keeping_people();
        for piece in report.as_bytes().chunks(7) {
            decoder.push(piece).unwrap();
        }
        let (roster, people) = decoder.finish_with_people().unwrap();
        assert_eq!(roster.totals().accounts, 2);
        assert_eq!(people.latest, "2026-03-01T00:00:00Z".parse().ok());
        let [mona, hubot] = &people.accounts[..] else {
            panic!("two accounts")
        };
        assert_eq!(
            [&mona.login, &mona.address, &mona.role, &mona.identity_names[0]],
            ["mona", "mona@example.com", "admin", "m1"]
        );
        assert_eq!((mona.suspended, mona.never_signed_in), (false, Some(false)));
        assert_eq!((hubot.suspended, hubot.never_signed_in), (true, Some(true)));
    }

    #[test]
    fn a_decoder_keeps_nobody_unless_it_is_asked_to() {
        let mut decoder = Decoder::new(false);
        decoder.push(b"id,login,email,suspended?\n1,mona,,false\n").unwrap();
        assert!(decoder.finish_with_people().unwrap().1.accounts.is_empty());
    }
}
