//! One server: a sync, and everything that reads the account afterwards.

use std::process::Command;

use super::site::{ACCOUNTS, Account, Site};
use crate::delivery::by_file::with_files_of;
use crate::support::lab::Ran;
use crate::support::patience::in_time;
use crate::support::placeholder::placeholders;
use crate::support::service::Service;

/// What the account is read with.
const READERS: [&[&str]; 3] = [&["status", "--cloud"], &["report", "--format", "json"], &["explain"]];

#[tokio::test]
async fn each_kind_of_account_at_each_host_is_reported_to_and_each_upload_is_confirmed() {
    let mut said = String::new();
    for account in ACCOUNTS {
        let site = Site::of(account).await;
        let settings = site.lab.sandbox.config_file().to_owned();
        let check = site.run(&settings, &["check", "--offline"]).await;
        assert_eq!(check.exit, Some(0), "{account}: {check}");
        assert_eq!(site.hosts.asked(), [""; 0], "{account}");
        let sync = site.run(&settings, &["sync"]).await;
        assert_eq!(sync.exit, Some(0), "{account}: {sync}");
        let run = site.lab.last_run().await;
        let asked = site.hosts.asked().join("\n  ");
        said.push_str(&format!(
            "{account}: {}, {}\n  {asked}\n",
            run.state, run.destination.account
        ));
        assert_eq!(site.lab.sandbox.uploads().len(), 1, "{account}");
    }
    insta::assert_snapshot!(said, @"
    enterprise at github.com: confirmed, enterprise/octo-corp
      api.github.com GET /enterprises/octo-corp/license-sync-status
      api.github.com POST /app/installations/6872025/access_tokens
      uploads.github.com POST /enterprises/octo-corp/license-usage
      api.github.com GET /enterprises/octo-corp/license-usage/usage-1
    enterprise at octocorp.ghe.com: confirmed, enterprise/octo-corp
      api.octocorp.ghe.com GET /enterprises/octo-corp/license-sync-status
      api.octocorp.ghe.com POST /app/installations/6872025/access_tokens
      uploads.octocorp.ghe.com POST /enterprises/octo-corp/license-usage
      api.octocorp.ghe.com GET /enterprises/octo-corp/license-usage/usage-1
    organization at github.com: confirmed, organization/octo-org
      api.github.com POST /app/installations/6872025/access_tokens
      uploads.github.com POST /orgs/octo-org/license-usage
      api.github.com GET /orgs/octo-org/license-usage/usage-1
    organization at octocorp.ghe.com: confirmed, organization/octo-org
      api.octocorp.ghe.com POST /app/installations/6872025/access_tokens
      uploads.octocorp.ghe.com POST /orgs/octo-org/license-usage
      api.octocorp.ghe.com GET /orgs/octo-org/license-usage/usage-1
    ");
}

#[tokio::test]
async fn what_is_in_force_for_an_organization_at_ghe_com_is_shown_and_found_good() {
    let site = Site::of(ACCOUNTS[3]).await;
    // Nothing is read with this token.
    let unused = "--set=connect.read-token-file=/nonexistent/token";
    let check = site.lab.run(&["check", "--offline", unused]).await;
    let said = check.stdout.lines().filter(|line| {
        ["gate", "good  connect-read", "good  way to the cloud", "ready"]
            .iter()
            .any(|it| line.starts_with(it))
    });
    let trusted = site.hosts.authority.network().ca_file.unwrap().display().to_string();
    let said = site
        .plain(&said.collect::<Vec<_>>().join("\n"))
        .replace(&trusted, "CA-FILE");
    let server = site.lab.sandbox.server_url().authority().to_owned();
    insta::assert_snapshot!(said.replace(&server, "SERVER"), @"
    gate  open: SERVER → organization octo-org at api.octocorp.ghe.com
    good  connect-read-token: not used: GitHub lists servers and consumed licenses for enterprise accounts only, and each upload is confirmed by its own state
    good  way to the cloud: https://api.octocorp.ghe.com/ and https://uploads.octocorp.ghe.com/ by the proxy http://PROXY/, trusting CA-FILE
    ready to sync, as far as this machine can check; no connection was opened
    ");
    let sync = site.lab.run(&["sync", unused]).await;
    assert_eq!(sync.exit, Some(0), "{sync}");
}

#[tokio::test]
async fn that_a_file_for_an_organization_is_never_confirmed_is_said_before_and_after_it_is_written() {
    let site = Site::of(ACCOUNTS[2]).await;
    with_files_of(&site.lab);
    let check = site.lab.run(&["check", "--offline"]).await;
    let sync = site.lab.run(&["sync"]).await;
    assert_eq!((check.exit, sync.exit), (Some(0), Some(0)), "{check}{sync}");
    assert_eq!(site.hosts.asked(), [""; 0]);
    let said: Vec<_> = check
        .stdout
        .lines()
        .skip_while(|line| !line.contains("  connect-read-token"))
        .take(2)
        .collect();
    let reported = sync.stderr.split_once(".json ").unwrap().1.trim_end();
    insta::assert_snapshot!(format!("{}\n{reported}", said.join("\n")), @"
    warn  connect-read-token: not used: GitHub lists servers for enterprise accounts only; nobody will know whether a file was uploaded, and no run is ever confirmed
          help: if the server reports to an enterprise account, set `connect.enterprise` in the place of `connect.organization`
    was uploaded: GitHub lists servers for enterprise accounts only
    ");
}

/// What the readers say about an account to which a server has reported.
async fn read(account: Account) -> String {
    let site = Site::of(account).await;
    let settings = site.lab.sandbox.config_file().to_owned();
    assert_eq!(site.run(&settings, &["sync"]).await.exit, Some(0));
    site.hosts.asked();
    let mut said = String::new();
    for command in READERS {
        let Ran { exit, stderr, .. } = site.run(&settings, command).await;
        let (exit, asked) = (exit.unwrap(), site.hosts.asked().join(", "));
        said.push_str(&format!("{}: exit {exit}, asked for: {asked}\n", command.join(" ")));
        if !account.is_enterprise() {
            said.push_str(&site.plain(&stderr));
        }
    }
    said
}

#[tokio::test]
async fn an_enterprise_is_read_at_the_host_of_its_api() {
    insta::assert_snapshot!(read(ACCOUNTS[1]).await, @"
    status --cloud: exit 0, asked for: api.octocorp.ghe.com GET /enterprises/octo-corp/license-sync-status, api.octocorp.ghe.com GET /enterprise-installation/octo-corp/server-statistics
    report --format json: exit 0, asked for: api.octocorp.ghe.com GET /enterprises/octo-corp/consumed-licenses
    explain: exit 0, asked for: api.octocorp.ghe.com GET /enterprises/octo-corp/consumed-licenses, api.octocorp.ghe.com GET /enterprises/octo-corp/license-sync-status, api.octocorp.ghe.com POST /graphql, api.octocorp.ghe.com GET /scim/v2/enterprises/octo-corp/Users
    ");
    assert_eq!(
        read(ACCOUNTS[0]).await,
        read(ACCOUNTS[1]).await.replace("octocorp.ghe.com", "github.com")
    );
}

#[tokio::test]
async fn an_organization_cannot_be_read_which_is_said_before_anything_is_asked_for() {
    insta::assert_snapshot!(read(ACCOUNTS[3]).await, @"
    status --cloud: exit 78, asked for: 
    error: the license sync status of the servers is not known: GitHub lists servers and consumed licenses for enterprise accounts only, and `connect.organization` names an organization
      help: license sync through Connect does not need them, as each upload is confirmed by its own state; to read servers and licenses, use settings with `connect.enterprise`: the account as in the URL of its page, github.com/enterprises/NAME
      reason: config-invalid
    report --format json: exit 78, asked for: 
    error: the consumed licenses were not reported: GitHub lists servers and consumed licenses for enterprise accounts only, and `connect.organization` names an organization
      help: license sync through Connect does not need them, as each upload is confirmed by its own state; to read servers and licenses, use settings with `connect.enterprise`: the account as in the URL of its page, github.com/enterprises/NAME
      reason: config-invalid
    explain: exit 78, asked for: 
    error: nothing was explained: GitHub lists servers and consumed licenses for enterprise accounts only, and `connect.organization` names an organization
      help: license sync through Connect does not need them, as each upload is confirmed by its own state; to read servers and licenses, use settings with `connect.enterprise`: the account as in the URL of its page, github.com/enterprises/NAME
      reason: config-invalid
    ");
    assert_eq!(read(ACCOUNTS[2]).await, read(ACCOUNTS[3]).await);
}

#[tokio::test]
async fn the_daemon_watches_an_enterprise_and_says_why_it_does_not_watch_an_organization() {
    for account in ACCOUNTS {
        let site = Site::of(account).await;
        let settings = site.lab.sandbox.config_file().to_owned();
        assert_eq!(site.run(&settings, &["sync"]).await.exit, Some(0));
        site.hosts.asked();
        let daemon = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
        let service = Service::start_in(site.lab.directory.path(), &settings, daemon, &[]);
        service.says("READY=1").await;
        if account.is_enterprise() {
            let api = format!(
                "api.{} GET /enterprise-installation/octo-corp/server-statistics",
                account.host
            );
            in_time(async || site.hosts.asked().contains(&api).then_some(())).await;
        }
        let status = site.run(&settings, &["status"]).await;
        assert_eq!(status.exit, Some(0), "{account}: {status}");
        service.signal("TERM");
        let (ended, log) = service.end().await;
        assert!(ended.success(), "{log}");
        let said = match account.kind {
            "enterprise" => format!(
                "the servers of octo-corp at https://api.{} is read each hour",
                account.host
            ),
            _ => "are not watched: GitHub lists servers and consumed licenses for enterprise accounts only".to_owned(),
        };
        assert!(
            log.contains(&said) && !log.contains("WARN"),
            "{account}: {}",
            placeholders(&log)
        );
    }
}
