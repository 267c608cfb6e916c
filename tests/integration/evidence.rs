//! What the cloud account knows besides its licenses, as the reader of it reads it: live, in parts that can each be missing.

mod refused;
mod sandbox;
mod saved;

use std::sync::Mutex;
use std::time::Duration;

use ghe_license_sync::connect::{CloudEvidence, ConnectError, EvidenceReader, MayAsk, ReadProgress, Withheld};
use ghe_license_sync::license::ConsumedLicense;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::settings::{Environment, ReadAccess};
use ghe_license_sync::transport::Patience;

/// Waits in which nothing has to pass.
const HASTE: Patience = Patience {
    in_all: Duration::from_secs(3600),
    at_limit: Duration::ZERO,
    after_failure: Duration::ZERO,
};

/// What a reader said while it read.
#[derive(Default)]
struct Said(Mutex<Vec<String>>);

impl ReadProgress for Said {
    fn rows(&self, _rows: u64, _of: Option<u64>) {}

    fn reading(&self, step: &str) {
        self.0.lock().unwrap().push(step.to_owned());
    }

    fn put_off(&self, wait: Duration, reason: Reason) {
        self.0.lock().unwrap().push(format!("{reason}: {wait:?}"));
    }
}

/// Everything that was read, the sentences on what was not, and the steps.
pub(crate) struct Outcome {
    pub(crate) evidence: CloudEvidence,
    pub(crate) withheld: Vec<String>,
    pub(crate) steps: Vec<String>,
}

/// Reads everything.
pub(crate) async fn read(
    watch: &ReadAccess,
    environment: &Environment,
    host: &str,
    licenses: &[ConsumedLicense],
) -> Outcome {
    let known = (host, licenses, CloudEvidence::default());
    read_while(watch, environment, known, &|| Ok(())).await.unwrap()
}

/// The same besides what is known, as long as it may be asked for.
async fn read_while(
    watch: &ReadAccess,
    environment: &Environment,
    (host, licenses, known): (&str, &[ConsumedLicense], CloudEvidence),
    may_ask: MayAsk<'_>,
) -> Result<Outcome, ConnectError> {
    let reader = EvidenceReader::new(watch, HASTE, environment)?;
    let mut pages = reader.pages(host, licenses, known, may_ask);
    let said = Said::default();
    while pages.next(&said).await? {}
    let (evidence, withheld) = pages.finish();
    Ok(Outcome {
        evidence,
        withheld: withheld.iter().map(Withheld::says).collect(),
        steps: said.0.into_inner().unwrap(),
    })
}
