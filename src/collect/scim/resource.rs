//! One user as SCIM has it. Members that are not known are left alone, and odd types are read where they leave no doubt.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// The longest address in bytes: 64 before the `@` and 255 after it (RFC 5321).
const EMAIL_CAP: usize = 320;

/// A user of SCIM, borrowed from its page.
pub(super) struct Resource<'page>(pub(super) &'page Value);

/// The address by which the cloud could find the person.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address<'page> {
    None,
    Primary(&'page str),
    /// Several, none or several of them primary; or one that cannot be used.
    Undecided,
}

impl<'page> Resource<'page> {
    /// A hash of the ID, or else of all that is there.
    pub(super) fn id(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match &self.0["id"] {
            Value::Null => self.0.to_string().hash(&mut hasher),
            id => id.to_string().hash(&mut hasher),
        }
        hasher.finish()
    }

    /// What the identity provider calls the user.
    pub(super) fn user_name(&self) -> Option<String> {
        let name = match &self.0["userName"] {
            Value::String(name) => name.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!name.is_empty()).then_some(name)
    }

    /// Whether the user is provisioned; one who is not is suspended.
    pub(super) fn is_active(&self) -> Option<bool> {
        read_boolean(&self.0["active"])
    }

    /// The one address that is primary, or else the only one.
    pub(super) fn address(&self) -> Address<'page> {
        let emails = match &self.0["emails"] {
            Value::Array(emails) => emails.as_slice(),
            Value::Null => &[],
            email => std::slice::from_ref(email),
        };
        let is_primary = |email: &&Value| read_boolean(&email["primary"]) == Some(true);
        let mut all = emails.iter().filter_map(value);
        let mut primary = emails.iter().filter(is_primary).filter_map(value);
        let Some(first) = all.next() else { return Address::None };
        let chosen = match primary.next() {
            Some(chosen) if primary.all(|other| is_same(other, chosen)) => chosen,
            None if all.all(|other| is_same(other, first)) => first,
            _ => return Address::Undecided,
        };
        match chosen.len() > EMAIL_CAP || chosen.chars().any(char::is_control) {
            true => Address::Undecided,
            false => Address::Primary(chosen),
        }
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// The text of an address.
fn value(email: &Value) -> Option<&str> {
    let text = email["value"].as_str().or(email.as_str())?.trim();
    (!text.is_empty()).then_some(text)
}

/// Some identity providers write `"True"`.
fn read_boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_address_is_the_primary_one_or_else_the_only_one() {
        let (mona, m) = (json!({"value": "mona@example.com"}), json!({"value": "m@example.com"}));
        let primary = |email: &Value, primary: Value| {
            let mut email = email.clone();
            email["primary"] = primary;
            email
        };
        let (true_, text) = (primary(&m, json!(true)), primary(&m, json!("True")));
        for (emails, expected) in [
            (json!([]), Address::None),
            (json!(null), Address::None),
            (json!([7, {"value": null}, {"value": " "}]), Address::None),
            (json!([mona]), Address::Primary("mona@example.com")),
            (json!(mona), Address::Primary("mona@example.com")),
            (json!(["m@example.com"]), Address::Primary("m@example.com")),
            (json!([mona, true_]), Address::Primary("m@example.com")),
            (json!([mona, text, {"type": "work"}]), Address::Primary("m@example.com")),
            (
                json!([mona, {"value": "MONA@example.com"}]),
                Address::Primary("mona@example.com"),
            ),
            (json!([mona, m]), Address::Undecided),
            (json!([primary(&mona, json!(true)), true_]), Address::Undecided),
            (json!([{"value": "a\u{7}b@example.com"}]), Address::Undecided),
            (json!([{"value": "x".repeat(321)}]), Address::Undecided),
        ] {
            let user = json!({"emails": emails});
            assert_eq!(Resource(&user).address(), expected, "{user}");
        }
        assert_eq!(Resource(&json!({})).address(), Address::None);
        assert_eq!(Resource(&json!(7)).address(), Address::None);
    }

    #[test]
    fn a_boolean_may_be_written_as_a_text() {
        let active = |value: Value| Resource(&json!({"active": value})).is_active();
        assert_eq!(
            [true.into(), "True".into(), "true ".into()].map(active),
            [Some(true); 3]
        );
        assert_eq!([false.into(), "False".into()].map(active), [Some(false); 2]);
        assert_eq!(
            [json!(null), json!(1), json!("yes"), json!([true])].map(active),
            [None; 4]
        );
    }
}
