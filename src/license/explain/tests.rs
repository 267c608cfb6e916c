//! What the planted populations of `tests/integration/explain` do not reach: rows of several accounts, renamed servers, times.

use super::{
    CloudIdentity, Clue, DiscrepancyCause, Evidence, Explanation, Grade, ListTime, LocalAccount, LocalServer, Unknown,
    explain,
};
use crate::license::consumed::{ConsumedLicense, LicenseKind, ServerUser};

const HOST: &str = "github.example.com";

fn account(id: u64, address: &str) -> LocalAccount {
    LocalAccount {
        id,
        login: format!("user-{id}"),
        address: address.to_owned(),
        ..LocalAccount::default()
    }
}

/// A row of which nothing is known.
fn blank() -> ConsumedLicense {
    ConsumedLicense {
        login: None,
        is_cloud_user: false,
        is_server_user: false,
        server_users: Vec::new(),
        server_addresses: Vec::new(),
        verified_addresses: Vec::new(),
        saml_name_id: None,
        kind: LicenseKind::Enterprise,
        member_roles: Vec::new(),
        enterprise_roles: Vec::new(),
        pending_invitations: Vec::new(),
        visual_studio_address: None,
        visual_studio_status: None,
        accounts: 0,
    }
}

fn member(address: &str) -> ConsumedLicense {
    ConsumedLicense {
        login: Some(format!("member-{}", address.len())),
        is_cloud_user: true,
        verified_addresses: vec![address.to_owned()],
        ..blank()
    }
}

/// A row of accounts on servers.
fn on_servers(users: &[(&str, u64)], held: &[&str]) -> ConsumedLicense {
    let user = |(host, id): &(&str, u64)| ServerUser {
        host: (*host).to_owned(),
        id: *id,
    };
    ConsumedLicense {
        is_server_user: true,
        server_users: users.iter().map(user).collect(),
        server_addresses: held.iter().map(|held| (*held).to_owned()).collect(),
        ..blank()
    }
}

/// Of a list that is a day newer than the last sync; nothing else was read.
fn evidence<'a>(local: &'a [LocalAccount], cloud: &'a [ConsumedLicense]) -> Evidence<'a> {
    Evidence {
        server: LocalServer {
            host: HOST,
            known_as: None,
            scim_enabled: false,
        },
        local,
        listed: ListTime {
            not_before: "2026-11-20T05:00:00Z".parse().unwrap(),
            not_after: "2026-11-20T06:00:00Z".parse().unwrap(),
        },
        cloud,
        last_sync: Some(ListTime::exactly("2026-11-19T06:00:00Z".parse().unwrap())),
        secondary: None,
        identities: None,
        verified_domains: None,
        servers: None,
        doubts: &[],
    }
}

/// Cause, grade, row and what is freed.
fn in_short(explanation: &Explanation) -> Vec<(&'static str, &'static str, usize, Option<&'static str>)> {
    let found = explanation.discrepancies.iter();
    let short = |found: &super::Discrepancy| {
        let frees = found.frees.map(Grade::word);
        (found.cause.word(), found.grade.word(), found.row, frees)
    };
    found.map(short).collect()
}

#[test]
fn a_license_of_two_accounts_is_freed_only_when_both_are_off_it() {
    let row = on_servers(&[(HOST, 1), (HOST, 2)], &["old@corp.example"]);
    let cloud = [member("mona@corp.example"), row];
    let both = [account(1, "mona@corp.example"), account(2, "mona@corp.example")];
    let one = [account(1, "mona@corp.example"), account(2, "old@corp.example")];
    let freed = |local| in_short(&explain(&evidence(local, &cloud)));
    assert_eq!(freed(&both), [("not-synced-since", "certain", 1, Some("certain"))]);
    assert_eq!(freed(&one), [("not-synced-since", "certain", 1, None)]);
}

#[test]
fn an_account_that_stays_on_another_server_keeps_the_license() {
    let row = on_servers(&[(HOST, 1), ("ghe-2.example.com", 1)], &["old@corp.example"]);
    let cloud = [member("mona@corp.example"), row];
    let local = [account(1, "mona@corp.example")];
    let explanation = explain(&evidence(&local, &cloud));
    assert_eq!(in_short(&explanation), [("not-synced-since", "certain", 1, None)]);
    assert!(explanation.unknowns.contains(&Unknown::Servers));
}

#[test]
fn a_suspended_account_beside_a_login_frees_nothing() {
    let mut row = member("mona@corp.example");
    row.server_users = on_servers(&[(HOST, 1)], &[]).server_users;
    let suspended = LocalAccount {
        suspended: true,
        ..account(1, "mona@corp.example")
    };
    let found = in_short(&explain(&evidence(&[suspended], &[row])));
    assert_eq!(found, [("suspended-still-listed", "likely", 0, None)]);
}

