//! The same populations where everything besides the lists is read from a sandbox, by GraphQL and SCIM.

use ghe_license_sync::license::explain::{Evidence, explain};
use ghe_license_sync::sandbox::{Planted, PlantedServer};
use ghe_license_sync::settings::Environment;

use super::assert_good;
use super::population::{HOST, Kind, OTHER_HOST, Population, UNCONNECTED_HOST};
use super::score::Score;
use crate::evidence::{Outcome, read};
use crate::support::lab::Lab;

/// Those whose secondary addresses and servers are to be known, and every timing.
const SEEDS: [u64; 4] = [2, 6, 10, 12];

fn planted(population: &Population) -> Planted {
    let addresses = |id: &u64| population.secondary.get(id).cloned().unwrap_or_default();
    let accounts = population.local.iter().map(|account| {
        let further = addresses(&account.id).into_iter();
        (
            account.id,
            std::iter::once(account.address.clone()).chain(further).collect(),
        )
    });
    let server = |host: &str, is_connected, accounts| PlantedServer {
        host: host.to_owned(),
        is_connected,
        accounts,
    };
    Planted {
        identities: population.identities.clone(),
        verified_domains: population
            .shows()
            .then(|| "corp.example".to_owned())
            .into_iter()
            .collect(),
        servers: vec![
            server(HOST, true, accounts.collect()),
            server(OTHER_HOST, true, Vec::new()),
            server(UNCONNECTED_HOST, false, Vec::new()),
        ],
    }
}

async fn read_live(population: &Population) -> Outcome {
    let lab = Lab::with_faults(&[]).await;
    lab.sandbox.plant(planted(population));
    let settings = lab.settings(&[]);
    let watch = settings.watch().unwrap();
    read(watch, &Environment::default(), HOST, &population.rows).await
}

/// The score of all populations of a kind, and how much was read.
async fn score_of(kind: Kind) -> (Score, usize) {
    let (mut score, mut identities) = (Score::default(), 0);
    for seed in SEEDS {
        let population = Population::planted(kind, seed);
        let Outcome { evidence, withheld, .. } = read_live(&population).await;
        assert_eq!(withheld, [""; 0]);
        identities += evidence.identities.as_ref().map_or(0, Vec::len);
        let evidence = Evidence {
            secondary: evidence.secondary.as_ref(),
            identities: evidence.identities.as_deref(),
            verified_domains: evidence.verified_domains.as_deref(),
            servers: evidence.servers.as_deref(),
            ..population.evidence()
        };
        score.add(&population, &explain(&evidence));
    }
    (score, identities)
}

#[tokio::test]
async fn causes_of_managed_users_are_found_with_identities_that_are_read_live() {
    let (score, identities) = score_of(Kind::Managed).await;
    assert!(identities > 10_000, "{identities}");
    assert_good(&score);
}

#[tokio::test]
async fn causes_are_found_where_verified_domains_are_read_live() {
    let (score, identities) = score_of(Kind::VerifiedDomains).await;
    assert_eq!(identities, 0, "the account has no identity provider");
    assert_good(&score);
}
