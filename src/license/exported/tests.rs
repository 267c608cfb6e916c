//! What is read of an exported file, however it is cut, and what is refused without showing a value of it.

use super::*;

const HEAD: &str = r#""instance":{"server_id":"7dbdb0bb-6b4f-4c40-bf5b-f3cc6ee4c04e","host_name":"ghes.example.com","version":"3.19.0","public_key":"-----BEGIN","features":["license_usage_sync",{"name":"advanced_security","enabled_at":null},7],"customer":{"name":"x"}}"#;

fn read(text: &str) -> Result<Exported, ExportDefect> {
    read_in_pieces(text.as_bytes(), 64 * 1024)
}

fn read_in_pieces(bytes: &[u8], size: usize) -> Result<Exported, ExportDefect> {
    let mut reader = ExportReader::default();
    for piece in bytes.chunks(size) {
        reader.push(piece)?;
    }
    reader.finish()
}

fn file(users: &str) -> String {
    format!("{{{HEAD},\"users\":\"{users}\",\"else\":[1,{{\"é\":null}}]}}\n")
}

#[test]
fn the_unencrypted_part_is_read_wherever_the_pieces_end_and_in_any_order() {
    let short = file("QUJD");
    let other_way = format!("\u{20}\r\n{{ \"users\" : \"QUJD\" ,\t{HEAD} }}");
    for text in [short, other_way] {
        let expected = read(&text).unwrap();
        assert_eq!(
            (
                expected.host_name.as_deref(),
                expected.version.as_deref(),
                expected.users_bytes
            ),
            (Some("ghes.example.com"), Some("3.19.0"), 4)
        );
        assert_eq!(expected.features, ["license_usage_sync", "advanced_security"]);
        assert_eq!(expected.server_id.to_string(), "7dbdb0bb-6b4f-4c40-bf5b-f3cc6ee4c04e");
        for size in 1..40 {
            assert_eq!(read_in_pieces(text.as_bytes(), size).as_ref(), Ok(&expected), "{size}");
        }
    }
}

#[test]
fn a_text_of_any_length_is_measured_as_it_is_written() {
    for length in [1, 1023, 1024, 1025, 5000] {
        assert_eq!(
            read(&file(&"Q".repeat(length))).unwrap().users_bytes,
            length as u64,
            "{length}"
        );
    }
    let with_escapes = "QUJD\\n\\u0041\\/".repeat(1000);
    assert_eq!(
        read(&file(&with_escapes)).unwrap().users_bytes,
        with_escapes.len() as u64
    );
    let passes_for_a_long_one = "x".repeat(1024);
    assert_eq!(read(&file(&passes_for_a_long_one)).unwrap().users_bytes, 1024);
}

#[test]
fn no_more_is_held_than_what_stands_beside_the_users() {
    let mut reader = ExportReader::default();
    reader.push(b"{\"users\":\"").unwrap();
    let piece = [b'Q'; 64 * 1024];
    for _ in 0..320 {
        reader.push(&piece).unwrap();
        assert!(reader.skeleton.kept() < 2048);
    }
    reader.push(format!("\",{HEAD}}}").as_bytes()).unwrap();
    assert_eq!(reader.finish().unwrap().users_bytes, 20 << 20);
}

#[test]
fn half_a_file_is_refused_wherever_it_ends() {
    let whole = file(&"Q".repeat(1500));
    let end = whole.rfind('}').unwrap();
    for cut in 1..=end {
        if whole.is_char_boundary(cut) {
            let defect = read(&whole[..cut]).unwrap_err();
            assert!(
                matches!(defect, ExportDefect::Half | ExportDefect::NotJson),
                "{cut}: {defect}"
            );
        }
    }
}

#[test]
fn every_defect_names_the_member_and_not_what_is_in_it() {
    let users = |value: &str| format!("{{{HEAD},\"users\":{value}}}");
    let instance = |value: &str| format!("{{\"users\":\"QUJD\",\"instance\":{value}}}");
    let cases = [
        String::new(),
        " \n".to_owned(),
        "id,login\n1,mona\n".to_owned(),
        "[]".to_owned(),
        "\"canary@example.com\"".to_owned(),
        format!("{}{}", file("QUJD"), file("QUJD")),
        users("7"),
        users("null"),
        users("[\"canary@example.com\"]"),
        users("{\"canary\":1}"),
        users("\"\""),
        users("\"\\q\""),
        users("\"a\nb\""),
        users("\"QUJD\",\"users\":\"QUJD\""),
        format!("{{{HEAD}}}"),
        "{\"users\":\"QUJD\"}".to_owned(),
        instance("\"canary\""),
        instance("{}"),
        instance("{\"server_id\":7}"),
        instance("{\"server_id\":\"canary\"}"),
        instance("{\"server_id\":\"7dbdb0bb-6b4f-4c40-bf5b-f3cc6ee4c04e\",\"host_name\":[\"canary\"]}"),
        users(&format!("[{}]", "\"canary@example.com\",".repeat(60_000))),
    ];
    let texts: Vec<_> = cases.iter().map(|text| read(text).unwrap_err().to_string()).collect();
    insta::assert_snapshot!(texts.join("\n"));
    assert_eq!(read_in_pieces(b"{\"users\":\"\xff\"}", 64), Err(ExportDefect::NotUtf8));
    assert_eq!(read_in_pieces(b"{\"users\":\"\xc3", 64), Err(ExportDefect::Half));
}

#[test]
fn what_is_no_name_is_not_taken_for_one() {
    let head = |host: &str| {
        format!(
            "{{\"users\":\"QUJD\",\"instance\":{{\"server_id\":\"7dbdb0bb-6b4f-4c40-bf5b-f3cc6ee4c04e\",\"host_name\":{host}}}}}"
        )
    };
    for none in ["null", "\"\"", "\"two words\"", "\"\\u001b[2J\""] {
        assert_eq!(read(&head(none)).unwrap().host_name, None, "{none}");
    }
    let long = format!("\"{}\"", "h".repeat(254));
    assert_eq!(read(&head(&long)).unwrap().host_name, None);
}
