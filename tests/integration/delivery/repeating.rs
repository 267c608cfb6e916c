//! Equal data gives an equal document, whatever order and time it comes in.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Lab;
use crate::support::enterprise::{csv, facts_with_stats};
use crate::support::loopback::Loopback;

#[tokio::test]
async fn two_runs_over_the_same_people_send_the_same_document_under_two_keys() {
    let lab = Lab::with_faults(&[]).await;
    let first = lab.sync(&[]).await.unwrap().frozen.unwrap();
    let second = lab.sync(&[]).await.unwrap().frozen.unwrap();
    assert_eq!(first.digest, second.digest);
    assert_ne!(first.idempotency_key, second.idempotency_key);
    assert_eq!(lab.sandbox.uploads().len(), 2);
}

/// A server whose report is one of these after the other.
async fn serving(reports: Vec<String>) -> Loopback {
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(reports);
    let stats = r#"{"total_users":4,"suspended_users":1}"#;
    Loopback::serve(move |request| {
        facts_with_stats(request, stats).unwrap_or_else(|| {
            let at = next.fetch_add(1, Ordering::SeqCst);
            csv(reports.lock().unwrap()[at].as_bytes())
        })
    })
    .await
}

#[tokio::test]
async fn the_order_of_rows_and_columns_does_not_matter_and_every_person_does() {
    let rows = [
        "1,mona,mona@example.com,false,false\n",
        "2,hubot,,false,true\n",
        "3,octocat,octocat@example.com,true,false\n",
        "4,ada,ada@example.com,false,false\n",
    ];
    let header = "id,login,email,suspended?,dormant?\n";
    let forwards = format!("{header}{}", rows.concat());
    let backwards = format!("{header}{}", rows.iter().rev().copied().collect::<String>());
    let other_columns = "dormant?,suspended?,colour,email,login,id\n\
                         false,false,red,mona@example.com,mona,1\n\
                         true,false,red,,hubot,2\n\
                         false,true,red,octocat@example.com,octocat,3\n\
                         false,false,red,ada@example.com,ada,4\n";
    let changed = forwards.replace("ada@example.com", "ada@example.org");
    let fewer = format!("{header}{}", rows[..3].concat());
    let server = serving(vec![forwards, backwards, other_columns.to_owned(), changed, fewer]).await;
    let lab = Lab::with_faults(&[]).await;
    let server_url = format!("server.url={}", server.url);
    let mut digests = Vec::new();
    for _ in 0..5 {
        let run = lab
            .sync(&[&server_url, "license-sync.guard.always-allow-users=1000"])
            .await
            .unwrap();
        digests.push(run.frozen.unwrap().digest);
    }
    assert_eq!(digests[0], digests[1], "the order of rows");
    assert_eq!(digests[0], digests[2], "the order of columns");
    assert_ne!(digests[0], digests[3], "another address");
    assert_ne!(digests[0], digests[4], "one person less");
}
