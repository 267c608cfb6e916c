//! Decoding does not depend on how the network cuts the report, and reads whatever a CSV writer writes.

use ghe_license_sync::collect::Decoder;
use ghe_license_sync::license::Roster;
use proptest::prelude::*;

/// Decodes a report that comes in pieces of `size` bytes; either everybody or the text of the defect.
fn decode(report: &[u8], size: usize) -> Result<Vec<(u64, String)>, String> {
    let mut decoder = Decoder::default();
    let decoded: Result<Roster, _> = report
        .chunks(size.max(1))
        .try_for_each(|piece| decoder.push(piece))
        .and_then(|()| decoder.finish());
    decoded
        .map(|roster| roster.consumers().map(|(id, email)| (id.0, email.to_owned())).collect())
        .map_err(|defect| defect.to_string())
}

#[test]
fn every_cut_gives_the_same_people_or_the_same_defect() {
    let header = "\u{feff}id,login,email,suspended?,dormant?,raw_login\r\n";
    let row = "1,mona,\"mona@example.com\",false,true,\"{\"\"a\"\": \"\"b,\r\nc\"\"}\"\r\n";
    let reports = [
        format!("{header}{row}\r\n\n2,é,ü@example.com,false,false,"),
        format!("{header}{row}2,x,y,false,false"),
        format!("{header}{row}\r\n2,x,y,maybe,false,"),
        format!("{header}{row}2,x,\"y,false,false,\n"),
        format!("{header}{row}\r"),
        format!("\u{feff}{header}{row}"),
        "\n\r\n<html>".to_owned(),
        "\u{feff}".to_owned(),
        header.to_owned(),
    ];
    for report in &reports {
        let whole = decode(report.as_bytes(), report.len());
        for size in 1..report.len() {
            assert_eq!(
                decode(report.as_bytes(), size),
                whole,
                "in pieces of {size}: {report:?}"
            );
        }
    }
    // What starts like a byte order mark and is none belongs to the first name.
    for start in [&b"\xef"[..], b"\xef\xbb", b"\xef\xbb\xbe"] {
        let report = [start, b"id,login,email,suspended?,dormant?\n1,a,b,false,false\n"].concat();
        let whole = decode(&report, report.len());
        assert!(whole.is_err());
        assert_eq!(decode(&report, 1), whole);
    }
}

#[test]
fn the_caps_are_exact() {
    let report = |email: usize, filler: usize| {
        let row = format!("1,m,{},false,false,{}", "e".repeat(email), "x".repeat(filler));
        decode(
            format!("id,login,email,suspended?,dormant?,x\n{row}\n").as_bytes(),
            4096,
        )
    };
    assert!(report(320, 0).is_ok());
    assert_eq!(
        report(321, 0).unwrap_err(),
        "row 2, column \"email\": longer than 320 bytes"
    );
    let others = "1mfalsefalse".len();
    assert!(report(0, 256 * 1024 - others).is_ok());
    assert_eq!(
        report(0, 256 * 1024 - others + 1).unwrap_err(),
        "row 2, cell 6: the row is longer than 262144 bytes"
    );
}

fn person() -> impl Strategy<Value = (String, String, bool, bool, String)> {
    (
        "[a-z\"]{1,8}",
        "[ -~é]{0,20}",
        any::<bool>(),
        any::<bool>(),
        "[ -~\r\n]{0,30}",
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_a_csv_writer_writes_is_read_back(
        people in prop::collection::vec(person(), 1..20),
        crlf: bool,
        size in 1_usize..200,
    ) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        writer.write_record(["raw", "suspended?", "email", "id", "dormant?", "login"]).unwrap();
        let mut expected = Vec::new();
        for (id, (login, email, suspended, dormant, raw)) in (1_u64..).zip(&people) {
            writer
                .write_record([raw, &suspended.to_string(), email, &id.to_string(), &dormant.to_string(), login])
                .unwrap();
            if !suspended {
                expected.push((id, email.trim().to_owned()));
            }
        }
        let report = writer.into_inner().unwrap();
        prop_assert_eq!(decode(&report, size), Ok(expected));
    }

    #[test]
    fn no_bytes_make_the_decoder_fail_otherwise_than_by_a_defect(
        bytes in prop::collection::vec(prop::sample::select(&b"\"\",,\r\n\xef\xbb\xbf1atrue<\0"[..]), 0..300),
        size in 1_usize..50,
    ) {
        let report = [b"id,login,email,suspended?,dormant?\n", &bytes[..]].concat();
        prop_assert_eq!(decode(&report, size), decode(&report, report.len()));
        prop_assert_eq!(decode(&bytes, size), decode(&bytes, bytes.len()));
    }
}
