//! Splits a page of the list of consumed licenses while it is decoded: of each row only the members that are read are
//! kept, and no longer than the row is.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::consumed_members::RowMembers;
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
        while let Some(name) = row.next_key()? {
            match members.slot(&name) {
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
