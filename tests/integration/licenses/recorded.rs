//! Answers of github.com as a public client recorded them, with invented people in them.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use ghe_license_sync::license::ConsumedLicense;
use insta::assert_snapshot;

use super::{LIST, read};
use crate::support::loopback::{Loopback, Reply, head};

const PAGES: [&str; 4] = [
    include_str!("../../fixtures/consumed-licenses/page-1.http"),
    include_str!("../../fixtures/consumed-licenses/page-2.http"),
    include_str!("../../fixtures/consumed-licenses/page-3.http"),
    include_str!("../../fixtures/consumed-licenses/page-4.http"),
];

/// The page as it went over the wire, with links to this server: compressed, and in chunks.
fn sent(page: &str, host: &str) -> Reply {
    let (headers, body) = page.split_once("\n\n").unwrap();
    let origin = format!("http://{host}/");
    let lines = headers
        .lines()
        .map(|line| line.replace("https://api.github.com/", &origin) + "\r\n");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body.as_bytes()).unwrap();
    let mut pieces = vec![head(200, &lines.collect::<String>())];
    for chunk in gzip.finish().unwrap().chunks(500) {
        let size = format!("{:x}\r\n", chunk.len());
        pieces.push([size.as_bytes(), chunk, b"\r\n"].concat());
    }
    pieces.push(b"0\r\n\r\n".to_vec());
    Reply::Pieces(pieces)
}

/// All that is known of a license on one line, without what there is nothing of.
fn line(license: &ConsumedLicense) -> String {
    let list = |name: &str, texts: &[String]| match texts {
        [] => String::new(),
        texts => format!(" {name}={}", texts.join(", ")),
    };
    let text = |name: &str, text: &Option<String>| list(name, text.as_slice());
    let server_users: Vec<_> = license.server_users.iter().map(ToString::to_string).collect();
    [
        format!("{:?}", license.kind),
        text("login", &license.login),
        format!(" cloud={} server={}", license.is_cloud_user, license.is_server_user),
        list("enterprise", &license.enterprise_roles),
        list("organizations", &license.member_roles),
        list("invited", &license.pending_invitations),
        list("verified", &license.verified_addresses),
        text("saml", &license.saml_name_id),
        list("users", &server_users),
        list("addresses", &license.server_addresses),
        text("subscription", &license.visual_studio_address),
        text("status", &license.visual_studio_status),
        format!(" accounts={}", license.accounts),
    ]
    .concat()
}

#[tokio::test]
async fn answers_as_they_were_recorded_are_read_without_loss() {
    let server = Loopback::serve(|request| {
        let number = match request.path().rsplit_once("?page=") {
            None => 1,
            Some((_, number)) => number.parse::<usize>().unwrap(),
        };
        sent(PAGES[number - 1], request.header("host").unwrap())
    })
    .await;
    let (rows, listing) = read(&server).await.unwrap();
    let asked: Vec<_> = server.requests().iter().map(|it| it.path().to_owned()).collect();
    let next = |number| format!("/enterprises/octo-corp/consumed-licenses?page={number}");
    assert_eq!(asked, [LIST.to_owned(), next(2), next(3), next(4)]);
    assert!(listing.is_whole() && listing.unreadable.is_empty(), "{listing:?}");
    assert_eq!((listing.consumed, listing.purchased), (Some(16), Some(17)));
    assert_eq!(rows.iter().filter(|row| row.is_pending_invitation()).count(), 5);
    let lines: Vec<_> = rows.iter().map(line).collect();
    assert_snapshot!(lines.join("\n"), @"
    VisualStudio login=octo-ada cloud=true server=false enterprise=Owner, Member organizations=octo-corp:Owner, octo-platform:Owner, octo-research:Owner, octo-training:Owner, octo-web-app:Owner subscription=ada@example.com status=Matched to Cloud accounts=1
    Enterprise login=octo-blaise cloud=true server=false enterprise=Pending outside collaborator invitation accounts=1
    VisualStudio login=octo-claude42 cloud=true server=false enterprise=Member organizations=octo-platform:Member, octo-research:Member, octo-training:Member subscription=claude.weber@example.com status=Matched to Cloud accounts=1
    Enterprise login=octo-dorothy cloud=true server=false enterprise=Outside collaborator accounts=1
    Enterprise login=octo-emmy cloud=true server=false enterprise=Member organizations=octo-platform:Member, octo-research:Member, octo-training:Member accounts=1
    Enterprise login=octo-fei-fei7 cloud=true server=false enterprise=Outside collaborator, Pending outside collaborator invitation accounts=1
    VisualStudio login=octo-grace cloud=true server=false subscription=grace@example.com status=Matched to Cloud accounts=1
    Enterprise login=octo-ingrid cloud=true server=false enterprise=Member organizations=octo-platform:Member, octo-research:Member accounts=1
    Enterprise login=octo-jun cloud=true server=false enterprise=Member, Pending invitation organizations=octo-platform:Member, octo-research:Member invited=octo-web-app accounts=1
    VisualStudio login=octo-katherine cloud=true server=false enterprise=Owner, Member organizations=octo-corp:Owner, octo-platform:Owner, octo-research:Owner, octo-training:Owner, octo-web-app:Owner subscription=katherine@example.com status=Matched to Cloud accounts=1
    Enterprise cloud=false server=true users=ghes.example.com:4711, ghes-eu.example.com:17 addresses=edsger@example.com, edsger.d@eu.example.com accounts=2
    Enterprise cloud=false server=true users=ghes.example.com:4712 addresses=hedy@example.com accounts=1
    Enterprise login=octo-lise cloud=true server=true enterprise=Member organizations=octo-corp:Owner, octo-corp/compiler:Collaborator verified=lise@octo.example, l.park@octo.example saml=lise@idp.example.com users=ghes.example.com:4713 addresses=lise@example.com accounts=2
    Enterprise login=octo-mary cloud=true server=false enterprise=Repository collaborator subscription=mary@example.com status=Pending Invitation accounts=1
    Enterprise login=octo-niels cloud=true server=false enterprise=Pending outside collaborator invitation accounts=1
    Enterprise login=octo-olga cloud=true server=false enterprise=Pending outside collaborator invitation accounts=1
    ");
}
