//! Whatever is in a settings file, loading it ends in settings or in an error that can be shown.

use ghe_license_sync::explain::Explain;
use ghe_license_sync::settings::Settings;
use proptest::prelude::*;

use super::{OPEN, Site};

/// Loads without a panic; an error has something to say.
fn load(site: &Site) -> Result<(), TestCaseError> {
    if let Err(error) = Settings::load(&site.sources) {
        prop_assert!(!site.render(&error).is_empty());
        prop_assert!(error.details().is_some() || error.help().is_some());
    }
    Ok(())
}

/// A line as one may write it, right or wrong.
fn line() -> impl Strategy<Value = String> {
    let header = prop_oneof![
        Just("[connect]"),
        Just("[[connect]]"),
        Just("[server"),
        Just("[server.source.report]"),
        Just("[log]"),
    ];
    let key = prop_oneof![
        Just("enabled"),
        Just("host"),
        Just("url"),
        Just("server.source"),
        Just("level"),
        Just("id"),
        Just("\u{e4}"),
    ];
    let value = prop_oneof![
        Just("true".to_owned()),
        Just("\"\"\"".to_owned()),
        Just("[1, 2]".to_owned()),
        Just("{ report = {} }".to_owned()),
        Just("1979-05-27".to_owned()),
        Just("1e400".to_owned()),
        any::<i128>().prop_map(|number| number.to_string()),
        any::<String>(),
        any::<String>().prop_map(|text| format!("{text:?}")),
    ];
    prop_oneof![
        header.prop_map(str::to_owned),
        (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
    ]
}

proptest! {
    #[test]
    fn arbitrary_text_gives_settings_or_an_error(text in any::<String>()) {
        load(&Site::new(text))?;
    }

    #[test]
    fn arbitrary_bytes_give_settings_or_an_error(bytes in any::<Vec<u8>>()) {
        load(&Site::new(bytes))?;
    }

    #[test]
    fn arbitrary_lines_give_settings_or_an_error(lines in prop::collection::vec(line(), 0..12)) {
        load(&Site::new(lines.join("\n")))?;
    }

    #[test]
    fn a_cut_file_gives_settings_or_an_error(end in 0..OPEN.len()) {
        load(&Site::new(&OPEN[..end]))?;
    }

    #[test]
    fn arbitrary_variables_and_flags_give_settings_or_an_error(name in "[A-Z_]{0,12}", value in any::<String>()) {
        let variable = format!("GHE_LICENSE_SYNC__{name}");
        let flag = format!("connect.{}={value}", name.to_lowercase());
        let host = format!("connect.host={value}");
        load(&Site::new("").variables(&[(&variable, &value)]).flags(&[&flag, &host]))?;
    }

    #[test]
    fn a_secret_is_never_shown(file in misplaced("hunter2")) {
        let site = Site::new(&file);
        prop_assert!(!site.refuse().contains("hunter2"), "{file}");
    }
}

/// Wrong settings with this secret where it does not belong.
fn misplaced(secret: &'static str) -> impl Strategy<Value = String> {
    let keys = vec![
        "token",
        "password",
        "client-secret",
        "private_key",
        "\"api.key\"",
        "proxy.credentials",
        "token-file",
    ];
    let forms = vec![
        "KEY = \"SECRET\" oops",
        "KEY = SECRET",
        "KEY = \"SECRET",
        "KEY: SECRET",
        "KEY SECRET",
        "KEY = \"\"\"\nSECRET \\q\n\"\"\"",
        "KEY = \"\"\"\nx = SECRET\n",
        "KEY = [\n  \"SECRET\" oops\n]",
        "KEY = [\n  \"x=SECRET\" oops\n]",
        "KEY = { value = \"SECRET\", oops }",
        "source = { KEY = \"SECRET\", oops }",
        "[server.KEY]\nvalue = SECRET",
        "url = \"https://user:SECRET@host\"\nKEY = 1",
        "proxy = \"user:SECRET@host\"\nKEY = 1",
        "id = \"ghp_SECRET\"\nKEY = 1",
        "KEY = '''\n-----BEGIN KEY-----\nSECRET=\n-----END KEY-----\n'''",
        "KEY = -----BEGIN KEY-----\nSECRET=\n-----END KEY-----\n",
    ];
    (prop::sample::select(keys), prop::sample::select(forms))
        .prop_map(move |(key, form)| format!("[server]\n{}\n", form.replace("KEY", key).replace("SECRET", secret)))
}
