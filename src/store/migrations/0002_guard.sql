-- The secret of all fingerprints of this store.
ALTER TABLE installation ADD COLUMN fingerprint_key BLOB;
UPDATE installation SET fingerprint_key = randomblob(16);

-- Against the last confirmed list: how many people were on it, how many came and how many went.
ALTER TABLE run ADD COLUMN people_before INTEGER;
ALTER TABLE run ADD COLUMN people_added INTEGER;
ALTER TABLE run ADD COLUMN people_removed INTEGER;

-- Who released a held document, and when.
ALTER TABLE run ADD COLUMN approved_by TEXT;
ALTER TABLE run ADD COLUMN approved_at TEXT;

-- A keyed hash of everybody on a list, in pieces: of the last confirmed one, and of those that may become it.
CREATE TABLE fingerprint (
    run_id TEXT    NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    bytes  BLOB    NOT NULL,
    UNIQUE (run_id, seq)
) STRICT;

-- A newer document takes the place of one that waits for a person.
CREATE UNIQUE INDEX one_held_run ON run ((1)) WHERE state = 'held';
