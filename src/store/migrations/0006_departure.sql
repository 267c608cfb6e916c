-- The cloud's own time when it listed `synced_before`, before the document could leave for the first time.
ALTER TABLE run ADD COLUMN listed_at TEXT;
-- The failed sync, by the cloud's clock, that was reported of the file.
ALTER TABLE run ADD COLUMN failed_at TEXT;
-- When its list was collected, as the document says.
ALTER TABLE run ADD COLUMN collected_at TEXT;
