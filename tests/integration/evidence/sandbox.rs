//! What the sandbox's cloud knows, over real GraphQL and SCIM.

use std::sync::Arc;

use ghe_license_sync::clock::SystemClock;
use ghe_license_sync::connect::LicenseReader;
use ghe_license_sync::license::ConsumedLicense;
use ghe_license_sync::license::explain::CloudIdentity;
use ghe_license_sync::sandbox::{Planted, PlantedServer};
use ghe_license_sync::settings::Environment;

use super::{HASTE, Outcome, Said, read};
use crate::support::lab::Lab;

async fn read_lab(lab: &Lab) -> (Outcome, Vec<ConsumedLicense>) {
    let settings = lab.settings(&["license-sync.enabled=false"]);
    let (watch, environment) = (settings.watch().unwrap(), Environment::default());
    let reader = LicenseReader::new(watch, HASTE, &environment).unwrap();
    let (mut pages, mut licenses) = (reader.pages(&|| Ok(())), Vec::new());
    while let Some(page) = pages.next(&Said::default()).await.unwrap() {
        licenses.extend(page);
    }
    (read(watch, &environment, "127.0.0.1", &licenses).await, licenses)
}

#[tokio::test]
async fn everything_is_read_to_its_last_page() {
    let lab = Lab::of(400, &[], Arc::new(SystemClock)).await;
    lab.sync(&[]).await.unwrap();
    let (outcome, licenses) = read_lab(&lab).await;
    assert_eq!(outcome.withheld, [""; 0]);
    let evidence = outcome.evidence;
    assert_eq!(evidence.verified_domains.unwrap(), ["example.com", "octo-corp.example"]);
    assert_eq!(evidence.servers.unwrap()[0].host, "127.0.0.1");
    let [upload] = &lab.sandbox.uploads()[..] else {
        panic!("one upload")
    };
    assert_eq!(evidence.secondary.unwrap().len() as u64, upload.users);
    assert_eq!(
        evidence.uploaded_at.unwrap().timestamp(),
        upload.received_at.timestamp()
    );
    // Each identity says what the list shows of its member.
    let identities = evidence.identities.unwrap();
    let shown: Vec<_> = licenses.iter().filter(|it| it.saml_name_id.is_some()).collect();
    assert_eq!(identities.len(), shown.len());
    assert!(shown.len() > 200);
    for license in shown {
        let identity = identities.iter().find(|it| Some(&it.user) == license.login.as_ref());
        let name = license.saml_name_id.as_ref().unwrap();
        assert!(identity.unwrap().attributes.contains(name));
    }
    let count = |step: &str| outcome.steps.iter().filter(|other| *other == step).count();
    assert!(count("reading the uploaded addresses") > 2 && count("reading the managed users") > 2);
    assert_eq!(
        count("reading the organizations"),
        0,
        "the enterprise has an identity provider"
    );
}

#[tokio::test]
async fn what_a_fault_forbids_is_left_out() {
    let lab = Lab::with_faults(&["graphql:403", "scim:403"]).await;
    let (outcome, _) = read_lab(&lab).await;
    assert_eq!(outcome.withheld.len(), 2, "{:?}", outcome.withheld);
    assert!(outcome.evidence.verified_domains.is_none() && outcome.evidence.identities.is_some());
    for fault in ["graphql:404*always", "graphql:403*always"] {
        let lab = Lab::with_faults(&[fault]).await;
        let (outcome, _) = read_lab(&lab).await;
        assert_eq!(outcome.withheld.len(), 4, "{:?}", outcome.withheld);
    }
    let lab = Lab::with_faults(&["graphql:429@0*2"]).await;
    let (outcome, _) = read_lab(&lab).await;
    assert_eq!(outcome.withheld, [""; 0]);
}

#[tokio::test]
async fn what_a_test_plants_is_read_as_it_was_planted() {
    let lab = Lab::with_faults(&[]).await;
    let identity = |user: &str, attributes: &[&str]| CloudIdentity {
        user: user.to_owned(),
        attributes: attributes.iter().map(ToString::to_string).collect(),
    };
    lab.sandbox.plant(Planted {
        identities: vec![identity(
            "mona_octo",
            &["mona@idp.example", "upn-mona", "m@corp.example"],
        )],
        verified_domains: vec!["corp.example".to_owned()],
        servers: vec![PlantedServer {
            host: "127.0.0.1".to_owned(),
            is_connected: false,
            accounts: vec![(7, vec![String::new(), "second@corp.example".to_owned()])],
        }],
    });
    let evidence = read_lab(&lab).await.0.evidence;
    assert_eq!(evidence.verified_domains.unwrap(), ["corp.example"]);
    assert_eq!(evidence.secondary.unwrap()[&7], ["second@corp.example"]);
    assert_eq!(evidence.servers.unwrap()[0].connected, Some(false));
    let identities = evidence.identities.unwrap();
    let read: Vec<_> = identities
        .iter()
        .flat_map(|it| &it.attributes)
        .map(String::as_str)
        .collect();
    for attribute in ["mona@idp.example", "upn-mona", "m@corp.example", "mona"] {
        assert!(read.contains(&attribute), "{read:?}");
    }
}
