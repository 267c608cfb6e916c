-- What the cloud said last of the servers of the account that the daemon watches. Nothing of a person. Times are by this
-- machine's clock, but for those of a sync.
CREATE TABLE cloud_watch (
    singleton   INTEGER PRIMARY KEY CHECK (singleton = 1),
    api_origin  TEXT NOT NULL,
    enterprise  TEXT NOT NULL,
    asked_at    TEXT NOT NULL,
    -- When the cloud answered last.
    answered_at TEXT,
    -- Why the last question has no answer.
    reason      TEXT,
    detail      TEXT,
    -- The cloud says to ask nothing before.
    not_before  TEXT
) STRICT;

-- Each server as the last answer lists it, in that order.
CREATE TABLE cloud_server (
    position      INTEGER PRIMARY KEY,
    server_id     TEXT NOT NULL,
    hostname      TEXT,
    synced_at     TEXT,
    -- The cloud's word for how the last sync ended.
    status        TEXT,
    freshness     TEXT NOT NULL,
    -- What of it was reported and has not passed: stale or failed.
    reported      TEXT,
    is_ours       INTEGER NOT NULL,
    -- Not known where the server sends no statistics.
    built_in_sync INTEGER
) STRICT;
