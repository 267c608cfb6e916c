-- What is known about this enterprise server from one run to the next.
CREATE TABLE installation (
    singleton    INTEGER PRIMARY KEY CHECK (singleton = 1),
    enabled_at   TEXT NOT NULL,
    -- The server ID of the document that was frozen last.
    frozen_under TEXT
) STRICT;

-- One row a run. Times are RFC 3339 in UTC, so they sort as text; IDs are UUIDs of version 7, so they sort by age.
CREATE TABLE run (
    id              TEXT PRIMARY KEY,
    "trigger"       TEXT NOT NULL,
    -- The key of the schedule's window that a scheduled run is for.
    "window"        TEXT,
    -- Where the document belongs; what was made for one destination is never sent to another.
    api_origin      TEXT NOT NULL,
    uploads_origin  TEXT NOT NULL,
    account         TEXT NOT NULL,
    server_id       TEXT NOT NULL,
    -- The name of the server when the run began: evidence, and no part of the destination.
    hostname        TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN
        ('collecting', 'held', 'frozen', 'sending', 'accepted', 'confirmed', 'rejected', 'failed', 'refused')),
    reason          TEXT,
    detail          TEXT,
    started_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    accounts        INTEGER,
    consumed        INTEGER,
    suspended       INTEGER,
    organizations   INTEGER,
    bots            INTEGER,
    setup_users     INTEGER,
    ghosts          INTEGER,
    dormant         INTEGER,
    unmatchable     INTEGER,
    -- Not known when the report does not tell.
    no_sign_in      INTEGER,
    -- What the server counts itself, as far as it answered.
    server_users    INTEGER,
    server_suspended INTEGER,
    seats_used      INTEGER,
    -- The number of seats of its license, or `unlimited`.
    seats           TEXT,
    -- When its report was made, and its age in seconds when it was read, both by the server's clock.
    report_made_at  TEXT,
    report_age      INTEGER,
    -- Against the last confirmed list: its users, and how many were added and removed since.
    people_before   INTEGER,
    people_added    INTEGER,
    people_removed  INTEGER,
    -- What that was found by: the users of both lists, or their counts alone.
    compared        TEXT CHECK (compared IN ('users', 'counts')),
    digest          TEXT,
    idempotency_key TEXT,
    content_digest  TEXT,
    body_size       INTEGER,
    attempts        INTEGER NOT NULL DEFAULT 0,
    -- How many of these attempts may have reached the cloud.
    maybe_taken     INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT,
    upload_id       TEXT,
    location        TEXT,
    -- By the cloud's clock: when the upload began, and when the cloud said that it was processed.
    sent_at         TEXT,
    processed_at    TEXT,
    -- What became of a held document, by whom, and when.
    decision        TEXT CHECK (decision IN ('approved', 'discarded')),
    decided_by      TEXT,
    decided_at      TEXT,
    -- Counts the changes of all runs: the run whose number is the highest is the one that changed last.
    changed         INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What is asked often is found without going through the history.
CREATE INDEX run_by_change ON run (changed);
CREATE INDEX run_of_destination ON run (api_origin, uploads_origin, account, server_id);
CREATE INDEX run_of_destination_by_change ON run (api_origin, uploads_origin, account, server_id, changed);
CREATE INDEX confirmed_run ON run (api_origin, uploads_origin, account, server_id) WHERE state = 'confirmed';
CREATE INDEX taken_run ON run (server_id) WHERE maybe_taken > 0;

-- One run at a time: the database itself refuses a second unfinished one.
CREATE UNIQUE INDEX one_unfinished_run ON run ((1)) WHERE state IN ('collecting', 'frozen', 'sending', 'accepted');

-- A newer document takes the place of a held one.
CREATE UNIQUE INDEX one_held_run ON run ((1)) WHERE state = 'held';

-- The bytes to send, in pieces, so that no more than one is ever in memory.
CREATE TABLE payload (
    run_id TEXT    NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    bytes  BLOB    NOT NULL,
    UNIQUE (run_id, seq)
) STRICT;

-- A keyed hash of each user of a list, in pieces: of the last confirmed one, and of those that may become it. The key is
-- kept elsewhere; key_id tells it from others and says nothing about it.
CREATE TABLE fingerprint (
    run_id TEXT    NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    key_id BLOB    NOT NULL,
    bytes  BLOB    NOT NULL,
    UNIQUE (run_id, seq)
) STRICT;

-- Every state a run was in, and every attempt that did not get through: of each run the newest.
CREATE TABLE event (
    run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    at     TEXT NOT NULL,
    state  TEXT NOT NULL,
    reason TEXT,
    detail TEXT
) STRICT;

CREATE INDEX event_of_run ON event (run_id);

-- How many events there have been, since not all are kept. No reason is an empty one.
CREATE TABLE tally (
    state  TEXT    NOT NULL,
    reason TEXT    NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (state, reason)
) STRICT;

-- How many runs were deleted because they were too old, and when the first and the last of them began.
CREATE TABLE pruned (
    singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
    runs      INTEGER NOT NULL,
    oldest    TEXT    NOT NULL,
    newest    TEXT    NOT NULL
) STRICT;

-- What is left of a confirmed run that was deleted: when, for which destination, and counts; nothing of a person. The
-- columns mean what they mean in `run`.
CREATE TABLE deleted_run (
    id              TEXT PRIMARY KEY,
    api_origin      TEXT NOT NULL,
    uploads_origin  TEXT NOT NULL,
    account         TEXT NOT NULL,
    server_id       TEXT NOT NULL,
    started_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    accounts        INTEGER,
    consumed        INTEGER,
    suspended       INTEGER,
    organizations   INTEGER,
    bots            INTEGER,
    setup_users     INTEGER,
    ghosts          INTEGER,
    dormant         INTEGER,
    unmatchable     INTEGER,
    no_sign_in      INTEGER,
    server_users    INTEGER,
    server_suspended INTEGER,
    seats_used      INTEGER,
    seats           TEXT
) STRICT;
