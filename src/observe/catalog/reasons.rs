//! The catalog entries of the reasons: why nothing was sent, or why what was sent does not count yet.
//!
//! An ID is never changed and never used again, since filters and alerts of operators hold it.

use super::Entry;
use crate::reason::Reason;

impl Reason {
    /// What an operator reads about it.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        entry(self)
    }

    /// The `MESSAGE_ID` of a journal record with this reason: 32 hex digits.
    #[must_use]
    pub fn message_id(self) -> &'static str {
        entry(self).id
    }
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn entry(reason: Reason) -> &'static Entry {
    match reason {
        Reason::ConnectDisabled => &Entry {
            id: "a9d2254871764ee687379c26bf01a8d2",
            subject: "Connect is not enabled",
            happened: "The program was about to sync and found `connect.enabled` to be false.",
            means: "Nothing was read from the enterprise server, and no connection to the cloud was opened. This is how \
                the program is installed.",
            todo: "Nothing, if this server is not to be connected. Else set `enabled = true` under [connect] and run \
                `systemctl reload ghe-license-sync`; after giving credentials, `restart` instead.",
        },
        Reason::LicenseSyncDisabled => &Entry {
            id: "0865aed5351d4b6c829dc1ff7fd15eb0",
            subject: "License sync is not enabled",
            happened: "Connect is enabled, but `license-sync.enabled` is false.",
            means: "Nothing was read from the enterprise server, and nothing was sent. The daemon may watch what the cloud \
                says of the servers.",
            todo: "Nothing, if the license usage of this server is not to be reported. Else set `enabled = true` under \
                [license-sync] and run `systemctl reload ghe-license-sync`.",
        },
        Reason::AlreadyRunning => &Entry {
            id: "3d697b41f1354e67bb544ac63cbe85c1",
            subject: "Another process has this state directory",
            happened: "A run or a daemon was to start while another process had the state directory.",
            means: "For each enterprise server there is one daemon, and one run at a time. The other one is not disturbed; a daemon \
                waits until it has ended.",
            todo: "Wait for the other run; `ghe-license-sync status` shows it. If two services share one state directory, give each its \
                own `state.directory`.",
        },
        Reason::EmptyCollection => &Entry {
            id: "b35e4d9e458741c19eafa387172ec8c6",
            subject: "The enterprise server reported nobody",
            happened: "The list of accounts held no account that consumes a license.",
            means: "An empty list would free every license of this server at the cloud, so it was not sent. What the \
                cloud knows is unchanged. A list of accounts that all consume none waits for a person.",
            todo: "Look at the all-users report of the server (site admin, Reports). If it lists people, see that the \
                account of the server token is a site administrator. If the server is meant to release every license, \
                run `ghe-license-sync approve DIGEST` with the digest that `ghe-license-sync status` shows as held.",
        },
        Reason::MassChange => &Entry {
            id: "6c98ce04e4a849cd848bab6e911eb09f",
            subject: "More users changed than are allowed without a review",
            happened: "The new list differs from the last confirmed one by more than `license-sync.guard` allows; \
                of a license usage file, whose users are encrypted, their size does.",
            means: "Nothing was sent. The document is kept as it is and waits for a person.",
            todo: "Run `ghe-license-sync review`, which shows in counts who is new and what became of those who are gone, and \
                compare that with what happened on the server. If it is right, run `ghe-license-sync approve DIGEST` with the \
                digest that is shown; else fix the server, and the next run makes a new document.",
        },
        Reason::CountMismatch => &Entry {
            id: "7a1e902f0054460ca5fbfb39e2250fb1",
            subject: "The list disagrees with the server's own counts",
            happened: "The list of accounts and the user statistics of the enterprise server differ by more than can happen \
                while a report is made.",
            means: "One of the two is wrong or incomplete. Nothing was sent; the document is kept and waits for a \
                person.",
            todo: "Ask for a list once more with \
                `systemctl kill --signal=USR1 ghe-license-sync`: a report that was generated during a large change settles. If \
                it stays, compare the all-users report with the statistics page of the server before approving it.",
        },
        Reason::IdentityConflict => &Entry {
            id: "90f0f32c67504b5585b36d51c7491f62",
            subject: "The cloud lists another server where this one should be",
            happened: "Before a document was sent, the license sync status of the cloud account named another host under \
                our server ID, later than our last list; or our host name under another server ID. Or a file, for `upload` or of \
                `[server.source.license-file]`, is of another server than that of the settings.",
            means: "Two servers would overwrite each other's list, or every user would be counted twice. A document that is \
                frozen is not sent, and is tried again within the window; of a file, nothing is frozen.",
            todo: "The message names the ID to set. To keep the ID that `ghe-license-sync status` shows, set `server.id` to it and run \
                `systemctl reload ghe-license-sync`. Any other ID, for a copy of a virtual machine or to take the place of \
                the built-in sync, needs a store of its own once something was sent: stop the service, move `state.db*` in \
                the state directory away, set `server.id`, start the service. A server that was only renamed keeps its ID.",
        },
        Reason::ConfigInvalid => &Entry {
            id: "b98b12652d484a3386e75f485c843391",
            subject: "The settings are wrong",
            happened: "The settings file, a variable of the environment or a flag holds something that cannot be used.",
            means: "The program did not start, or goes on with the settings it had before. No part of the wrong settings \
                is in force.",
            todo: "Run `ghe-license-sync check --offline`: it shows every mistake with file, line and a suggestion.",
        },
        Reason::CredentialsMissing => &Entry {
            id: "d6bf73fe8fc64ab1b528811da0e4c082",
            subject: "A credential is missing or cannot be used",
            happened: "A private key or token was not found, could not be read, can be read by others, or is not what it \
                should be.",
            means: "Nothing was sent. The credential was not tried anywhere.",
            todo: "Run `ghe-license-sync check --offline`: it names each credential and where it was looked for. A \
                service gets credentials when it is started, so `systemctl restart ghe-license-sync` afterwards.",
        },
        Reason::CredentialsRefused => &Entry {
            id: "fb2c9bf8db8d49f0af263e900c6820c6",
            subject: "A credential was refused",
            happened: "The enterprise server or the cloud answered that the token or key is not valid; a fresh token did \
                not help.",
            means: "It was revoked, has expired, or belongs to another account. A scheduled run is tried again after 1 to 6 \
                hours, until its window ends.",
            todo: "Issue it anew and put it in the place of the old one. If the key is surely right, look at the clock \
                of this machine: a token signed in the past or future is refused as well.",
        },
        Reason::PermissionMissing => &Entry {
            id: "7b27de3cc755473abada762e796f9819",
            subject: "The permission is missing",
            happened: "The credential is valid, but its owner may not do what was asked. Or root was to sync with a state \
                directory of another user.",
            means: "Nothing was sent, or it could not be found out whether it was processed.",
            todo: "The server token needs the scope `site_admin`, the read token `read:enterprise`, and the GitHub App \
                the permission to write license usage. An IP allow list of the cloud account must contain this \
                machine. Root starts the unit that the message names.",
        },
        Reason::RateLimited => &Entry {
            id: "354e62a101b94f9985e3afd5c8d59e41",
            subject: "A rate limit was hit",
            happened: "The enterprise server or the cloud asked to come back later.",
            means: "Nothing is lost: a frozen document is sent when the limit is over.",
            todo: "Nothing, if it happens rarely. Else find out what else uses the same account or address so much.",
        },
        Reason::UnreachableServer => &Entry {
            id: "b7fa0262b32c4a20a6986a12b0b14408",
            subject: "The enterprise server cannot be reached",
            happened: "No answer came from the enterprise server: its name was not found, the connection failed, or it took \
                too long.",
            means: "The list of accounts could not be read. A scheduled run is tried again within its window, a `sync` by hand \
                is not.",
            todo: "Run `ghe-license-sync check --offline` on this machine. See whether the server is up and \
                `server.url` and `server.proxy` are right; proxy variables of a shell are not used.",
        },
        Reason::UnreachableCloud => &Entry {
            id: "430cc67d6aad42eb9ff0ebb8e4177997",
            subject: "The cloud cannot be reached",
            happened: "No answer came from the cloud: its name was not found, the connection failed, or it took too long.",
            means: "The document is frozen and is sent as it is when the way is free.",
            todo: "Let this machine reach api and uploads of `connect.host` (or `connect.api-url` and \
                `connect.uploads-url`) over port 443, or set `connect.proxy`; behind a proxy, let that one reach them. Proxy \
                variables of a shell are not used.",
        },
        Reason::TlsUntrusted => &Entry {
            id: "07642e2cc9e548088c4327043b620f59",
            subject: "A certificate is not trusted",
            happened: "The other side showed a certificate that is not signed by an authority this machine trusts, has \
                expired, is for another name, or is not fit for a server.",
            means: "Whoever answered may not be who it should be, so nothing was said to it. Checks cannot be switched \
                off.",
            todo: "If an authority of your own signs it, or a proxy breaks up TLS, name that authority's certificate in \
                `ca-file` under [connect] or [server]; `SSL_CERT_FILE` and `SSL_CERT_DIR` of a shell are not used. Else \
                find out who answers.",
        },
        Reason::ProxyRefused => &Entry {
            id: "e911ed1f5cfb44edaf553a87017d6bce",
            subject: "The proxy did not connect",
            happened: "The HTTP proxy could not be reached, refused the connection, or is not a proxy.",
            means: "Nothing was sent. A password that the proxy refuses is sent once a run.",
            todo: "See whether `proxy` names the right host and port. Allow the host in the proxy. If it asks for a login, name a file with `user:password` in \
                `proxy-credentials-file`.",
        },
        Reason::ServerError => &Entry {
            id: "1f4f3662d5614fc483e0a5556e46d8e7",
            subject: "A service answered with an error of its own",
            happened: "The enterprise server or the cloud answered with a status for a fault on its side.",
            means: "The fault is not here. What is frozen is kept and tried again within the window.",
            todo: "Wait; look at the status page of the cloud, or at the enterprise server's own monitoring. The detail \
                in `ghe-license-sync history` has the status and the request ID for a support ticket.",
        },
        Reason::MalformedSource => &Entry {
            id: "102540eb271a42b4b0900f14408bf6af",
            subject: "The report of the enterprise server cannot be understood",
            happened: "A needed column is missing, a row is broken, or the report ended early; or the file of \
                `server.source.file` is missing, too old, or was written to while it was read; or the program of \
                `server.source.command` failed or did not end in time; or the license usage file of `server.source.license-file` \
                is not whole or of another server; or a file for `upload` is not a whole, unaltered and recent document; or \
                users of SCIM and accounts do not fit together, or the list of SCIM changed each time that it was read; or no user \
                of a list has an email address, and the list is held.",
            means: "A list with holes would be worse than none, so nothing was sent.",
            todo: "The detail in `ghe-license-sync history` names the row and the column, but no person. After an upgrade of the server, \
                look for a new version of this program.",
        },
        Reason::MalformedAnswer => &Entry {
            id: "be18fa5848304e8b99e4802247c90b66",
            subject: "An answer cannot be understood",
            happened: "A service answered in a form that does not fit its description.",
            means: "It is not known what it meant. What is frozen is kept.",
            todo: "Something on the way, like a proxy with a login page, may answer in its place: ask the \
                same address with `curl -v`. Else look for a new version of this program.",
        },
        Reason::PayloadTooLarge => &Entry {
            id: "aec8a378666c45049fa4e9427fa39cb0",
            subject: "Something is larger than its cap",
            happened: "A report, an answer or the document is larger than is taken.",
            means: "It was refused as a whole; nothing was cut off and sent in part.",
            todo: "The detail in `ghe-license-sync history` says what was too large. Report it with the numbers: no installation should \
                reach a cap.",
        },
        Reason::Rejected => &Entry {
            id: "f69be1d9894c463db9ae30baefb874fd",
            subject: "The cloud said no",
            happened: "The cloud looked at the document and refused it for good.",
            means: "It will not be sent again. What the cloud knew before stays.",
            todo: "The detail in `ghe-license-sync history` names the members of the document that the cloud objects to, if its \
                answer names them; other words of the answer are not shown, since they may quote the document. Ask the account's \
                support, with that, the time and the number of the request; then run \
                `systemctl kill --signal=USR1 ghe-license-sync`.",
        },
        Reason::Unconfirmed => &Entry {
            id: "35cbd9a48a5445f1a2bccfea9fb92ebe",
            subject: "The cloud has not said that it processed the document",
            happened: "The document was accepted, but no confirmation came within `license-sync.confirm-timeout`.",
            means: "Accepted is not processed: the licenses may not be counted yet. The next run asks again before it \
                sends anything new; the next window's list takes its place.",
            todo: "Nothing at first: polling continues. If it stays, look at the account's Licensing page for the time of the \
                last sync.",
        },
        Reason::DestinationChanged => &Entry {
            id: "dd91f95f69a147b4b4072409048e218c",
            subject: "A document was for another destination",
            happened: "A document was frozen, held or accepted for another account, address or server ID than the settings \
                name now.",
            means: "It was discarded here, and nothing of it goes to the destination in force. If it was sent, it may be \
                counted at the old account. The window is open again.",
            todo: "Nothing, if the change was meant: the daemon makes a new list by itself, \
                `systemctl kill --signal=USR1 ghe-license-sync` makes \
                one at once. Else put the old settings back.",
        },
        Reason::Discarded => &Entry {
            id: "3328d33032644244a7252d2312ac9279",
            subject: "A person discarded the held document",
            happened: "A document was held for review, and a person ran `ghe-license-sync discard DIGEST`.",
            means: "The document was deleted and is never sent. What the cloud knows is unchanged. Its window counts as \
                served, so the daemon makes no other list before the next one. `ghe-license-sync history` shows who discarded it and when.",
            todo: "Fix what made the list wrong, then run `systemctl kill --signal=USR1 ghe-license-sync`, or wait for the next window.",
        },
        Reason::Cancelled => &Entry {
            id: "94e4d4e95f7b4a5b92122819d55f45ad",
            subject: "The run was interrupted, or its list was not needed any more",
            happened: "A person or a signal ended the process, like a stop of the service, or the process was killed. Or the list \
                was not needed any more: it is the one that the same sync had just sent, the cloud lists a later sync of this \
                server than the list that waited, or that list was not delivered before its time was over.",
            means: "After an interruption, what was frozen is kept, and the next run goes on from there. A list that is not \
                needed any more is deleted, and is not sent again; today's list takes the place of one that waited. The \
                detail in `ghe-license-sync history` says which of these it was.",
            todo: "Nothing, if the interruption was meant. If the cloud lists a later sync and the state directory was not \
                restored from a backup, see whether a copy of this machine reports under the same `server.id`.",
        },
        Reason::Internal => &Entry {
            id: "7268c11fad29488bbc8f4d2721d8bfb7",
            subject: "A defect of the program or of the local storage",
            happened: "Something happened that must not, or the state directory could not be read or written.",
            means: "The run ended. What was frozen is kept as long as the disk keeps it.",
            todo: "See that the disk is not full and the state directory belongs to the service's user. Else report the \
                detail in `ghe-license-sync history`; it holds no personal data.",
        },
    }
}
