-- What is known of who uses a product beside the license. A product is null if the server has no list of its users; all are
-- if nobody asked, or if the server refused.
ALTER TABLE run ADD COLUMN advanced_security INTEGER;
ALTER TABLE run ADD COLUMN code_security INTEGER;
ALTER TABLE run ADD COLUMN secret_protection INTEGER;
-- Logins on these lists whose account consumes no license, and those that no account has.
ALTER TABLE run ADD COLUMN products_without_license INTEGER;
ALTER TABLE run ADD COLUMN products_unknown INTEGER;
ALTER TABLE run ADD COLUMN products_refused INTEGER;
-- Accounts whose address another one has as well, and rows that repeat another one.
ALTER TABLE run ADD COLUMN shared_addresses INTEGER;
ALTER TABLE run ADD COLUMN repeated_rows INTEGER;

ALTER TABLE deleted_run ADD COLUMN advanced_security INTEGER;
ALTER TABLE deleted_run ADD COLUMN code_security INTEGER;
ALTER TABLE deleted_run ADD COLUMN secret_protection INTEGER;
ALTER TABLE deleted_run ADD COLUMN products_without_license INTEGER;
ALTER TABLE deleted_run ADD COLUMN products_unknown INTEGER;
ALTER TABLE deleted_run ADD COLUMN products_refused INTEGER;
ALTER TABLE deleted_run ADD COLUMN shared_addresses INTEGER;
ALTER TABLE deleted_run ADD COLUMN repeated_rows INTEGER;
