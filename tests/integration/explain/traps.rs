//! What looks like a mismatch and is none, or is another one. Falling for it is wrong.

use ghe_license_sync::license::consumed::{ConsumedLicense, LicenseKind};

use super::people::blank;
use super::population::{HOST, OTHER_HOST, Population, Timing};
use super::truth::Truth;

/// All kinds.
pub(super) const ALL: [fn(&mut Population); 14] = [
    namesake,
    shared_identity_name,
    secondary_address_of_two,
    address_of_two_members,
    tag_of_an_ordinary_user,
    tag_of_an_ordinary_administrator,
    mailbox_of_somebody_else,
    address_given_to_somebody_else,
    created_after_the_list,
    on_another_server,
    invited_stranger,
    foreign_subscription,
    matched_subscription,
    machine_with_a_seat,
];

/// Somebody who is only here, whatever resembles them.
fn only_here() -> Option<Truth> {
    Some(Truth::of("only-here", None))
}

/// Two people with one login, one on each side.
fn namesake(population: &mut Population) {
    let (here, mut there) = (population.person(), population.person());
    there.login.clone_from(&here.login);
    population.member(&there, &there.work());
    let named = population.chance.percent(50);
    let id = population.account(&here, |account| {
        if named {
            account.identity_names.push(here.login.clone());
        }
    });
    population.server_only(HOST, id, &here.work(), only_here());
}

/// The identity provider has one name for two accounts, so it is no name of one person.
fn shared_identity_name(population: &mut Population) {
    let member = population.person();
    let name = format!("shared-{}", member.local);
    population.member_known_by(&member, &[&member.work(), &name]);
    for _ in 0..2 {
        let person = population.person();
        let id = population.account(&person, |account| account.identity_names.push(name.clone()));
        population.server_only(HOST, id, &person.work(), only_here());
    }
}

/// A mailing list as the secondary address: two members have it, too.
fn secondary_address_of_two(population: &mut Population) {
    let list = format!("list-{}@corp.example", population.people);
    for _ in 0..2 {
        let member = population.person();
        population.member(&member, &list);
    }
    let person = population.person();
    let id = population.account(&person, |_| {});
    population.secondary.insert(id, vec![list]);
    population.server_only(HOST, id, &person.work(), only_here());
}

/// GitHub documents no rule for ties.
fn address_of_two_members(population: &mut Population) {
    let address = format!("team-{}@corp.example", population.people);
    for _ in 0..2 {
        let member = population.person();
        population.member(&member, &address);
    }
    let person = population.person();
    let id = population.account(&person, |account| account.address.clone_from(&address));
    population.server_only(HOST, id, &address, only_here());
}

/// `+admin`, but no administrator.
fn tag_of_an_ordinary_user(population: &mut Population) {
    let person = population.person();
    let partner = population.member(&person, &person.work());
    let address = format!("{}+admin@corp.example", person.local);
    let id = population.account(&person, |account| account.address.clone_from(&address));
    let truth = Truth::of("plus-address", None).beside(partner);
    population.server_only(HOST, id, &address, Some(truth));
}

/// An administrator who tags the address for a reason of their own. Nothing tells, so likely is wrong now and then.
fn tag_of_an_ordinary_administrator(population: &mut Population) {
    if population.chance.percent(3) {
        let person = population.person();
        let address = format!("{}+admin@corp.example", person.local);
        let id = population.account(&person, |account| {
            "admin".clone_into(&mut account.role);
            account.address.clone_from(&address);
        });
        population.server_only(HOST, id, &address, only_here());
    }
}

/// The address of a deputy, whom the cloud knows by it. Nothing tells here either.
fn mailbox_of_somebody_else(population: &mut Population) {
    if population.chance.percent(2) {
        let (person, deputy) = (population.person(), population.person());
        population.member(&deputy, &deputy.work());
        let id = population.account(&person, |_| {});
        population.secondary.insert(id, vec![deputy.work()]);
        population.server_only(HOST, id, &person.work(), only_here());
    }
}

/// The list is older than the sync: since then the person has another address, and somebody else has the old one.
fn address_given_to_somebody_else(population: &mut Population) {
    if population.timing != Timing::ListThenSync {
        return;
    }
    let (before, now) = (population.person(), population.person());
    let id = population.account(&before, |_| {});
    population.member(&now, &before.work());
    population.server_only(HOST, id, &before.at("new.example"), only_here());
}

fn created_after_the_list(population: &mut Population) {
    if population.timing == Timing::ListThenSync {
        let person = population.person();
        let id = 6_000_000 + population.people as u64;
        population.server_only(HOST, id, &person.work(), only_here());
    }
}

fn on_another_server(population: &mut Population) {
    let person = population.person();
    population.server_only(OTHER_HOST, 5_000_000 + population.people as u64, &person.work(), None);
}

fn invited_stranger(population: &mut Population) {
    let person = population.person();
    let row = ConsumedLicense {
        enterprise_roles: vec!["Pending invitation".to_owned()],
        verified_addresses: vec![person.work()],
        ..blank()
    };
    population.row(row, None);
}

fn foreign_subscription(population: &mut Population) {
    let person = population.person();
    population.subscription(&person.work(), None);
}

/// A subscription that has the account's license, as it should.
fn matched_subscription(population: &mut Population) {
    let person = population.person();
    let (row, id) = population.matched(&person);
    population.rows[row].kind = LicenseKind::VisualStudio;
    population.rows[row].visual_studio_address = Some(person.at("vs.example"));
    population.secondary.insert(id, vec![person.at("vs.example")]);
}

fn machine_with_a_seat(population: &mut Population) {
    let mut person = population.person();
    person.login = format!("ci-{}", person.login);
    population.matched(&person);
}