#[test]
fn rows_under_the_old_name_of_this_server_are_its_own_until_it_syncs_under_the_new_one() {
    let old = on_servers(&[("old.example.com", 1)], &["old@corp.example"]);
    let new = on_servers(&[(HOST, 2)], &["hubot@corp.example"]);
    let local = [account(1, "mona@corp.example"), account(2, "hubot@corp.example")];
    let found = |cloud: &[ConsumedLicense]| {
        let mut read = evidence(&local, cloud);
        read.server.known_as = Some("old.example.com");
        in_short(&explain(&read))
    };
    let before = found(&[member("mona@corp.example"), old.clone()]);
    assert_eq!(before, [("not-synced-since", "certain", 1, Some("certain"))]);
    let after = found(&[member("mona@corp.example"), old, new]);
    assert_eq!(after, [("only-here", "possible", 2, None)]);
}

#[test]
fn rows_of_a_host_that_is_gone_are_not_freed_for_certain_while_it_may_be_the_old_name_of_this_server() {
    let old = on_servers(&[("old.example.com", 1)], &["old@corp.example"]);
    let new = on_servers(&[(HOST, 2)], &["hubot@corp.example"]);
    let local = [account(1, "mona@corp.example"), account(2, "hubot@corp.example")];
    let stale = |cloud: &[ConsumedLicense]| {
        let read = Evidence {
            servers: Some(&[]),
            ..evidence(&local, cloud)
        };
        in_short(&explain(&read))[0]
    };
    let renamed = stale(std::slice::from_ref(&old));
    assert_eq!(renamed, ("stale-server", "certain", 0, Some("possible")));
    assert_eq!(stale(&[old, new]), ("stale-server", "certain", 0, Some("certain")));
}

#[test]
fn a_sync_of_which_only_the_latest_time_is_known_proves_what_is_newer_and_nothing_else() {
    let cloud = [
        member("mona@corp.example"),
        on_servers(&[(HOST, 1)], &["old@corp.example"]),
    ];
    let local = [account(1, "mona@corp.example")];
    let until = |latest: &str| {
        let read = Evidence {
            last_sync: Some(ListTime {
                not_before: chrono::DateTime::UNIX_EPOCH,
                not_after: latest.parse().unwrap(),
            }),
            ..evidence(&local, &cloud)
        };
        in_short(&explain(&read))
    };
    let newer = [("not-synced-since", "certain", 1, Some("certain"))];
    assert_eq!(until("2026-11-20T04:59:59Z"), newer);
    assert_eq!(until("2026-11-21T06:00:00Z"), [("list-outdated", "unknown", 1, None)]);
}

#[test]
fn a_row_of_the_current_list_is_not_judged_by_an_older_list() {
    let cloud = [
        member("mona@corp.example"),
        on_servers(&[(HOST, 1)], &["new@corp.example"]),
    ];
    let local = [account(1, "mona@corp.example")];
    let older = Evidence {
        last_sync: Some(ListTime::exactly("2026-11-21T06:00:00Z".parse().unwrap())),
        ..evidence(&local, &cloud)
    };
    let explanation = explain(&older);
    assert_eq!(in_short(&explanation), [("list-outdated", "unknown", 1, None)]);
    assert!(explanation.unknowns.iter().any(|unknown| unknown.word() == "old-list"));
}

#[test]
fn a_list_that_may_be_older_or_newer_than_the_sync_proves_neither() {
    let suspended = LocalAccount {
        suspended: true,
        ..account(2, "hubot@corp.example")
    };
    let local = [account(1, "mona@corp.example"), suspended];
    let cloud = [
        member("mona@corp.example"),
        on_servers(&[(HOST, 1)], &[]),
        on_servers(&[(HOST, 2)], &[]),
    ];
    let between = Evidence {
        last_sync: Some(ListTime::exactly("2026-11-20T05:30:00Z".parse().unwrap())),
        ..evidence(&local, &cloud)
    };
    let found = in_short(&explain(&between));
    let likely = [
        ("not-synced-since", "likely", 1, Some("likely")),
        ("suspended-still-listed", "likely", 2, Some("likely")),
    ];
    assert_eq!(found, likely);
}

