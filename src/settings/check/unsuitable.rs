//! Values that are well formed and cannot be meant: a state directory that is the system's, a server address with a path or of
//! the cloud.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::settings::check::Check;
use crate::settings::schema::address::ServiceUrl;
use crate::settings::secret::fingerprint_key::resolved;

/// Directories of the system, where other programs and users keep their files: nobody makes one of them private.
const SHARED: [&str; 38] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/dev/shm",
    "/etc",
    "/etc/credstore",
    "/etc/credstore.encrypted",
    "/etc/ghe-license-sync",
    "/home",
    "/lib",
    "/lib64",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/run/lock",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/lock",
    "/var/log",
    "/var/mail",
    "/var/run",
    "/var/spool",
    "/var/tmp",
];

/// File systems of the kernel: nothing is kept in them.
const NOT_A_DISK: [&str; 2] = ["/proc", "/sys"];

/// The mode bit of a directory that several users share.
const STICKY: u32 = 0o1000;

impl Check<'_> {
    /// The state directory is made private, so it has to be one of its own. Returns whether it is.
    pub(in crate::settings) fn state_directory(&mut self) -> bool {
        let directory = self.written().state.directory.to_path();
        let why = [directory.clone(), resolved(&directory)]
            .iter()
            .find_map(|it| unfit(it));
        if let Some(why) = why {
            self.report(
                "state.directory",
                format!("{why}, and the state needs one of its own"),
                "name a directory that nothing else uses, like `/var/lib/ghe-license-sync`; the program makes it",
            );
        }
        why.is_none()
    }

    /// An enterprise server is a host, and its API and its pages are at fixed paths on it.
    pub(in crate::settings) fn server_address(&mut self) {
        let Some(url) = self.written().server.url.as_ref().map(ServiceUrl::get) else {
            return;
        };
        if url.host_str().is_some_and(is_cloud) {
            self.report(
                "server.url",
                "this is the cloud, not the enterprise server, and the server token would be sent there",
                "write the address of the enterprise server, like `https://github.example.com`",
            );
            return;
        }
        if url.path() == "/" {
            return;
        }
        let label = match url.path().starts_with("/api") {
            true => "this is the address of the API, not that of the server",
            false => "this address has a path",
        };
        let help = format!(
            "write the address of the server alone: `{}`",
            url.origin().ascii_serialization()
        );
        self.report("server.url", label, help);
    }
}

/// Whether the host is one of the cloud's: github.com, or GHE.com with the enterprises below it.
fn is_cloud(host: &str) -> bool {
    ["github.com", "ghe.com"]
        .iter()
        .any(|cloud| host == *cloud || host.strip_suffix(cloud).is_some_and(|rest| rest.ends_with('.')))
}

/// What speaks against a directory for the state.
fn unfit(directory: &Path) -> Option<&'static str> {
    if NOT_A_DISK
        .iter()
        .any(|it| directory != Path::new(it) && directory.starts_with(it))
    {
        return Some("this directory is not on a disk");
    }
    if SHARED.iter().any(|it| directory == Path::new(it)) {
        return Some("this directory belongs to the system");
    }
    let shared = directory
        .metadata()
        .is_ok_and(|it| it.is_dir() && it.mode() & STICKY != 0);
    shared.then_some("other users keep files in this directory")
}
