//! Kinds of cloud accounts: an enterprise or an organization, at github.com or at GHE.com, with one server or two. The real
//! binary reaches the hosts that follow from `connect.host`, by their names and with TLS; a proxy leads them to a sandbox.

mod cloud_hosts;
mod one_server;
mod site;
mod two_servers;
