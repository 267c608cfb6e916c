//! What an enabled Connect allows without license sync: to read the cloud account, and to send nothing.

use url::Url;

use super::gate::Closed;
use super::{AddressKey, Credential, Network};
use crate::explain::Explain;
use crate::reason::Reason;

/// The cloud account as far as the classic token may read it.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Like `https://api.github.com/`; ends with a slash.
    pub api_url: Url,
    /// The setting that it comes from.
    pub api_url_key: AddressKey,
    pub enterprise: String,
    pub read_token: Credential,
    pub network: Network,
}

impl Watch {
    /// All that it needs.
    pub(super) fn credentials(&mut self) -> impl Iterator<Item = &mut Credential> {
        let proxy = self.network.proxy.as_mut();
        let proxy = proxy.and_then(|proxy| proxy.credentials.as_mut());
        std::iter::once(&mut self.read_token).chain(proxy)
    }
}

/// Why the cloud account cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwatchable {
    #[error(transparent)]
    Closed(#[from] Closed),
    #[error("no cloud account is named")]
    NoAccount,
    #[error("only an enterprise account can be read, and `connect.organization` names an organization")]
    Organization,
    #[error("the address of the cloud's API does not follow from `connect.host`")]
    NoAddress,
}

impl Explain for Unwatchable {
    fn reason(&self) -> Reason {
        match self {
            Self::Closed(closed) => closed.reason(),
            _ => Reason::ConfigInvalid,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Closed(closed) => return closed.help(),
            Self::NoAccount | Self::Organization => {
                "set `connect.enterprise` to the account as it stands in the address of its page: github.com/enterprises/NAME"
                    .to_owned()
            }
            Self::NoAddress => "set `connect.api-url`".to_owned(),
        })
    }
}
