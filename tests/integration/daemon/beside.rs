//! What a daemon reports of failures.

use crate::support::lab::Lab;
use crate::support::service::Service;

#[tokio::test]
async fn reasons_that_alternate_are_each_reported_once() {
    let lab = Lab::with_faults(&["meta:404*1"]).await;
    let service = Service::start(&lab);
    service.says("last run failed").await;
    for fault in ["meta:503*1", "meta:404*1", "meta:503*1", "meta:404*1"] {
        lab.sandbox.add_fault(fault.parse().unwrap());
        service.signal("USR1");
        service.says("STATUS=a run is starting").await;
        service.says("last run failed").await;
    }
    service.signal("TERM");
    let (_, log) = service.end().await;
    let reported = |reason: &str| {
        let record = |line: &&str| line.contains(reason) && line.contains("no license usage was sent");
        log.lines().filter(record).count()
    };
    assert_eq!(
        (reported("reason=malformed-source"), reported("reason=server-error")),
        (1, 1),
        "{log}"
    );
}
