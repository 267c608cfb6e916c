-- The users of a license usage file are encrypted: instead of their number, how long their text is, in bytes, and how long
-- it was in the last confirmed file.
ALTER TABLE run ADD COLUMN encrypted_bytes INTEGER;
ALTER TABLE run ADD COLUMN encrypted_bytes_before INTEGER;
