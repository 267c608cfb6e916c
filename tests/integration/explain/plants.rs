//! Mismatches of every kind, each with what the evidence at hand can prove of it.

use ghe_license_sync::license::consumed::ConsumedLicense;
use ghe_license_sync::license::explain::LocalAccount;

use super::people::{Person, blank};
use super::population::{GONE_HOST, HOST, Kind, OTHER_HOST, Population, Timing, UNCONNECTED_HOST};
use super::truth::Truth;

/// All kinds.
pub(super) const ALL: [fn(&mut Population); 20] = [
    corrected_here,
    verified_there,
    without_address,
    on_two_servers,
    on_two_servers_and_the_cloud,
    under_another_identity,
    with_the_same_login,
    by_a_secondary_address,
    subscriber_on_the_server,
    subscriber_on_the_cloud,
    suspended,
    on_a_renamed_server,
    on_a_server_that_is_not_connected,
    deleted_here,
    invited_by_email,
    setting_up,
    in_other_case,
    with_a_tag,
    at_another_domain,
    of_a_kind,
];

/// Somebody with a license on each side.
fn twice(population: &mut Population, person: &Person, known: &str, truth: Truth, odd: impl FnOnce(&mut LocalAccount)) {
    let partner = population.member(person, known);
    beside(population, person, partner, truth, odd);
}

fn beside(
    population: &mut Population,
    person: &Person,
    partner: usize,
    truth: Truth,
    odd: impl FnOnce(&mut LocalAccount),
) -> u64 {
    let id = population.account(person, odd);
    let held = population.local.last().unwrap().address.clone();
    population.server_only(HOST, id, &held, Some(truth.beside(partner)));
    id
}

