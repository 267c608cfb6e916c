//! What an enabled Connect allows without license sync: to read the cloud account, and to send nothing.

use url::Url;

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::gate::Closed;
use crate::settings::{AddressKey, Credential, Network};

/// The cloud account as far as the classic token may read it.
#[derive(Debug, Clone)]
pub struct ReadAccess {
    /// Like `https://api.github.com/`; ends with a slash.
    pub api_url: Url,
    /// The setting that it comes from.
    pub api_url_key: AddressKey,
    pub enterprise: String,
    pub read_token: Credential,
    pub network: Network,
}

impl ReadAccess {
    /// All that it needs.
    pub(in crate::settings) fn credentials(&mut self) -> impl Iterator<Item = &mut Credential> {
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
    #[error(
        "GitHub lists servers and consumed licenses for enterprise accounts only, and `connect.organization` names an organization"
    )]
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
            Self::Organization => {
                "license sync through Connect does not need them, as each upload is confirmed by its own state; to read servers \
                 and licenses, use settings with `connect.enterprise`: the account as in the URL of its page, \
                 github.com/enterprises/NAME"
                    .to_owned()
            }
            Self::NoAccount => {
                "set `connect.enterprise` to the account as in the URL of its page: github.com/enterprises/NAME"
                    .to_owned()
            }
            Self::NoAddress => "set `connect.api-url`".to_owned(),
        })
    }
}
