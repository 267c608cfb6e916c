//! Splits a page of the list of consumed licenses while it is decoded: of each row only the members that are read are
//! kept, and no longer than the row is.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::consumed_row::{self, Unread};
use crate::license::ConsumedLicense;

/// One page. What is on it is read leniently.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) total_seats_consumed: Option<Value>,
    pub(super) total_seats_purchased: Option<Value>,
    pub(super) users: Rows,
}

/// The rows of a page.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) licenses: Vec<ConsumedLicense>,
    pub(super) unread: Unread,
}

/// The names of members that are read.
const NAMES: [&str; 16] = [
    "github_com_login",
    "github_com_user",
    "enterprise_server_user",
    "enterprise_server_user_ids",
    "enterprise_server_primary_emails",
    "enterprise_server_emails",
    "github_com_verified_domain_emails",
    "github_com_saml_name_id",
    "license_type",
    "github_com_member_roles",
    "github_com_enterprise_roles",
    "github_com_enterprise_role",
    "github_com_orgs_with_pending_invites",
    "visual_studio_subscription_email",
    "visual_studio_license_status",
    "total_user_accounts",
];

/// The members of a row that are read, whatever the case of their names.
#[derive(Default)]
pub(super) struct RowMembers([Value; NAMES.len()]);

impl RowMembers {
    /// A member by its name in lower case, which is one of [`NAMES`]; null when there is none.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(NAMES.iter().position(|known| *known == name)?)
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Rows;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of licenses")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows, A::Error> {
                let mut rows = Rows::default();
                while let Some(row) = list.next_element()? {
                    match row {
                        ListItem::Members(members) => {
                            let license = consumed_row::read(&members, &mut rows.unread);
                            rows.licenses.push(license);
                        }
                        ListItem::Other => consumed_row::note(&mut rows.unread, "users"),
                    }
                }
                Ok(rows)
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// What is in the list.
enum ListItem {
    Members(Box<RowMembers>),
    /// No object.
    Other,
}

impl<'de> Deserialize<'de> for ListItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = ListItem;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a license")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<ListItem, A::Error> {
        let mut members = Box::<RowMembers>::default();
        while let Some(MemberName(at)) = row.next_key()? {
            match at.and_then(|at| members.0.get_mut(at)) {
                Some(member) => *member = row.next_value()?,
                None => drop(row.next_value::<IgnoredAny>()?),
            }
        }
        Ok(ListItem::Members(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ListItem, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(ListItem::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<ListItem, E> {
        Ok(ListItem::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<ListItem, E> {
        Ok(ListItem::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<ListItem, E> {
        Ok(ListItem::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<ListItem, E> {
        Ok(ListItem::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<ListItem, E> {
        Ok(ListItem::Other)
    }

    fn visit_unit<E>(self) -> Result<ListItem, E> {
        Ok(ListItem::Other)
    }
}

/// The place of a name in [`NAMES`], in any letter case.
struct MemberName(Option<usize>);

impl<'de> Deserialize<'de> for MemberName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl Visitor<'_> for NameVisitor {
            type Value = MemberName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<MemberName, E> {
                Ok(MemberName(
                    NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)),
                ))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}
