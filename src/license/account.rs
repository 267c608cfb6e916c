//! Which accounts consume a license. The rule lives here and nowhere else.
//!
//! Source: "About license usage calculation" and "License usage reports" in GitHub's public documentation. A suspended account
//! consumes none; a dormant one does until it is suspended; organizations, bots and the `scim-admin` setup user
//! consume none.

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

/// The end of every bot's login.
const BOT_SUFFIX: &str = "[bot]";

/// One account of the enterprise server, as far as a license is concerned. Borrowed from one decoded row.
#[derive(Clone, Copy)]
pub struct Account<'row> {
    pub id: UserId,
    /// Decides about bots and the setup user; never stored.
    pub login: &'row str,
    /// The primary address; empty when the account has none.
    pub email: &'row str,
    /// What the server calls the account's role (`user`, `admin`, `bot`, …); empty when it does not say.
    pub role: &'row str,
    pub suspended: bool,
    pub dormant: bool,
}

/// Whether an account consumes a license, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumption {
    Consumes,
    Suspended,
    Bot,
    Organization,
    SetupUser,
}

impl Account<'_> {
    /// Applies the rule of the unique-user model.
    #[must_use]
    pub fn consumption(&self) -> Consumption {
        if self.role.eq_ignore_ascii_case("organization") {
            Consumption::Organization
        } else if self.role.eq_ignore_ascii_case("bot") || self.login.ends_with(BOT_SUFFIX) {
            Consumption::Bot
        } else if self.login == SETUP_LOGIN {
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
            dormant: false,
        }
    }

    #[test]
    fn a_dormant_account_consumes_until_it_is_suspended() {
        let dormant = Account {
            dormant: true,
            ..account("mona", "user")
        };
        assert_eq!(dormant.consumption(), Consumption::Consumes);
        assert_eq!(
            Account {
                suspended: true,
                ..dormant
            }
            .consumption(),
            Consumption::Suspended
        );
    }

    #[test]
    fn an_id_is_written_as_its_number() {
        assert_eq!(UserId(7).to_string(), "7");
    }

    #[test]
    fn an_administrator_consumes_like_everybody() {
        assert_eq!(account("root", "admin").consumption(), Consumption::Consumes);
    }

    #[test]
    fn bots_organizations_and_the_setup_user_consume_none() {
        assert_eq!(account("renovate[bot]", "user").consumption(), Consumption::Bot);
        assert_eq!(account("hubot", "Bot").consumption(), Consumption::Bot);
        assert_eq!(account("acme", "Organization").consumption(), Consumption::Organization);
        assert_eq!(account("scim-admin", "admin").consumption(), Consumption::SetupUser);
        assert_eq!(account("scim-admin-2", "admin").consumption(), Consumption::Consumes);
    }
}
