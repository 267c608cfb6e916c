//! Which accounts consume a license. Only this file has the rule.
//!
//! Source: "GitHub license users" and "License usage reports" in GitHub's public documentation. A suspended account
//! consumes none; a dormant one does until it is suspended; organizations and bots consume none. Of the users who set
//! up an instance, the one named `scim-admin` consumes none if SCIM is enabled, which no API reports: the settings do.
//!
//! `ghost`, which stands for deleted accounts, is documented nowhere; it was observed not to consume a license.

use serde::{Deserialize, Serialize};

/// The numeric ID of an account on the enterprise server; positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub u64);

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The login of the account that sets up SAML and SCIM.
const SETUP_LOGIN: &str = "scim-admin";

/// The login of the account that stands for deleted ones.
const GHOST_LOGIN: &str = "ghost";

/// The end of every bot's login.
const BOT_SUFFIX: &str = "[bot]";

/// One account of the enterprise server, as far as a license is concerned. Borrowed from one decoded row.
#[derive(Clone, Copy)]
pub struct Account<'row> {
    pub id: UserId,
    /// Decides about bots and the setup user; never stored.
    pub login: &'row str,
    /// The primary address; empty when the account has none. One that no license needs is empty as well when it is of no use.
    pub email: &'row str,
    /// What the server calls the account's role (`user`, `admin`, `bot`, …); empty when it does not say.
    pub role: &'row str,
    pub suspended: bool,
    /// Nothing when the source does not know.
    pub dormant: Option<bool>,
    /// The report shows no sign-in: neither the address of one nor a time of activity. Nothing when it has no such columns.
    pub no_sign_in: Option<bool>,
}

/// Whether an account consumes a license, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumption {
    Consumes,
    Suspended,
    Bot,
    Organization,
    SetupUser,
    /// The account that stands for deleted ones.
    Ghost,
}

impl Account<'_> {
    /// Applies the rule of the unique-user model, on a server where SCIM is enabled or not.
    pub fn consumption(&self, scim_enabled: bool) -> Consumption {
        if self.role.eq_ignore_ascii_case("organization") {
            Consumption::Organization
        } else if self.role.eq_ignore_ascii_case("bot") || self.login.ends_with(BOT_SUFFIX) {
            Consumption::Bot
        } else if self.login == GHOST_LOGIN {
            Consumption::Ghost
        } else if scim_enabled && self.login == SETUP_LOGIN {
            Consumption::SetupUser
        } else if self.suspended {
            Consumption::Suspended
        } else {
            Consumption::Consumes
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(login: &'static str, role: &'static str) -> Account<'static> {
        Account {
            id: UserId(7),
            login,
            email: "",
            role,
            suspended: false,
            dormant: None,
            no_sign_in: None,
        }
    }

    /// On a server without SCIM.
    fn consumption(login: &'static str, role: &'static str) -> Consumption {
        account(login, role).consumption(false)
    }

    #[test]
    fn a_dormant_account_consumes_until_it_is_suspended() {
        let dormant = Account {
            dormant: Some(true),
            ..account("mona", "user")
        };
        assert_eq!(dormant.consumption(false), Consumption::Consumes);
        assert_eq!(
            Account {
                suspended: true,
                ..dormant
            }
            .consumption(false),
            Consumption::Suspended
        );
    }

    #[test]
    fn an_id_is_written_as_its_number() {
        assert_eq!(UserId(7).to_string(), "7");
    }

    #[test]
    fn an_administrator_consumes_like_everybody() {
        assert_eq!(consumption("root", "admin"), Consumption::Consumes);
    }

    #[test]
    fn bots_organizations_and_ghost_consume_none() {
        assert_eq!(consumption("renovate[bot]", "user"), Consumption::Bot);
        assert_eq!(consumption("hubot", "Bot"), Consumption::Bot);
        assert_eq!(consumption("acme", "Organization"), Consumption::Organization);
        assert_eq!(consumption("ghost", "user"), Consumption::Ghost);
        assert_eq!(consumption("ghost-2", "user"), Consumption::Consumes);
    }

    #[test]
    fn the_setup_user_consumes_none_only_where_scim_is_enabled() {
        let kinds = |login| [true, false].map(|scim_enabled| account(login, "admin").consumption(scim_enabled));
        assert_eq!(kinds("scim-admin"), [Consumption::SetupUser, Consumption::Consumes]);
        assert_eq!(kinds("scim-admin-2"), [Consumption::Consumes; 2]);
        assert_eq!(kinds("SCIM-admin"), [Consumption::Consumes; 2]);
    }
}
