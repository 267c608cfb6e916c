//! The token that reads what the cloud lists. A sync works without it, but then less is known about what it sent.

use super::credential::judge;
use super::finding::{Finding, NOT_GIVEN};
use crate::cli::credential_store::FoundSecret;
use crate::settings::secret::SecretError;
use crate::settings::{Cloud, Credential, Delivery, LicenseOwner, other_kind};

const WANTED: &str = "give a classic token with `read:enterprise`, of an owner of the enterprise";

/// For license sync.
pub(super) fn of_sync(cloud: &Cloud, delivery: &Delivery, found: Result<FoundSecret, Finding>) -> Finding {
    let credential = &cloud.read_token;
    match (&cloud.account, delivery, found) {
        (LicenseOwner::Organization(_), Delivery::Connect, _) => {
            let found = "not used: GitHub lists servers and consumed licenses for enterprise accounts only, and each upload is \
                         confirmed by its own state";
            Finding::good(credential.name, found.to_owned(), None)
        }
        (LicenseOwner::Organization(_), Delivery::File(_), _) => {
            let found = "not used: GitHub lists servers for enterprise accounts only; nobody will know whether a file was \
                         uploaded, and no run is ever confirmed";
            let help = "if the server reports to an enterprise account, set `connect.enterprise` in the place of \
                        `connect.organization`";
            Finding::doubtful(credential.name, found.to_owned(), Some(help.to_owned()))
        }
        (_, Delivery::File(_), Ok(Err(SecretError::Missing(_)))) => {
            let found =
                format!("{NOT_GIVEN}: nobody will know whether a file was uploaded, and no run is ever confirmed");
            Finding::doubtful(credential.name, found, Some(WANTED.to_owned()))
        }
        (_, _, found) => given(credential, found),
    }
}

/// For a look at the account each hour, while nothing is sent.
pub(super) fn of_watch(credential: &Credential, found: Result<FoundSecret, Finding>) -> Finding {
    match found {
        Ok(Err(SecretError::Missing(_))) => {
            let found = format!("{NOT_GIVEN}: the servers of the cloud account are not watched");
            Finding::doubtful(credential.name, found, Some(WANTED.to_owned()))
        }
        found => given(credential, found),
    }
}

/// Without it, each upload is still confirmed.
fn given(credential: &Credential, found: Result<FoundSecret, Finding>) -> Finding {
    const SCOPE: &str = "a classic token with `read:enterprise` is needed to compare which servers the cloud lists";
    if let Ok(Err(SecretError::Missing(_))) = found {
        let found = format!("{NOT_GIVEN}: the upload itself is asked for its confirmation");
        return Finding::good(credential.name, found, Some(SCOPE.to_owned()));
    }
    let found = found.map(|found| found.and_then(|found| credential.as_token(found)));
    let kind = match &found {
        Ok(Ok((secret, origin))) => other_kind(secret).map(|kind| format!("{kind} ({origin})")),
        _ => None,
    };
    match kind {
        Some(kind) => Finding::doubtful(credential.name, kind, Some(SCOPE.to_owned())),
        None => judge(credential, found, |_| Ok(())),
    }
}
