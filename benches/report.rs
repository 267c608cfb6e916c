//! Decodes an all-users report of 100 000 accounts, in the chunks in which a connection delivers it.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ghe_license_sync::collect::{Decoder, Defect};
use ghe_license_sync::license::Roster;

const ACCOUNTS: u64 = 100_000;
const CHUNK: usize = 16 * 1024;

fn write_report() -> String {
    let mut report = String::from(
        "created_at,id,login,email,role,suspended?,last_logged_ip,repos,ssh_keys,org_memberships,dormant?,last_active,\
         raw_login,2fa_enabled?\n",
    );
    for number in 1..=ACCOUNTS {
        // Not in the order of the IDs, so that sorting is part of it; 100 003 is a prime.
        let id = number * 7919 % 100_003;
        let (suspended, dormant) = (number % 20 == 0, number % 11 == 0);
        let written = writeln!(
            report,
            "2020-01-01T00:00:00Z,{id},user-{id:06},user-{id:06}@corp.example.com,user,{suspended},192.0.2.1,3,1,2,\
             {dormant},2026-01-01 10:00:00 -0600,\"{{\"\"login\"\": \"\"user-{id:06}\"\"}}\",true"
        );
        debug_assert!(written.is_ok(), "a string takes everything");
    }
    report
}

fn decode(report: &str) -> Result<Roster, Defect> {
    let mut decoder = Decoder::default();
    for chunk in report.as_bytes().chunks(CHUNK) {
        decoder.push(chunk)?;
    }
    decoder.finish()
}

fn measure(criterion: &mut Criterion) {
    let report = write_report();
    assert_eq!(
        decode(&report).ok().map(|roster| roster.totals().accounts),
        Some(ACCOUNTS)
    );
    let mut group = criterion.benchmark_group("report");
    group.throughput(Throughput::Bytes(report.len() as u64));
    group.bench_function("decode 100 000 accounts", |bencher| {
        bencher.iter(|| black_box(decode(&report).is_ok()));
    });
    group.finish();
}

criterion_group!(benches, measure);
criterion_main!(benches);
