//! Lists of users as SCIM has them (RFC 7644, section 3.4.2), on the enterprise server and in the cloud alike.
//!
//! The reader interprets a user's attributes.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// The most that GitHub gives.
pub const PER_PAGE: usize = 100;

/// One page; members that are not there or of another type say nothing.
#[derive(Deserialize)]
pub struct ScimPage {
    #[serde(rename = "totalResults")]
    pub total: usize,
    #[serde(rename = "itemsPerPage", default)]
    per_page: Value,
    #[serde(rename = "Resources", default)]
    pub users: Vec<Value>,
}

impl ScimPage {
    /// How many users should be on a page that begins with this one, counted from 1: GitHub's example names the size of a page
    /// there, and RFC 7644 the number of users on it.
    pub fn promised(&self, start: usize) -> usize {
        let left = (self.total + 1).saturating_sub(start);
        let per_page = self.per_page.as_u64().and_then(|size| usize::try_from(size).ok());
        per_page.map_or(left.min(1), |size| size.min(left))
    }

    /// How many pages of this length the list has.
    pub fn pages(&self) -> usize {
        self.total.div_ceil(self.users.len().max(1))
    }
}

/// The address of the page that begins with this user, counted from 1.
pub fn page_from(list: &Url, start: usize) -> Url {
    let mut url = list.clone();
    url.set_query(Some(&format!("startIndex={start}&count={PER_PAGE}")));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_promises_as_many_users_as_are_left_and_fit() {
        let promised = |page: &str, start| {
            let page: ScimPage = serde_json::from_str(page).unwrap();
            page.promised(start)
        };
        let page = r#"{"totalResults":205,"itemsPerPage":100}"#;
        assert_eq!([1, 101, 201, 206].map(|start| promised(page, start)), [100, 100, 5, 0]);
        for odd in ["", r#","itemsPerPage":"many""#, r#","itemsPerPage":null"#] {
            let page = format!("{{\"totalResults\":205{odd}}}");
            assert_eq!([1, 206].map(|start| promised(&page, start)), [1, 0], "{odd}");
        }
    }
}
