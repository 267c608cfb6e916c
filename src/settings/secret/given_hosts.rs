//! Whether new settings would send what was given to the process to other hosts.

use super::bound_hosts::OtherHost;
use crate::settings::{Environment, Link};

/// Makes sure that what was given to the process would go to the hosts it was given for.
pub fn make_sure_of_hosts(link: &Link, environment: &Environment) -> Result<(), OtherHost> {
    link.clone()
        .credentials()
        .filter(|credential| credential.is_given(environment))
        .try_for_each(|credential| environment.bindings().check(credential))
}
