//! The catalog entries of the milestones.

use super::super::Entry;
use super::Milestone;

#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn entry(milestone: Milestone) -> &'static Entry {
    match milestone {
        Milestone::Started => &Entry {
            id: "0114414d6ce14237a79b11e25d35ef7a",
            subject: "The program has started",
            happened: "The daemon was started. Its settings are good, and its state can be read.",
            means: "The record names the version.",
            todo: "Nothing.",
        },
        Milestone::Ready => &Entry {
            id: "c6bbf16de178481496a9fb315d355aef",
            subject: "The daemon is ready",
            happened: "Settings and state are good, and signals are heard.",
            means: "From now on runs happen by themselves, if the gate is open.",
            todo: "Nothing.",
        },
        Milestone::GateOpened => &Entry {
            id: "1fac50905d78495fbf4c2cea04d8f2e7",
            subject: "The gate is open",
            happened: "`connect.enabled` and `license-sync.enabled` are both true now.",
            means: "From now on this server reports its license usage every week.",
            todo: "Nothing, if it was meant.",
        },
        Milestone::GateClosed => &Entry {
            id: "97fbe826c4074a4da454a470f002fc87",
            subject: "The gate is closed",
            happened: "`connect.enabled` or `license-sync.enabled` is false or not written.",
            means: "Nothing is collected and nothing is sent. A run that was on its way ends as refused.",
            todo: "Nothing, if it was meant; else see the reason in the record.",
        },
        Milestone::Disconnected => &Entry {
            id: "a3d8f57d402348908ed26a1a848ea894",
            subject: "What belonged to the connection was deleted",
            happened: "`connect.enabled` or `license-sync.enabled` was turned off, so the fingerprint of the last confirmed \
                list was deleted. Documents that were not delivered had been deleted before.",
            means: "The state directory holds nothing about single users any more. The history stays. After both are \
                turned on again, the guard compares the first list by its number of users.",
            todo: "Nothing.",
        },
        Milestone::WindowDue => &Entry {
            id: "5ae07466c2fd44a584ee0af6bbe5e4f5",
            subject: "A window is due",
            happened: "The weekly window has begun, or one was missed while the program was down.",
            means: "A run follows at once.",
            todo: "Nothing.",
        },
        Milestone::SyncRequested => &Entry {
            id: "0f01decc73c4463abe6c7fd4772ecf8b",
            subject: "A sync was asked for",
            happened: "A person asked the daemon for a run, by SIGUSR1.",
            means: "A run follows at once, or the one that is going on is the answer.",
            todo: "Nothing.",
        },
        Milestone::TakenUp => &Entry {
            id: "e5f38e2bde814a78a248d0d1f344be85",
            subject: "An unfinished run is taken up",
            happened: "An earlier run left a document that the cloud did not take or did not confirm.",
            means: "The same bytes go on their way under the same idempotency key, so nothing is counted twice.",
            todo: "Nothing.",
        },
        Milestone::Collecting => &Entry {
            id: "3cbac9bda5764d94909c6a4abab8ff2c",
            subject: "The accounts are being read",
            happened: "A run has begun, and reads the list of accounts from the enterprise server.",
            means: "Nothing is stored or sent yet. A large report takes the server minutes to generate.",
            todo: "Nothing.",
        },
        Milestone::Frozen => &Entry {
            id: "fae28d11dd9c47a3971524a91f688c37",
            subject: "The document is frozen",
            happened: "The exact bytes to send are committed to the store.",
            means: "They survive a crash and a loss of power; every attempt sends these bytes and no others.",
            todo: "Nothing.",
        },
        Milestone::Sending => &Entry {
            id: "3148b7ced04f4735a8894e4c2fff079e",
            subject: "The document is being sent",
            happened: "An attempt to upload the frozen document has begun.",
            means: "The record names the attempt.",
            todo: "Nothing.",
        },
        Milestone::Accepted => &Entry {
            id: "fd407702799447f291036a3c77c3c40b",
            subject: "The cloud took the document",
            happened: "The upload was answered with an acceptance.",
            means: "This is not success yet: the cloud still has to process it.",
            todo: "Nothing; a confirmation or a reason follows.",
        },
        Milestone::Written => &Entry {
            id: "3799e095c29743129da57284bac53e7c",
            subject: "The document was written to a file",
            happened: "With `license-sync.delivery = \"file\"`, the document is in the file that the record names, with its \
                checksum beside it.",
            means: "Nothing was sent. The window gets no second file. The run is confirmed when the cloud lists a later sync of \
                this server, which the daemon asks each hour with `connect-read-token`.",
            todo: "Upload the file where the record says. `ghe-license-sync status` shows which file waits.",
        },
        Milestone::FileWaits => &Entry {
            id: "45b360a4d2914c44970a6edeb106d1dd",
            subject: "Nobody has uploaded the file",
            happened: "A file with a document was written a day ago or longer, and the cloud lists no later sync of this \
                server. This is reported once a day.",
            means: "The cloud counts the users of this server by an older list. Without `connect-read-token` it is not known \
                whether the file was uploaded.",
            todo: "Upload the file where the record says, and see what the page answers. The next window writes a new file, \
                which takes its place.",
        },
        Milestone::Confirmed => &Entry {
            id: "2be62403f1a5463b85e01710924ceee7",
            subject: "The cloud processed the document",
            happened: "The cloud says that it processed the license usage of this server.",
            means: "The window is satisfied. The document was deleted from this machine.",
            todo: "Nothing.",
        },
        Milestone::Waiting => &Entry {
            id: "838519d187c143508fcfd1937476ce61",
            subject: "Waiting",
            happened: "There is nothing to do now: all that was due is done, or a failure is waited out.",
            means: "The record names the time of the next attempt or of the next window, and how the last run ended.",
            todo: "Nothing.",
        },
        Milestone::Reloaded => &Entry {
            id: "33cec4a9fa17491d922ffa45458652e1",
            subject: "New settings are in force",
            happened: "The settings were read again and are good.",
            means: "The record names each key that has changed: those that are in force now, and those below `[log]`, which are \
                in force after a restart. A run under way keeps its connection to the cloud, and a list that it begins from now \
                on is made with the new settings. Credentials are given by the service manager at the start: new ones need a \
                restart.",
            todo: "Nothing.",
        },
        Milestone::ReloadRefused => &Entry {
            id: "408849fceb864798a8db801da0454bc6",
            subject: "New settings were refused",
            happened: "The settings were read again and are wrong, name another `state.directory`, or name another host for a \
                credential that the program was given when it started.",
            means: "The old settings stay in force as a whole until the program is started again; with wrong settings it \
                would not start.",
            todo: "Run `ghe-license-sync check --offline`, fix what it shows, and reload again. To change the state directory \
                or a host, restart the service.",
        },
        Milestone::RunPanicked => &Entry {
            id: "217b372f851940bb81d7fc05560787a1",
            subject: "A run ended by a defect of the program",
            happened: "The code of a run met a state that it does not know.",
            means: "The daemon goes on. What was frozen is kept and taken up by the next run.",
            todo: "Report the record with the version; it holds no personal data.",
        },
        Milestone::StateIsOld => &Entry {
            id: "a4d3c0f775f04f72a9b4edb41d2772f5",
            subject: "The cloud knows more of this server than the state directory",
            happened: "The cloud account has a later list of this server than the store has any record of.",
            means: "The state directory is new or was restored from a backup. The sync goes on; today's list takes the \
                place of what the cloud has. It was compared with the last list that this store knows as confirmed.",
            todo: "Nothing, if that is what was done. Else see whether a copy of this machine runs under the same host \
                name and the same `server.id`.",
        },
        Milestone::FingerprintKeyUnusable => &Entry {
            id: "3dd37b85096248fa9a6c02068833d0a5",
            subject: "The fingerprint key cannot be used",
            happened: "The systemd credential `fingerprint-key`, or the file in `state.fingerprint-key-file`, could not be \
                read or created.",
            means: "The sync goes on. The guard compares the numbers of users with the last confirmed list instead of the \
                users, so it does not see a user who takes the place of another. This list leaves no fingerprint, so \
                neither does the next sync compare users.",
            todo: "See the cause in the record. Give the service the credential, or make the file readable and writable \
                for the user of the service alone. `ghe-license-sync check --offline` shows where the key comes from.",
        },
        Milestone::ProductsRefused => &Entry {
            id: "3debc3a257a1431287c80cab4b824061",
            subject: "The server refused to say who uses a product",
            happened: "`server.enterprise` is set, and the enterprise server refused to say who uses Advanced Security, Code \
                Security and Secret Protection, or one of them that the last confirmed list has.",
            means: "The sync goes on. The list says nothing about the products in the record, which is not the same as that \
                nobody uses one. A refusal of all products is reported once; `ghe-license-sync status` says it of each run.",
            todo: "Where all are refused, set `server.enterprise` to the slug that the enterprise has on this server, and make \
                the account of the server token an owner or a billing manager of it. Where one is refused, look whether the \
                enterprise still has this product. To do without products, leave the key out.",
        },
        Milestone::MetricsUnwritable => &Entry {
            id: "39daf84ba1564d6688ceb75dd7bba6b1",
            subject: "The metrics could not be written",
            happened: "The file named in `metrics.textfile` could not be replaced.",
            means: "The sync itself is not touched, but the metrics are stale.",
            todo: "The service may write below /run/ghe-license-sync only; name a file there and link to it from the \
                collector's directory.",
        },
        Milestone::ApiVersionEnding => &Entry {
            id: "ceb6c4c97856412bb0afa4ec397dbc77",
            subject: "A host announces the end of the API version",
            happened: "The enterprise server or the cloud answered with the header `Deprecation` or `Sunset`.",
            means: "The sync goes on. After the time in the record, if there is one, the host no longer answers requests \
                of this version, and no license usage is sent.",
            todo: "Install a newer version of ghe-license-sync before that time. If there is none, report the record.",
        },
        Milestone::CloudWatched => &Entry {
            id: "6d7609a4ffed4d93b512f958c67f8dfb",
            subject: "The servers of the cloud account are watched",
            happened: "Connect is on, and there is a read token for the enterprise account.",
            means: "The daemon asks the cloud each hour when each server of the account was last synced, and reports a server \
                whose license sync is stale or failed. It sends nothing. License sync may be off.",
            todo: "Nothing. `ghe-license-sync status` shows the last answer.",
        },
        Milestone::CloudUnwatched => &Entry {
            id: "6b4bf434c91f4f43ab32a62347fc3baa",
            subject: "The servers of the cloud account are not watched",
            happened: "Connect is on, and the read token is not given or no enterprise account is named; the record says which.",
            means: "A server of the account whose license sync stops is not reported. License sync itself needs no read token.",
            todo: "To have the servers watched, set `connect.enterprise`, give the credential `connect-read-token`, a classic \
                token with `read:enterprise`, and restart the service. `ghe-license-sync check --offline` shows what is missing.",
        },
        Milestone::CloudServerStale => &Entry {
            id: "9a6ce42fc00248839f3ad91f98b09f0a",
            subject: "The license sync of a server is stale",
            happened: "The last license sync that the cloud lists of the server in the record is older than its schedule allows: \
                a week and a day for the built-in sync.",
            means: "The cloud account counts the users of that server by an old list. Users who were added or suspended since \
                are counted wrongly.",
            todo: "Run `ghe-license-sync status --cloud`, which shows every server, and whether the built-in license sync is on \
                where the server says so. For the built-in sync, look at GitHub Connect in the enterprise settings of that \
                server, and have its license usage synced there. For this program, run `ghe-license-sync status` on its \
                machine. To see who is counted twice, download the all-users report of that server and run `ghe-license-sync \
                explain --report FILE`, with `--host NAME` unless it is the server of the settings.",
        },
        Milestone::CloudServerFailed => &Entry {
            id: "ac6d912cf6774a2dbf8a63df8e414d06",
            subject: "The last license sync of a server failed",
            happened: "The cloud says that it could not process the last license sync of the server in the record.",
            means: "The cloud account counts the users of that server by the list before, or not at all.",
            todo: "Run `ghe-license-sync status --cloud`, which shows what the cloud says of the failure. For the built-in sync, \
                have the license usage of that server synced again from GitHub Connect in its enterprise settings; if it fails \
                again, ask GitHub's support. To see who is counted twice meanwhile, download the all-users report of that \
                server and run `ghe-license-sync explain --report FILE`, with `--host NAME` unless it is the server of the \
                settings.",
        },
        Milestone::CloudServerFresh => &Entry {
            id: "21ca586524574a3c87009cd2a9dc5512",
            subject: "The license sync of a server is fresh again",
            happened: "The cloud lists a recent license sync of a server that was reported as stale or failed before.",
            means: "The cloud account counts by a recent list again.",
            todo: "Nothing.",
        },
        Milestone::CloudUnanswered => &Entry {
            id: "29f60f3b4d054ecabee73712ac6fba13",
            subject: "What the cloud says of the servers is not known",
            happened: "The cloud could not be asked when each server of the account was last synced; the record has the reason.",
            means: "A server whose license sync stops is not reported meanwhile. The question is repeated within six hours, or \
                within a day if the cloud asks for a longer wait, and this is reported once for each reason. License sync \
                itself is not touched.",
            todo: "See the entry of the reason. `ghe-license-sync status --cloud` asks at once and says what to do; `ghe-license-sync \
                status` shows the last answer.",
        },
        Milestone::CloudAnswers => &Entry {
            id: "60c004b48ee64f44a71e2f4b40c04584",
            subject: "The cloud answers again what it knows of the servers",
            happened: "The cloud answered when each server of the account was last synced; the question before had no answer.",
            means: "A server whose license sync turned stale or failed meanwhile is reported now. What was reported before is \
                not repeated.",
            todo: "Nothing.",
        },
        Milestone::Stopping => &Entry {
            id: "81b581f4519f431087bd314c11a1a077",
            subject: "The program is stopping",
            happened: "The service manager or a person asked the program to end.",
            means: "A run that is going on is ended within seconds; what is frozen is kept.",
            todo: "Nothing.",
        },
    }
}
