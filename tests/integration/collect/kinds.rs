//! Which kind each account of a report is counted as, by the settings of the server.

use ghe_license_sync::collect::{NoProgress, collect};
use ghe_license_sync::license::Totals;
use ghe_license_sync::settings::Server;
use ghe_license_sync::transport::Pace;

use crate::support::enterprise::{csv, environment, settings, with_report};

const ACCOUNTS: &str = "1,mona,mona@example.com,false,192.0.2.1,2026-01-01\n\
                        2,scim-admin,setup@example.com,false,192.0.2.1,\n\
                        3,ghost,,false,,\n\
                        4,hubot,hubot@example.com,false,, \n";

async fn totals(header: &'static str, scim_enabled: bool) -> Totals {
    let server = with_report(move |_| csv(format!("id,login,email,suspended?,{header}\n{ACCOUNTS}").as_bytes())).await;
    let settings = Server {
        scim_enabled,
        ..settings(&server)
    };
    let collected = collect(&settings, Pace::default(), &environment(), &NoProgress).await;
    collected.unwrap_or_else(|error| panic!("{error:?}")).roster.totals()
}

#[tokio::test]
async fn the_setup_user_is_on_the_list_unless_scim_is_enabled_and_ghost_never_is() {
    let counted = |totals: Totals| (totals.accounts, totals.consumed, totals.setup_users, totals.ghosts);
    assert_eq!(counted(totals("a,b", false).await), (4, 3, 0, 1));
    assert_eq!(counted(totals("a,b", true).await), (4, 2, 1, 1));
}

#[tokio::test]
async fn accounts_without_a_sign_in_are_counted_if_the_report_has_both_columns() {
    assert_eq!(totals("last_logged_ip,last_active", false).await.no_sign_in, Some(1));
    assert_eq!(totals("last_logged_ip,x", false).await.no_sign_in, None);
}
