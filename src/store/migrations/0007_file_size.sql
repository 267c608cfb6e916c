-- How many bytes the file has, as it was written.
ALTER TABLE run ADD COLUMN file_bytes INTEGER;
