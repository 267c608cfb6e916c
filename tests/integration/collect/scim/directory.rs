//! A server with users in SCIM and accounts, whose answers a test can change.

use serde_json::{Value, json};

use crate::support::enterprise::{LICENSE, META, STATS};
use crate::support::loopback::{Loopback, Reply, Request};

pub(super) const SCIM: &str = "scim/v2/Users";

/// What the server has.
#[derive(Default)]
pub(super) struct Directory {
    /// As SCIM lists them.
    pub(super) users: Vec<Value>,
    pub(super) accounts: Vec<Value>,
    /// Accounts as they are shown alone, by login.
    pub(super) alone: Vec<(&'static str, Value)>,
}

/// A user, whose address is that of its number.
pub(super) fn user(number: u32, name: &str, active: bool) -> Value {
    let email = json!({"value": format!("{number}@example.com"), "primary": true});
    json!({"id": format!("u{number}"), "userName": name, "active": active, "emails": [email]})
}

/// An account as the list shows it.
pub(super) fn account(id: u32, login: &str, kind: &str) -> Value {
    json!({"id": id, "login": login, "type": kind, "site_admin": false})
}

/// A page of a list of `total` users.
pub(super) fn page_of(users: &[Value], total: usize) -> Value {
    json!({"totalResults": total, "startIndex": 1, "itemsPerPage": users.len(), "Resources": users})
}

pub(super) fn json_reply(status: u16, headers: &str, body: &Value) -> Reply {
    let headers = format!("Content-Type: application/json\r\n{headers}");
    Reply::answer(status, &headers, body.to_string().as_bytes())
}

impl Directory {
    /// So many users, each with an account.
    pub(super) fn of(users: u32) -> Self {
        Self {
            users: (1..=users).map(|it| user(it, &format!("user-{it}"), true)).collect(),
            accounts: (1..=users)
                .map(|it| account(1000 + it, &format!("user-{it}"), "User"))
                .collect(),
            alone: Vec::new(),
        }
    }

    /// Answers everything truly.
    pub(super) async fn serve(self) -> Loopback {
        Self::serve_with(move |request| self.answer(request)).await
    }

    /// Answers like this; what has no answer is not found.
    pub(super) async fn serve_with(answer: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> Loopback {
        let not_found = || json_reply(404, "", &json!({"message": "Not Found"}));
        Loopback::serve(move |request| answer(request).unwrap_or_else(not_found)).await
    }

    /// The true answer, if there is one.
    pub(super) fn answer(&self, request: &Request) -> Option<Reply> {
        let (path, query) = request.path().split_once('?').unwrap_or((request.path(), ""));
        let number = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .filter(|(key, _)| *key == name)
                .find_map(|(_, value)| value.parse::<usize>().ok())
        };
        let json = |text: &str| Some(Reply::answer(200, "", text.as_bytes()));
        match path.strip_prefix("/api/v3/")? {
            "meta" => json(META),
            "enterprise/settings/license" => json(LICENSE),
            "enterprise/stats/users" => json(STATS),
            "users" => Some(self.accounts_after(number("since")?)),
            list if list.ends_with("/Users") => {
                let start = number("startIndex")? - 1;
                let users = self.users.iter().skip(start).take(number("count")?);
                let users: Vec<_> = users.cloned().collect();
                Some(json_reply(200, "", &page_of(&users, self.users.len())))
            }
            one => {
                let login = one.strip_prefix("users/")?;
                let (_, account) = self.alone.iter().find(|(known, _)| *known == login)?;
                Some(json_reply(200, "", account))
            }
        }
    }

    fn accounts_after(&self, since: usize) -> Reply {
        let id = |account: &&Value| account["id"].as_u64().unwrap_or_default();
        let greater = self.accounts.iter().filter(|account| id(account) > since as u64);
        let page: Vec<_> = greater.clone().take(100).collect();
        let link = match (page.last(), greater.count() > page.len()) {
            (Some(last), true) => format!(
                "Link: <https://elsewhere.example/users?since={}>; rel=\"next\"\r\n",
                id(last)
            ),
            _ => String::new(),
        };
        json_reply(200, &link, &json!(page))
    }
}
