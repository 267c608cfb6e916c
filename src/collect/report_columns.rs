//! Finds the columns by their names in the header, so that their order and further columns do not matter.
//!
//! The names are those of the all-users report in GitHub's public documentation.

use super::defect::Defect;

/// Where the columns are that are read; counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReportColumns {
    pub(super) id: usize,
    pub(super) login: usize,
    pub(super) email: usize,
    pub(super) suspended: usize,
    /// Not in every version's report.
    pub(super) dormant: Option<usize>,
    pub(super) role: Option<usize>,
    /// Both of the columns that show a sign-in: its address, and the time of activity.
    pub(super) sign_in: Option<[usize; 2]>,
    /// What the identity provider calls the account.
    pub(super) raw_login: Option<usize>,
    pub(super) times: [Option<usize>; 2],
    /// How many cells every row has.
    pub(super) width: usize,
}

pub(super) const ID: &str = "id";
pub(super) const LOGIN: &str = "login";
pub(super) const EMAIL: &str = "email";
pub(super) const SUSPENDED: &str = "suspended?";
pub(super) const DORMANT: &str = "dormant?";
pub(super) const ROLE: &str = "role";

/// Nobody's license depends on them.
const SIGN_IN: [&str; 2] = ["last_logged_ip", "last_active"];
const RAW_LOGIN: &str = "raw_login";
const CREATED_AT: &str = "created_at";

const NEEDED: [&str; 4] = [ID, LOGIN, EMAIL, SUSPENDED];

/// The names that an error shows if the header has them: those of the documentation, and what they may be mistaken for.
/// Any other cell of a first row can be somebody's.
const KNOWN: [&str; 18] = [
    ID,
    LOGIN,
    EMAIL,
    SUSPENDED,
    DORMANT,
    ROLE,
    CREATED_AT,
    SIGN_IN[0],
    "repos",
    "ssh_keys",
    "org_memberships",
    SIGN_IN[1],
    RAW_LOGIN,
    "2fa_enabled?",
    "suspended",
    "dormant",
    "username",
    "mail",
];

impl ReportColumns {
    /// Reads the header's cells.
    pub(super) fn find(header: &[&[u8]]) -> Result<Self, Defect> {
        let [id, login, email, suspended] = NEEDED.map(|name| position(header, name));
        let (dormant, role) = (position(header, DORMANT)?, position(header, ROLE)?);
        match (id?, login?, email?, suspended?) {
            (Some(id), Some(login), Some(email), Some(suspended)) => Ok(Self {
                id,
                login,
                email,
                suspended,
                dormant,
                role,
                sign_in: sign_in(header),
                raw_login: optional(header, RAW_LOGIN),
                times: [CREATED_AT, SIGN_IN[1]].map(|name| optional(header, name)),
                width: header.len(),
            }),
            _ => Err(explain_missing(header)),
        }
    }
}

fn sign_in(header: &[&[u8]]) -> Option<[usize; 2]> {
    let [address, time] = SIGN_IN.map(|name| optional(header, name));
    Some([address?, time?])
}

/// A column on which nobody's license depends.
fn optional(header: &[&[u8]], name: &'static str) -> Option<usize> {
    position(header, name).ok().flatten()
}

fn position(header: &[&[u8]], name: &'static str) -> Result<Option<usize>, Defect> {
    let mut found = (0..header.len()).filter(|at| header[*at] == name.as_bytes());
    match (found.next(), found.next()) {
        (at, None) => Ok(at),
        (_, Some(_)) => Err(Defect::DuplicateColumn(name)),
    }
}

fn explain_missing(header: &[&[u8]]) -> Defect {
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|name| !header.contains(&name.as_bytes()))
        .collect();
    // Without a header the first row is a person, whose login and address must not be shown. A single name can
    // be there by chance (somebody's login is "email"), two cannot.
    if missing.len() + 1 >= NEEDED.len() {
        return Defect::NotAHeader { needed: list(&NEEDED) };
    }
    let known: Vec<&str> = KNOWN
        .into_iter()
        .filter(|name| header.contains(&name.as_bytes()))
        .collect();
    let seen = match header.len() - known.len() {
        0 => list(&known),
        others => format!("{} and {others} more", list(&known)),
    };
    Defect::MissingColumns {
        missing: list(&missing),
        seen,
    }
}

fn list(names: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.as_ref())).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(header: &str) -> Result<ReportColumns, String> {
        let cells: Vec<&[u8]> = header.split(',').map(str::as_bytes).collect();
        ReportColumns::find(&cells).map_err(|defect| defect.to_string())
    }

    #[test]
    fn any_order_and_further_columns_are_fine() {
        assert_eq!(
            find("x,dormant?,email,y,suspended?,login,id"),
            Ok(ReportColumns {
                id: 6,
                login: 5,
                email: 2,
                suspended: 4,
                dormant: Some(1),
                role: None,
                sign_in: None,
                raw_login: None,
                times: [None; 2],
                width: 7
            })
        );
    }

    #[test]
    fn a_further_column_may_come_twice_but_none_that_is_read() {
        assert!(find("x,x,id,login,email,suspended?,dormant?").is_ok());
        assert_eq!(
            find("role,id,login,email,suspended?,dormant?,role").unwrap_err(),
            "the header has the column \"role\" twice"
        );
    }

    #[test]
    fn a_sign_in_is_reported_by_two_columns_of_which_none_comes_twice() {
        let found = |more: &str| find(&format!("id,login,email,suspended?{more}")).unwrap().sign_in;
        assert_eq!(found(",last_active,last_logged_ip"), Some([5, 4]));
        for more in [
            "",
            ",last_active",
            ",last_logged_ip",
            ",last_active,last_logged_ip,last_active",
        ] {
            assert_eq!(found(more), None, "{more}");
        }
    }

    #[test]
    fn a_row_without_a_header_is_not_shown() {
        let message = find("1,email,mona@example.com,false,false").unwrap_err();
        assert!(message.starts_with("row 1 is not a header"), "{message}");
        assert!(!message.contains("mona"), "{message}");
    }

    #[test]
    fn of_a_header_only_known_names_are_shown() {
        let names: Vec<String> = (0..100).map(|number| format!("mona-{number}@example.com")).collect();
        let message = find(&format!("id,{},login,suspended", names.join(","))).unwrap_err();
        assert_eq!(
            message,
            "the header lacks \"email\", \"suspended?\"; it has \"id\", \"login\", \"suspended\" and 100 more"
        );
    }
}
