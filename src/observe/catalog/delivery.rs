//! What an operator reads about a document on its way to the cloud, by the program or by a person.

use super::Entry;

pub(super) const WRITTEN: Entry = Entry {
    id: "3799e095c29743129da57284bac53e7c",
    subject: "The document was written to a file",
    happened: "With `license-sync.delivery = \"file\"`, the document is in the file that the record names, with its \
        checksum beside it.",
    means: "Nothing was sent. The window gets no second file. The run is confirmed when the cloud lists a later sync of \
        this server, which the daemon asks each hour with `connect-read-token`.",
    todo: "Upload the file where the record says. `ghe-license-sync status` shows which file waits.",
};

pub(super) const FILE_WAITS: Entry = Entry {
    id: "45b360a4d2914c44970a6edeb106d1dd",
    subject: "Nobody has uploaded the file",
    happened: "A file with a document was written a day ago or longer, and the cloud lists no later sync of this \
        server. This is reported once a day.",
    means: "The cloud counts the users of this server by an older list. Without `connect-read-token` it is not known \
        whether the file was uploaded.",
    todo: "Upload the file where the record says, and see what the page answers. The next window writes a new file, \
        which takes its place.",
};

pub(super) const ACCEPTED: Entry = Entry {
    id: "fd407702799447f291036a3c77c3c40b",
    subject: "The cloud took the document",
    happened: "The upload was answered with an acceptance.",
    means: "This is not success yet: the cloud still has to process it.",
    todo: "Nothing; a confirmation or a reason follows.",
};