#[test]
fn a_name_at_the_identity_provider_is_one_persons_unless_it_leads_to_two_rows() {
    let named = |id: u64| LocalAccount {
        identity_names: vec!["n-1".to_owned()],
        ..account(id, "mona@corp.example")
    };
    let suspended = LocalAccount {
        suspended: true,
        ..named(2)
    };
    let known = member("mona@idp.example");
    let identities = [CloudIdentity {
        user: known.login.clone().unwrap(),
        attributes: vec!["n-1".to_owned()],
    }];
    let found = |local: &[LocalAccount], rows: &[ConsumedLicense]| {
        let cloud = [std::slice::from_ref(&known), rows].concat();
        let read = Evidence {
            identities: Some(&identities),
            ..evidence(local, &cloud)
        };
        in_short(&explain(&read))
    };
    let row = |ids: &[u64]| {
        let users: Vec<_> = ids.iter().map(|id| (HOST, *id)).collect();
        on_servers(&users, &["mona@corp.example"])
    };
    let certain = [("identity-differs", "certain", 1, Some("certain"))];
    assert_eq!(found(&[named(1), suspended], &[row(&[1])]), certain);
    assert_eq!(found(&[named(1), named(2)], &[row(&[1, 2])]), certain);
    let apart = found(&[named(1), named(2)], &[row(&[1]), row(&[2])]);
    assert!(apart.iter().all(|found| found.1 == "possible"), "{apart:?}");
}

#[test]
fn what_was_not_read_is_reported_as_unknown_with_what_would_make_it_known() {
    let cloud = [ConsumedLicense {
        login: Some("mona".to_owned()),
        ..blank()
    }];
    let unread = Evidence {
        last_sync: None,
        ..evidence(&[], &cloud)
    };
    let unknowns = explain(&unread).unknowns;
    let text: Vec<_> = unknowns
        .iter()
        .map(|it| format!("{}: {}", it.says(), it.remedy()))
        .collect();
    insta::assert_snapshot!(text.join("\n"), @"
    who 1 member is: the cloud shows neither an address nor an identity: verify the domain of their addresses in the cloud account, or read its identities
    what the SAML and SCIM identities of the cloud's users say: read the external identities of the enterprise and of its organizations
    whether a secondary address on the server would match: read the addresses that the servers uploaded
    which changes are newer than the last sync: run a sync until the cloud confirms it, with a token that may read the license sync status
    ");
}

#[test]
fn a_domain_that_is_not_verified_is_a_clue() {
    let mut hidden = member("");
    hidden.verified_addresses.clear();
    let cloud = [hidden, on_servers(&[(HOST, 1)], &["mona@corp.example"])];
    let local = [account(1, "mona@corp.example")];
    let clues = |domains: Option<&[String]>| {
        let read = Evidence {
            verified_domains: domains,
            ..evidence(&local, &cloud)
        };
        explain(&read).discrepancies[0].clues.contains(&Clue::DomainNotVerified)
    };
    let verified = |domain: &str| clues(Some(&[domain.to_owned()]));
    assert_eq!(
        [verified("other.example"), verified("Corp.example"), clues(None)],
        [true, false, false]
    );
}

#[test]
fn a_hidden_member_with_the_same_login_is_named_as_a_possible_partner_and_frees_nothing() {
    let hidden = ConsumedLicense {
        login: Some("user-1".to_owned()),
        ..blank()
    };
    let cloud = [hidden, on_servers(&[(HOST, 1)], &["mona@corp.example"])];
    let found = explain(&evidence(&[account(1, "mona@corp.example")], &cloud)).discrepancies;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].cause, DiscrepancyCause::NotShown);
    assert_eq!(
        found[0].partner.map(|partner| (partner.row, partner.grade)),
        Some((0, Grade::Possible))
    );
    assert!(found[0].frees.is_none() && found[0].clues.contains(&Clue::SameLogin));
}

#[test]
fn nothing_that_follows_from_a_doubtful_list_is_certain() {
    let row = on_servers(&[(HOST, 1)], &["old@corp.example"]);
    let (cloud, local) = ([member("mona@corp.example"), row], [account(1, "mona@corp.example")]);
    let doubted = Evidence {
        doubts: &[Unknown::MovedList],
        ..evidence(&local, &cloud)
    };
    let explanation = explain(&doubted);
    assert_eq!(
        in_short(&explanation),
        [("not-synced-since", "likely", 1, Some("likely"))]
    );
    assert!(explanation.unknowns.contains(&Unknown::MovedList));
}

#[test]
fn an_address_that_the_cloud_holds_already_proves_no_change() {
    let row = on_servers(&[(HOST, 1)], &["mona@corp.example"]);
    let (cloud, local) = ([member("mona@corp.example"), row], [account(1, "mona@corp.example")]);
    let found = in_short(&explain(&evidence(&local, &cloud)));
    assert_eq!(found, [("not-synced-since", "likely", 1, Some("likely"))]);
}

#[test]
fn a_list_without_a_row_of_the_host_is_said_to_have_none() {
    let cloud = [on_servers(&[("renamed.example.com", 1)], &["mona@corp.example"])];
    let local = [account(1, "mona@corp.example")];
    assert!(explain(&evidence(&local, &cloud)).unknowns.contains(&Unknown::Host));
    let cloud = [on_servers(
        &[("renamed.example.com", 1), (HOST, 1)],
        &["mona@corp.example"],
    )];
    assert!(!explain(&evidence(&local, &cloud)).unknowns.contains(&Unknown::Host));
}
