-- Whether the key of the placeholders is kept in a file of its own instead of here, and which one that is: a digest of a
-- constant under it, from which the key cannot be found.
CREATE TABLE kept_key (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  digest BLOB NOT NULL
) STRICT;
