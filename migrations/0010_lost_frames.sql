-- A file that is lost while it records leaves gaps in the next one, which know how many frames it had.

ALTER TABLE gap ADD COLUMN frames INTEGER CHECK (frames >= 0);