/// Reduces a proof to nothing when something that it needs is not at hand.
fn with(at_hand: bool, grade: &'static str) -> Option<&'static str> {
    at_hand.then_some(grade)
}

fn corrected_here(population: &mut Population) {
    let grade = match population.timing {
        Timing::SyncThenList => "certain",
        Timing::SyncUnknown => "likely",
        // Such a list cannot know what changed after the sync.
        Timing::ListThenSync => return verified_there(population),
    };
    let person = population.person();
    let id = population.account(&person, |_| {});
    let partner = population.member(&person, &person.work());
    let truth = Truth::of("not-synced-since", with(population.shows(), grade)).beside(partner);
    population.server_only(HOST, id, &person.at("before.example"), Some(truth));
}

/// Confirmed the address on the cloud after the last sync, which nothing proves: the cloud may be late, or compare otherwise.
fn verified_there(population: &mut Population) {
    let person = population.person();
    let truth = Truth::of("not-synced-since", with(population.shows(), "likely"));
    twice(population, &person, &person.work(), truth, |_| {});
}

fn without_address(population: &mut Population) {
    let person = population.person();
    let truth = Truth::of("no-primary-address", Some("certain"));
    let named = population.chance.percent(50);
    twice(population, &person, &person.work(), truth, |account| {
        account.address.clear();
        if named {
            account.identity_names.push(person.work());
        }
    });
}

fn on_two_servers(population: &mut Population) {
    let person = population.person();
    let id = population.account(&person, |_| {});
    let truth = Truth::of("merged-servers", Some("certain"));
    let row = population.server_only(HOST, id, &person.work(), Some(truth));
    population.put_on(row, OTHER_HOST, 9_000_000 + id, "");
}

fn on_two_servers_and_the_cloud(population: &mut Population) {
    let person = population.person();
    let (row, id) = population.matched(&person);
    population.put_on(row, OTHER_HOST, 9_000_000 + id, "");
    population.truths[row] = Some(Truth::of("merged-servers", Some("certain")));
}

/// Both identity providers call the person the same, and the addresses differ.
fn under_another_identity(population: &mut Population) {
    let person = population.person();
    let name = format!("upn-{}", person.local);
    let known = format!("{}.other@idp.example", person.local);
    let partner = population.member_known_by(&person, &[&known, &name]);
    let is_read = population.kind == Kind::Managed;
    let truth = Truth::of("identity-differs", with(is_read, "certain"));
    beside(population, &person, partner, truth, |account| {
        account.identity_names.push(name);
    });
}

/// Nothing but the login points to the person.
fn with_the_same_login(population: &mut Population) {
    let person = population.person();
    let known = format!("{}.other@idp.example", person.local);
    twice(population, &person, &known, Truth::of("identity-differs", None), |_| {});
}

fn by_a_secondary_address(population: &mut Population) {
    let person = population.person();
    let provable = with(population.shows() && population.has_secondary, "likely");
    let partner = population.member(&person, &person.work());
    let truth = Truth::of("secondary-address", provable);
    let private = format!("{}.private@home.example", person.local);
    let id = beside(population, &person, partner, truth, |account| account.address = private);
    population.secondary.insert(id, vec![person.work()]);
}

/// A subscription beside an account on the server.
fn subscriber_on_the_server(population: &mut Population) {
    let person = population.person();
    let subscribed = format!("{}.vs@corp.example", person.local);
    let named = population.chance.percent(50);
    let provable = with(named || population.has_secondary, "likely");
    let partner = population.subscription(&subscribed, None);
    let truth = Truth::of("visual-studio", provable);
    let id = beside(population, &person, partner, truth, |account| {
        if named {
            account.identity_names.push(subscribed.clone());
        }
    });
    population.secondary.insert(id, vec![subscribed]);
}

/// A subscription beside somebody who is counted once on both sides.
fn subscriber_on_the_cloud(population: &mut Population) {
    let person = population.person();
    let subscribed = format!("{}.vs@corp.example", person.local);
    let partner = population.member_known_by(&person, &[&person.work(), &person.login, &subscribed]);
    let id = population.account(&person, |_| {});
    population.put_on(partner, HOST, id, &person.work());
    population.secondary.insert(id, vec![subscribed.clone()]);
    let provable = with(population.has_secondary || population.kind == Kind::Managed, "likely");
    let truth = Truth::of("visual-studio", provable).beside(partner);
    population.subscription(&subscribed, Some(truth));
}

fn suspended(population: &mut Population) {
    let person = population.person();
    let id = population.account(&person, |account| account.suspended = true);
    // It may be in use again since the list, or suspended since the sync.
    let truth = Truth::of("suspended-still-listed", Some("likely")).frees();
    population.server_only(HOST, id, &person.work(), Some(truth));
}

fn on_a_renamed_server(population: &mut Population) {
    let person = population.person();
    let (_, id) = population.matched(&person);
    let grade = if population.has_servers { "certain" } else { "likely" };
    let truth = Truth::of("stale-server", Some(grade)).frees();
    population.server_only(GONE_HOST, id, &person.work(), Some(truth));
}

fn on_a_server_that_is_not_connected(population: &mut Population) {
    let person = population.person();
    let truth = Truth::of("stale-server", with(population.has_servers, "certain")).frees();
    population.server_only(UNCONNECTED_HOST, 7_000_001, &person.work(), Some(truth));
}

fn deleted_here(population: &mut Population) {
    let person = population.person();
    let provable = with(population.timing == Timing::SyncThenList, "certain");
    let truth = Truth::of("stale-server", provable).frees();
    let id = 8_000_000 + population.people as u64;
    population.server_only(HOST, id, &person.work(), Some(truth));
}

fn invited_by_email(population: &mut Population) {
    let person = population.person();
    let (partner, _) = population.matched(&person);
    let is_shown = population.kind == Kind::VerifiedDomains;
    let row = ConsumedLicense {
        enterprise_roles: vec!["Pending invitation".to_owned()],
        pending_invitations: vec!["octo-org".to_owned()],
        verified_addresses: is_shown.then(|| person.work()).into_iter().collect(),
        ..blank()
    };
    let truth = Truth::of("invitation-by-email", with(is_shown, "likely"));
    population.row(row, Some(truth.beside(partner)));
}

fn setting_up(population: &mut Population) {
    let person = population.person();
    let truth = Truth::of("setup-user", Some("likely"));
    twice(population, &person, &person.work(), truth, |account| {
        "admin".clone_into(&mut account.role);
        account.login = format!("setup-{}", person.login);
        account.address = format!("{}+admin@corp.example", person.local);
    });
}

fn in_other_case(population: &mut Population) {
    let person = population.person();
    let known = person.work().to_ascii_uppercase();
    twice(population, &person, &known, Truth::of("letter-case", None), |_| {});
}

fn with_a_tag(population: &mut Population) {
    let person = population.person();
    twice(
        population,
        &person,
        &person.work(),
        Truth::of("plus-address", None),
        |account| {
            account.address = format!("{}+github@corp.example", person.local);
        },
    );
}

fn at_another_domain(population: &mut Population) {
    let person = population.person();
    twice(
        population,
        &person,
        &person.work(),
        Truth::of("alias-domain", None),
        |account| {
            account.address = person.at("alias.example");
        },
    );
}

/// A machine user, or an account that was never used; neither is on the cloud.
fn of_a_kind(population: &mut Population) {
    let person = population.person();
    let is_machine = population.chance.percent(50);
    let id = population.account(&person, |account| match is_machine {
        true => account.login = format!("svc-{}", account.login),
        false => account.never_signed_in = Some(true),
    });
    let cause = if is_machine { "machine-user" } else { "never-signed-in" };
    population.server_only(HOST, id, &person.work(), Some(Truth::of(cause, None).frees()));
}
