-- A run whose document is in a file that a person uploads. The word is added to the list of states where it stands: a
-- table that others refer to cannot be replaced while foreign keys are enforced, and SQLite allows this for a CHECK.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''accepted'', ''confirmed''', '''accepted'', ''written'', ''confirmed''')
    WHERE type = 'table' AND name = 'run';
PRAGMA writable_schema = RESET;

-- Where the file is, the SHA-256 of all its bytes, and since when it is there.
ALTER TABLE run ADD COLUMN file TEXT;
ALTER TABLE run ADD COLUMN file_sha256 TEXT;
ALTER TABLE run ADD COLUMN written_at TEXT;
-- The last sync of this server that the cloud listed by then, by the cloud's clock.
ALTER TABLE run ADD COLUMN synced_before TEXT;
-- When it was last reported that nobody has uploaded it.
ALTER TABLE run ADD COLUMN reminded_at TEXT;

-- A newer file takes the place of one that waits.
CREATE UNIQUE INDEX one_written_run ON run ((1)) WHERE state = 'written';
