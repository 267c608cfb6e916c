//! How a value is read strictly, and written again: what every type of the sections has.

use std::num::NonZeroU64;

use toml::Value;

use crate::explain::with_help;

/// A type of a setting.
pub(in crate::settings) trait Setting: Sized {
    /// Its values in words.
    const EXPECTED: &'static str;
    /// What a JSON Schema can say about them.
    const FORM: Form;

    /// Reads it.
    ///
    /// # Errors
    /// [`ValueError`], which never repeats the value.
    fn read(value: &Value) -> Result<Self, ValueError>;

    /// As it is written; nothing where there is no value.
    fn write(&self) -> Option<Value>;

    /// What this text of a variable or a flag would be in the file.
    fn of_text(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

/// A type that is written as a string.
pub(in crate::settings) trait Text: Sized {
    /// A regular expression for JSON Schema.
    const FORM: Form = Form::String;

    /// Reads it.
    ///
    /// # Errors
    /// [`ValueError`], which never repeats the text.
    fn parse(text: &str) -> Result<Self, ValueError>;

    /// As it is written.
    fn show(&self) -> String;
}

/// What a value can be seen to be at first sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Switch,
    /// A whole number from the first to the second, if there is one.
    Whole(i64, Option<i64>),
    String,
    /// A string of this format of JSON Schema.
    Format(&'static str),
    /// A string to which this regular expression applies.
    Pattern(&'static str),
    OneOf(&'static [&'static str]),
    /// A list of strings.
    Strings,
}

/// Why a value is not taken. It never repeats the value, which may be a secret in the wrong place.
#[derive(Debug, thiserror::Error)]
pub enum ValueError {
    /// It has another type.
    #[error("this has another type")]
    Type,
    /// What is wrong with it, and what to write instead.
    #[error("{label}{}", with_help(help.as_deref()))]
    Value { label: String, help: Option<String> },
}

impl ValueError {
    /// A refusal with its reason and what to write instead.
    pub(super) fn new(label: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Value {
            label: label.into(),
            help: Some(help.into()),
        }
    }
}

impl<T: Text> Setting for T {
    const EXPECTED: &'static str = "a string";
    const FORM: Form = <T as Text>::FORM;

    fn read(value: &Value) -> Result<Self, ValueError> {
        Self::parse(value.as_str().ok_or(ValueError::Type)?)
    }

    fn write(&self) -> Option<Value> {
        Some(Value::String(self.show()))
    }
}

/// A key without a default.
impl<T: Setting> Setting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const FORM: Form = T::FORM;

    fn read(value: &Value) -> Result<Self, ValueError> {
        T::read(value).map(Some)
    }

    fn write(&self) -> Option<Value> {
        self.as_ref().and_then(T::write)
    }

    fn of_text(text: &str) -> Value {
        T::of_text(text)
    }
}

impl Setting for bool {
    const EXPECTED: &'static str = "`true` or `false`";
    const FORM: Form = Form::Switch;

    fn read(value: &Value) -> Result<Self, ValueError> {
        value.as_bool().ok_or(ValueError::Type)
    }

    fn write(&self) -> Option<Value> {
        Some(Value::Boolean(*self))
    }

    fn of_text(text: &str) -> Value {
        text.parse().map_or_else(|_| text.into(), Value::Boolean)
    }
}

/// A type of whole numbers: its range in words and for JSON Schema.
macro_rules! whole_number {
    ($type:ty, $expected:literal, $form:expr) => {
        impl Setting for $type {
            const EXPECTED: &'static str = $expected;
            const FORM: Form = $form;

            fn read(value: &Value) -> Result<Self, ValueError> {
                let number = value.as_integer().ok_or(ValueError::Type)?;
                let number: Option<Self> = u64::try_from(number).ok().and_then(|it| it.try_into().ok());
                number.ok_or_else(|| ValueError::Value {
                    label: format!("expected {}", Self::EXPECTED),
                    help: None,
                })
            }

            fn write(&self) -> Option<Value> {
                i64::try_from(u64::from(*self)).ok().map(Value::Integer)
            }

            fn of_text(text: &str) -> Value {
                text.parse().map_or_else(|_| text.into(), Value::Integer)
            }
        }
    };
}

whole_number!(
    NonZeroU64,
    "a whole number greater than 0 that fits into 63 bits",
    Form::Whole(1, None)
);
whole_number!(u32, "a whole number from 0 to 4294967295", Form::Whole(0, None));
whole_number!(Percent, "a whole number from 0 to 100", Form::Whole(0, Some(100)));

/// A part of a hundred, from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::settings) struct Percent(pub u8);

impl TryFrom<u64> for Percent {
    type Error = ();

    fn try_from(number: u64) -> Result<Self, ()> {
        u8::try_from(number).ok().filter(|it| *it <= 100).map(Self).ok_or(())
    }
}

impl From<Percent> for u64 {
    fn from(percent: Percent) -> Self {
        percent.0.into()
    }
}
