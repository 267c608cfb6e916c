//! The catalog entries of the reasons: why nothing was sent, or why what was sent does not count yet.
//!
//! An ID is never changed and never used again, since filters and alerts of operators hold it.

use super::entry::CatalogEntry;
use crate::reason::Reason;

impl Reason {
    /// What an operator reads about it.
    pub fn entry(self) -> &'static CatalogEntry {
        entry(self)
    }

    /// The `MESSAGE_ID` of a journal record with this reason: 32 hex digits.
    pub fn message_id(self) -> &'static str {
        entry(self).id
    }
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn entry(reason: Reason) -> &'static CatalogEntry {
    match reason {
        Reason::ConnectDisabled => &CatalogEntry {
            id: "a9d2254871764ee687379c26bf01a8d2",
            subject: "Connect is not enabled",
            happened: "A sync was due or requested, and `connect.enabled` is false.",
            means: "Nothing was read from the enterprise server, and no connection to the cloud was opened. The \
                program is installed like this.",
            todo: "Nothing, if this server is not to be connected. Otherwise set `enabled = true` under [connect] \
                and run `systemctl reload ghe-license-sync`; if you have also given credentials, run `systemctl \
                restart ghe-license-sync`.",
        },
        Reason::LicenseSyncDisabled => &CatalogEntry {
            id: "0865aed5351d4b6c829dc1ff7fd15eb0",
            subject: "License sync is not enabled",
            happened: "Connect is enabled, but `license-sync.enabled` is false.",
            means: "Nothing was read from the enterprise server, and nothing was sent. The daemon may still watch \
                the license sync status of the servers in the cloud.",
            todo: "Nothing, if this server is not to report its license usage. Otherwise set `enabled = true` \
                under [license-sync] and run `systemctl reload ghe-license-sync`.",
        },
        Reason::AlreadyRunning => &CatalogEntry {
            id: "3d697b41f1354e67bb544ac63cbe85c1",
            subject: "Another process uses this state directory",
            happened: "A run or a daemon was started while another process was using the state directory.",
            means: "A state directory allows one daemon, and one run at a time. The other process is not \
                disturbed. A daemon waits until it has ended.",
            todo: "Wait for the other run; `ghe-license-sync status` shows it. If two services share one state \
                directory, give each its own `state.directory`.",
        },
        Reason::EmptyCollection => &CatalogEntry {
            id: "b35e4d9e458741c19eafa387172ec8c6",
            subject: "Nobody on the list consumes a license",
            happened: "The enterprise server listed no account, or no account that consumes a license.",
            means: "An empty list would release every license of this server in the cloud, so it was not sent. The \
                cloud keeps the last list. If the server listed accounts and none of them consumes a license, the \
                list is held for review.",
            todo: "Look at the all-users report of the server (site admin, Reports). If it lists users, check that \
                the account of the server token is a site administrator. If the server is meant to release every \
                license, run `ghe-license-sync approve DIGEST` with the digest that `ghe-license-sync status` \
                shows as held.",
        },
        Reason::MassChange => &CatalogEntry {
            id: "6c98ce04e4a849cd848bab6e911eb09f",
            subject: "More users changed than are allowed without a review",
            happened: "The new list differs from the last confirmed one by more than `license-sync.guard` allows. \
                For a license usage file, whose users are encrypted, the size of its users does.",
            means: "Nothing was sent. The document is held for review.",
            todo: "Run `ghe-license-sync review`, which shows the counts of users who are new or gone, and compare \
                them with what happened on the server. If the list is right, run `ghe-license-sync approve DIGEST` \
                with the digest that `review` shows. Otherwise fix the server; the next run makes a new document.",
        },
        Reason::CountMismatch => &CatalogEntry {
            id: "7a1e902f0054460ca5fbfb39e2250fb1",
            subject: "The list disagrees with the server's own counts",
            happened: "The list and the user statistics of the enterprise server differ by more than changes \
                during the collection explain.",
            means: "One of the two is wrong or incomplete. Nothing was sent. The document is held for review.",
            todo: "Collect again with `systemctl kill --signal=USR1 ghe-license-sync`: the difference disappears \
                if the report was generated during a large change. If it does not, compare the all-users report \
                with the statistics page of the server before you approve the list.",
        },
        Reason::IdentityConflict => &CatalogEntry {
            id: "90f0f32c67504b5585b36d51c7491f62",
            subject: "The server ID and the host name do not match",
            happened: "The license sync status of the cloud account lists another host under our server ID, with a \
                sync later than our last list; or it lists our host name under another server ID. Or a file, given \
                to `upload` or in `[server.source.license-file]`, is of another server than the settings name.",
            means: "Two servers would overwrite each other's list, or every user would be counted twice. A frozen \
                document is not sent, and is tried again within the window. A file is not frozen.",
            todo: "The message names the ID to set. To keep the ID that `ghe-license-sync status` shows, set \
                `server.id` to it and run `systemctl reload ghe-license-sync`. Another ID, as for a copy of a \
                virtual machine or to replace the built-in sync, needs a store of its own once something was sent: \
                stop the service, move `state.db*` in the state directory away, set `server.id`, start the \
                service. A server that was only renamed keeps its ID.",
        },
        Reason::ConfigInvalid => &CatalogEntry {
            id: "b98b12652d484a3386e75f485c843391",
            subject: "The settings are wrong",
            happened: "The settings file, an environment variable or a flag has an invalid value.",
            means: "The program did not start, or a running daemon keeps its former settings. No part of the \
                invalid settings is in force.",
            todo: "Run `ghe-license-sync check --offline`: it shows every mistake with its file, line and a \
                suggestion.",
        },
        Reason::CredentialsMissing => &CatalogEntry {
            id: "d6bf73fe8fc64ab1b528811da0e4c082",
            subject: "A credential is missing or cannot be used",
            happened: "A private key or token was not found, could not be read, is readable by other users, or \
                does not have the expected form.",
            means: "Nothing was sent, and the credential was not used.",
            todo: "Run `ghe-license-sync check --offline`: it names each credential and where it was looked up. A \
                service gets its credentials when it starts, so run `systemctl restart ghe-license-sync` \
                afterwards.",
        },
        Reason::CredentialsRefused => &CatalogEntry {
            id: "fb2c9bf8db8d49f0af263e900c6820c6",
            subject: "A credential was refused",
            happened: "The enterprise server or the cloud responded that the token or key is not valid.",
            means: "The credential was revoked, has expired, or belongs to another account. A scheduled run is \
                tried again after 1 to 6 hours, until its window ends.",
            todo: "Create a new token or key, and replace the old one. If the key is valid, check the clock of \
                this machine: a token signed in the past or future is refused as well.",
        },
        Reason::PermissionMissing => &CatalogEntry {
            id: "7b27de3cc755473abada762e796f9819",
            subject: "A permission is missing",
            happened: "The credential is valid, but its owner is not allowed to do what was requested. Or root ran \
                a sync on a state directory of another user.",
            means: "Nothing was sent, or it is not known whether the cloud processed the document.",
            todo: "Check that the server token has the scope `site_admin`, the read token `read:enterprise`, and \
                the GitHub App the permission to write license usage. If the cloud account has an IP allow list, \
                add this machine. As root, start the unit that the message names.",
        },
        Reason::RateLimited => &CatalogEntry {
            id: "354e62a101b94f9985e3afd5c8d59e41",
            subject: "A rate limit was hit",
            happened: "The enterprise server or the cloud reported that a rate limit is exceeded.",
            means: "Nothing is lost: a frozen document is sent when the limit allows it.",
            todo: "Nothing, if it happens rarely. Otherwise find out what else uses the same account or address.",
        },
        Reason::UnreachableServer => &CatalogEntry {
            id: "b7fa0262b32c4a20a6986a12b0b14408",
            subject: "The enterprise server cannot be reached",
            happened: "The enterprise server did not respond: its name was not resolved, the connection failed, or \
                a time limit was exceeded.",
            means: "The list of accounts could not be read. A scheduled run is tried again within its window; a \
                `sync` by hand is not.",
            todo: "Run `ghe-license-sync check --offline` on this machine. Check that the server is up, and that \
                `server.url` and `server.proxy` are right. The proxy variables of a shell are not used.",
        },
        Reason::UnreachableCloud => &CatalogEntry {
            id: "430cc67d6aad42eb9ff0ebb8e4177997",
            subject: "The cloud cannot be reached",
            happened: "The cloud did not respond: its name was not resolved, the connection failed, or a time \
                limit was exceeded.",
            means: "A frozen document is kept, and the same bytes are sent when the cloud can be reached.",
            todo: "Allow this machine to reach the API and the uploads host of `connect.host` (or \
                `connect.api-url` and `connect.uploads-url`) on port 443, or set `connect.proxy`. With a proxy, \
                allow the proxy to reach them. The proxy variables of a shell are not used.",
        },
        Reason::TlsUntrusted => &CatalogEntry {
            id: "07642e2cc9e548088c4327043b620f59",
            subject: "A certificate is not trusted",
            happened: "The certificate of the peer is signed by an unknown authority, has expired, is for another \
                name, or is not a server certificate.",
            means: "The peer may not be the host in the settings, so no request was sent to it. Certificate checks \
                cannot be switched off.",
            todo: "If your own authority signs the certificate, or a proxy intercepts TLS, name that authority's \
                certificate in `ca-file` under [connect] or [server]; `SSL_CERT_FILE` and `SSL_CERT_DIR` of a \
                shell are not used. Otherwise find out which host responds.",
        },
        Reason::ProxyRefused => &CatalogEntry {
            id: "e911ed1f5cfb44edaf553a87017d6bce",
            subject: "The proxy did not connect",
            happened: "The HTTP proxy could not be reached, refused the connection, or is not a proxy.",
            means: "Nothing was sent. A wrong password is sent to the proxy once a run, and not repeated.",
            todo: "Check that `proxy` names the right host and port, and that the proxy allows the host. If the \
                proxy needs a login, name a file with `user:password` in `proxy-credentials-file`.",
        },
        Reason::ServerError => &CatalogEntry {
            id: "1f4f3662d5614fc483e0a5556e46d8e7",
            subject: "The enterprise server or the cloud failed",
            happened: "The enterprise server or the cloud responded with a status for an error on its side.",
            means: "The error is not on this machine. A frozen document is kept, and is tried again within the \
                window.",
            todo: "Wait, and look at the status page of the cloud or the monitoring of the enterprise server. The \
                detail in `ghe-license-sync history` has the status and the request ID for a support ticket.",
        },
        Reason::MalformedSource => &CatalogEntry {
            id: "102540eb271a42b4b0900f14408bf6af",
            subject: "The source of the list is incomplete or invalid",
            happened: "One of these: the all-users report lacks a column, has an invalid row, or ended early; the \
                file of `server.source.file` is missing, too old, or changed while it was read; the program of \
                `server.source.command` failed or exceeded its time limit; the license usage file of \
                `server.source.license-file` is incomplete or of another server; a file for `upload` is \
                incomplete, altered or too old; SCIM users do not match the accounts, or the SCIM list changed \
                each time it was read; no user on the list has an email address, and the list is held.",
            means: "A list that lacks users would release their licenses, so nothing was sent.",
            todo: "The detail in `ghe-license-sync history` names the row and the column, and no user. After an \
                upgrade of the server, look for a new version of this program.",
        },
        Reason::MalformedAnswer => &CatalogEntry {
            id: "be18fa5848304e8b99e4802247c90b66",
            subject: "A response cannot be understood",
            happened: "A host sent a response that does not have the documented form.",
            means: "The outcome of the request is not known. A frozen document is kept.",
            todo: "Another host, such as a proxy with a login page, may have responded: request the same URL with \
                `curl -v`. Otherwise look for a new version of this program.",
        },
        Reason::PayloadTooLarge => &CatalogEntry {
            id: "aec8a378666c45049fa4e9427fa39cb0",
            subject: "Something exceeds a size limit",
            happened: "A report, a response or the document is larger than the program or the cloud accepts.",
            means: "It was refused as a whole. No part of it was sent.",
            todo: "The detail in `ghe-license-sync history` says what exceeded which limit. If it is a limit of \
                the cloud account, ask the account's owner. No installation should reach a limit of the program: \
                report it with the numbers.",
        },
        Reason::Rejected => &CatalogEntry {
            id: "f69be1d9894c463db9ae30baefb874fd",
            subject: "The cloud rejected the document",
            happened: "The cloud refused the document for good.",
            means: "The document was deleted, and is not sent again. The cloud keeps the last list.",
            todo: "The detail in `ghe-license-sync history` names the members of the document that the cloud \
                objects to, if the response names them. Other text of the response is not shown, since it may \
                quote the document. Contact the account's support with that detail, the time and the request ID; \
                then run `systemctl kill --signal=USR1 ghe-license-sync`.",
        },
        Reason::Unconfirmed => &CatalogEntry {
            id: "35cbd9a48a5445f1a2bccfea9fb92ebe",
            subject: "The cloud has not confirmed the document",
            happened: "The cloud accepted the document, but did not confirm within `license-sync.confirm-timeout` \
                that it processed it.",
            means: "The licenses may not be counted yet. The next run asks for the confirmation before it sends \
                anything new. The next window's list replaces this one.",
            todo: "Nothing at first: polling continues. If it lasts, look for the time of the last sync on the \
                Licensing page of the account.",
        },
        Reason::DestinationChanged => &CatalogEntry {
            id: "dd91f95f69a147b4b4072409048e218c",
            subject: "The destination in the settings changed",
            happened: "A document was frozen, held or accepted for another account, address or server ID than the \
                settings name now.",
            means: "The document was discarded, and is not sent to the new destination. If it was sent before, the \
                old account may count it. A new list is due in this window.",
            todo: "Nothing, if the change was intended: the daemon makes a new list by itself, and `systemctl kill \
                --signal=USR1 ghe-license-sync` makes one at once. Otherwise restore the former settings.",
        },
        Reason::Discarded => &CatalogEntry {
            id: "3328d33032644244a7252d2312ac9279",
            subject: "A person discarded the held document",
            happened: "A document was held for review, and a person ran `ghe-license-sync discard DIGEST`.",
            means: "The document was deleted and is never sent. The cloud keeps the last list. The daemon makes no \
                other list before the next window. `ghe-license-sync history` shows who discarded the document and \
                when.",
            todo: "Fix what made the list wrong. Then run `systemctl kill --signal=USR1 ghe-license-sync`, or wait \
                for the next window.",
        },
        Reason::Cancelled => &CatalogEntry {
            id: "94e4d4e95f7b4a5b92122819d55f45ad",
            subject: "The run was interrupted, or its list is no longer needed",
            happened: "The process was stopped by a person or a signal, or was killed. Or the list is no longer \
                needed: the same sync had just sent the same list; or the cloud lists a sync of this server later \
                than the waiting list; or the waiting list was not delivered in time.",
            means: "After an interruption, the next run continues with what is frozen. A list that is no longer \
                needed is deleted and not sent again; today's list replaces one that waited. The detail in \
                `ghe-license-sync history` says which case it was.",
            todo: "Nothing, if the interruption was intended. If the cloud lists a later sync and the state \
                directory was not restored from a backup, check whether a copy of this machine reports under the \
                same `server.id`.",
        },
        Reason::Internal => &CatalogEntry {
            id: "7268c11fad29488bbc8f4d2721d8bfb7",
            subject: "A defect of the program or of the local storage",
            happened: "The program reached a state that it should not reach, or the state directory could not be \
                read or written.",
            means: "The run ended. What was frozen is kept if the disk is intact.",
            todo: "Check that the disk is not full and that the state directory belongs to the user of the \
                service. Otherwise report the detail in `ghe-license-sync history`; it has no personal data.",
        },
    }
}
