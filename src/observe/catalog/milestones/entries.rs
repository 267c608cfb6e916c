//! The catalog entries of the milestones.

use super::super::entry::CatalogEntry;
use super::Milestone;

impl Milestone {
    /// What an operator reads about it.
    pub fn entry(self) -> &'static CatalogEntry {
        entry(self)
    }

    /// The `MESSAGE_ID` of its journal records: 32 hex digits.
    pub fn message_id(self) -> &'static str {
        entry(self).id
    }
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn entry(milestone: Milestone) -> &'static CatalogEntry {
    match milestone {
        Milestone::Started => &CatalogEntry {
            id: "0114414d6ce14237a79b11e25d35ef7a",
            subject: "The program has started",
            happened: "The daemon was started. Its settings are valid, and its state can be read.",
            means: "The record names the version.",
            todo: "Nothing.",
        },
        Milestone::Ready => &CatalogEntry {
            id: "c6bbf16de178481496a9fb315d355aef",
            subject: "The daemon is ready",
            happened: "The settings and the state are valid, and signals are handled.",
            means: "If the gate is open, runs start by the schedule.",
            todo: "Nothing.",
        },
        Milestone::GateOpened => &CatalogEntry {
            id: "1fac50905d78495fbf4c2cea04d8f2e7",
            subject: "The gate is open",
            happened: "`connect.enabled` and `license-sync.enabled` are both true.",
            means: "This server reports its license usage every week.",
            todo: "Nothing, if this is intended.",
        },
        Milestone::GateClosed => &CatalogEntry {
            id: "97fbe826c4074a4da454a470f002fc87",
            subject: "The gate is closed",
            happened: "`connect.enabled` or `license-sync.enabled` is false or not set.",
            means: "Nothing is collected and nothing is sent. An unfinished run ends as `refused`.",
            todo: "Nothing, if this is intended. Otherwise see the reason in the record.",
        },
        Milestone::Disconnected => &CatalogEntry {
            id: "a3d8f57d402348908ed26a1a848ea894",
            subject: "The data of the connection was deleted",
            happened: "`connect.enabled` or `license-sync.enabled` was turned off, so the fingerprint of the last \
                confirmed list was deleted. Documents that were not delivered were deleted before.",
            means: "The state directory has no data about single users any more. The history stays. After both are \
                turned on again, the guard compares the first list by its number of users.",
            todo: "Nothing.",
        },
        Milestone::WindowDue => &CatalogEntry {
            id: "5ae07466c2fd44a584ee0af6bbe5e4f5",
            subject: "A window is due",
            happened: "A window of the schedule has begun, or one was missed while the program was down.",
            means: "A run starts at once.",
            todo: "Nothing.",
        },
        Milestone::SyncRequested => &CatalogEntry {
            id: "0f01decc73c4463abe6c7fd4772ecf8b",
            subject: "A sync was requested",
            happened: "The daemon received SIGUSR1.",
            means: "A run starts at once, unless one is already in progress.",
            todo: "Nothing.",
        },
        Milestone::TakenUp => &CatalogEntry {
            id: "e5f38e2bde814a78a248d0d1f344be85",
            subject: "An unfinished run continues",
            happened: "An earlier run left a document that the cloud did not accept or did not confirm.",
            means: "The same bytes are sent under the same idempotency key, so nothing is counted twice.",
            todo: "Nothing.",
        },
        Milestone::Collecting => &CatalogEntry {
            id: "3cbac9bda5764d94909c6a4abab8ff2c",
            subject: "The accounts are being read",
            happened: "A run has begun and reads the list of accounts from the enterprise server.",
            means: "Nothing is stored or sent yet. The server can take minutes to generate a large report.",
            todo: "Nothing.",
        },
        Milestone::Frozen => &CatalogEntry {
            id: "fae28d11dd9c47a3971524a91f688c37",
            subject: "The document is frozen",
            happened: "The exact bytes to send are committed to the store.",
            means: "They survive a crash and a loss of power; every attempt sends these bytes and no others.",
            todo: "Nothing.",
        },
        Milestone::Sending => &CatalogEntry {
            id: "3148b7ced04f4735a8894e4c2fff079e",
            subject: "The document is being sent",
            happened: "An attempt to upload the frozen document has begun.",
            means: "The record names the attempt.",
            todo: "Nothing.",
        },
        Milestone::Accepted => &CatalogEntry {
            id: "fd407702799447f291036a3c77c3c40b",
            subject: "The cloud accepted the document",
            happened: "The cloud accepted the upload.",
            means: "The run is not a success yet: the cloud still has to process the document.",
            todo: "Nothing; a confirmation or a reason follows.",
        },
        Milestone::Written => &CatalogEntry {
            id: "3799e095c29743129da57284bac53e7c",
            subject: "The document was written to a file",
            happened: "With `license-sync.delivery = \"file\"`, the document was written to the file that the \
                record names, with a checksum beside it.",
            means: "Nothing was sent. A window gets one file. The run is confirmed when the cloud lists a later \
                sync of this server; the daemon checks that each hour if it has `connect-read-token`.",
            todo: "Upload the file where the record says. `ghe-license-sync status` names the waiting file.",
        },
        Milestone::FileWaits => &CatalogEntry {
            id: "45b360a4d2914c44970a6edeb106d1dd",
            subject: "A file waits to be uploaded",
            happened: "A file with a document has waited for `license-sync.remind-after`, a day by default, and the cloud \
                lists no later sync of this server. This is reported again after the same time.",
            means: "The cloud counts the users of this server by an older list. Without `connect-read-token`, the \
                program does not know whether the file was uploaded.",
            todo: "Upload the file where the record says, and check what the page reports. The next window's file \
                replaces this one.",
        },
        Milestone::Confirmed => &CatalogEntry {
            id: "2be62403f1a5463b85e01710924ceee7",
            subject: "The cloud processed the document",
            happened: "The cloud reports that it processed the license usage of this server.",
            means: "The window is satisfied. The document was deleted from this machine.",
            todo: "Nothing.",
        },
        Milestone::Waiting => &CatalogEntry {
            id: "838519d187c143508fcfd1937476ce61",
            subject: "Waiting",
            happened: "Nothing is due now, or the next attempt after a failure is not due yet.",
            means: "The record names the time of the next attempt or of the next window, and the outcome of the \
                last run.",
            todo: "Nothing.",
        },
        Milestone::Reloaded => &CatalogEntry {
            id: "33cec4a9fa17491d922ffa45458652e1",
            subject: "New settings are in force",
            happened: "The settings were read again and are valid.",
            means: "The record names each changed key: those in force now, and those below `[log]`, which are in \
                force after a restart. A run in progress keeps its connection to the cloud; a list that it begins \
                later is made with the new settings. Credentials are read when the service starts: new ones need a \
                restart.",
            todo: "Nothing.",
        },
        Milestone::ReloadRefused => &CatalogEntry {
            id: "408849fceb864798a8db801da0454bc6",
            subject: "New settings were refused",
            happened: "The settings were read again and are invalid, name another `state.directory`, or name \
                another host for a credential that the program was given when it started. Or they could not be \
                compared with the store, for example because the disk is full.",
            means: "The former settings stay in force until a restart. With invalid settings, the program would \
                not start.",
            todo: "Run `ghe-license-sync check --offline`, fix what it shows, and reload again. To change the \
                state directory or a host, restart the service.",
        },
        Milestone::RunPanicked => &CatalogEntry {
            id: "217b372f851940bb81d7fc05560787a1",
            subject: "A run ended because of a defect of the program",
            happened: "A run reached a state that the program does not handle.",
            means: "The daemon continues. The next run continues with what was frozen.",
            todo: "Report the record with the version; it has no personal data.",
        },
        Milestone::StateIsOld => &CatalogEntry {
            id: "a4d3c0f775f04f72a9b4edb41d2772f5",
            subject: "The cloud has a later list than the state directory",
            happened: "The cloud account lists a later sync of this server than any in the store.",
            means: "The state directory is new or was restored from a backup. The sync continues, and today's list \
                replaces the one in the cloud. The guard compared it with the last confirmed list of this store.",
            todo: "Nothing, if the state directory is new or was restored. Otherwise check whether a copy of this \
                machine runs under the same host name and the same `server.id`.",
        },
        Milestone::FingerprintKeyUnusable => &CatalogEntry {
            id: "3dd37b85096248fa9a6c02068833d0a5",
            subject: "The fingerprint key cannot be used",
            happened: "The systemd credential `fingerprint-key`, or the file in `state.fingerprint-key-file`, could not be \
                read or created.",
            means: "The sync continues. The guard compares the number of users with that of the last confirmed \
                list, and not the users, so it does not notice when one user replaces another. This list has no \
                fingerprint, so the next sync cannot compare users either.",
            todo: "See the cause in the record. Give the service the credential, or make the file readable and \
                writable only for the user of the service. `ghe-license-sync check --offline` shows where the key \
                comes from.",
        },
        Milestone::ProductsRefused => &CatalogEntry {
            id: "3debc3a257a1431287c80cab4b824061",
            subject: "The server refused to list the users of a product",
            happened: "`server.enterprise` is set, and the enterprise server refused to list the users of Advanced \
                Security, Code Security and Secret Protection, or of one of them that is in the last confirmed \
                list.",
            means: "The sync continues. The list has no data about the products in the record, which does not mean \
                that nobody uses them. A refusal of all products is logged once; `ghe-license-sync status` shows \
                it for each run.",
            todo: "If all are refused, set `server.enterprise` to the slug of the enterprise on this server, and \
                make the account of the server token an owner or a billing manager of it. If one is refused, check \
                whether the enterprise still has this product. To sync without products, remove the key.",
        },
        Milestone::MetricsUnwritable => &CatalogEntry {
            id: "39daf84ba1564d6688ceb75dd7bba6b1",
            subject: "The metrics could not be written",
            happened: "The file named in `metrics.textfile` could not be replaced.",
            means: "The sync is not affected, but the metrics are stale.",
            todo: "The service can write only below /run/ghe-license-sync: name a file there, and link to it from \
                the collector's directory.",
        },
        Milestone::ApiVersionEnding => &CatalogEntry {
            id: "ceb6c4c97856412bb0afa4ec397dbc77",
            subject: "A host announces the end of the API version",
            happened: "A response of the enterprise server or the cloud has the header `Deprecation` or `Sunset`.",
            means: "The sync continues. After the time in the record, if there is one, the host no longer serves \
                this API version, and no license usage is sent.",
            todo: "Install a newer version of ghe-license-sync before that time. If there is none, report the record.",
        },
        Milestone::CloudWatched => &CatalogEntry {
            id: "6d7609a4ffed4d93b512f958c67f8dfb",
            subject: "The servers of the cloud account are watched",
            happened: "Connect is enabled, and a read token for the enterprise account is given.",
            means: "Each hour the daemon reads from the cloud when each server of the account was last synced, and \
                reports a server whose license sync is stale or failed. It sends nothing. License sync may be off.",
            todo: "Nothing. `ghe-license-sync status` shows the last answer.",
        },
        Milestone::CloudUnwatched => &CatalogEntry {
            id: "6b4bf434c91f4f43ab32a62347fc3baa",
            subject: "The servers of the cloud account are not watched",
            happened: "Connect is enabled, but no read token is given or no enterprise account is set; the record \
                says which.",
            means: "The program does not report a server of the account whose license sync stops. License sync \
                itself needs no read token.",
            todo: "To watch the servers, set `connect.enterprise`, give the credential `connect-read-token`, a \
                classic token with `read:enterprise`, and restart the service. `ghe-license-sync check --offline` \
                shows what is missing.",
        },
        Milestone::CloudServerStale => &CatalogEntry {
            id: "9a6ce42fc00248839f3ad91f98b09f0a",
            subject: "The license sync of a server is stale",
            happened: "The last license sync that the cloud lists for the server in the record is older than its \
                schedule allows: a week and a day for the built-in sync.",
            means: "The cloud account counts the users of that server by an old list. Users who were added or \
                suspended since then are counted wrongly.",
            todo: "Run `ghe-license-sync status --cloud`, which shows every server, and whether the built-in \
                license sync is on if the server reports that. For the built-in sync, look at GitHub Connect in \
                the enterprise settings of that server, and sync its license usage there. For this program, run \
                `ghe-license-sync status` on the machine where it runs. To see who is counted twice, download the \
                all-users report of that server and run `ghe-license-sync explain --report FILE`, with `--host \
                NAME` unless it is the server of the settings.",
        },
        Milestone::CloudServerFailed => &CatalogEntry {
            id: "ac6d912cf6774a2dbf8a63df8e414d06",
            subject: "The last license sync of a server failed",
            happened: "The cloud reports that it could not process the last license sync of the server in the \
                record.",
            means: "The cloud account counts the users of that server by the previous list, or not at all.",
            todo: "Run `ghe-license-sync status --cloud`, which shows what the cloud reports about the failure. \
                For the built-in sync, sync the license usage of that server again from GitHub Connect in its \
                enterprise settings; if it fails again, contact GitHub's support. To see who is counted twice \
                meanwhile, download the all-users report of that server and run `ghe-license-sync explain --report \
                FILE`, with `--host NAME` unless it is the server of the settings.",
        },
        Milestone::CloudServerFresh => &CatalogEntry {
            id: "21ca586524574a3c87009cd2a9dc5512",
            subject: "The license sync of a server is fresh again",
            happened: "The cloud lists a recent license sync of a server that was reported as stale or failed.",
            means: "The cloud account counts the users of that server by a recent list again.",
            todo: "Nothing.",
        },
        Milestone::CloudUnanswered => &CatalogEntry {
            id: "29f60f3b4d054ecabee73712ac6fba13",
            subject: "The sync status of the servers could not be read",
            happened: "The daemon could not read from the cloud when each server of the account was last synced; \
                the record has the reason.",
            means: "Meanwhile, a server whose license sync stops is not reported. The daemon tries again within \
                six hours, or within a day if the cloud says to retry later. Each reason is logged once. License \
                sync is not affected.",
            todo: "See the entry of the reason. `ghe-license-sync status --cloud` tries at once and says what to \
                do; `ghe-license-sync status` shows the last answer.",
        },
        Milestone::CloudAnswers => &CatalogEntry {
            id: "60c004b48ee64f44a71e2f4b40c04584",
            subject: "The sync status of the servers can be read again",
            happened: "The daemon read from the cloud when each server of the account was last synced, after an \
                attempt that failed.",
            means: "A server that became stale or failed meanwhile is reported now. What was reported before is \
                not repeated.",
            todo: "Nothing.",
        },
        Milestone::Stopping => &CatalogEntry {
            id: "81b581f4519f431087bd314c11a1a077",
            subject: "The program is stopping",
            happened: "The service manager or a person stopped the program.",
            means: "A run in progress is ended within seconds; what is frozen is kept.",
            todo: "Nothing.",
        },
    }
}
