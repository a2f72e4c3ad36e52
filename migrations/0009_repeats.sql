-- How many more upgrades failed like the one of a row: a client that retries without a pause gets one row for many.
ALTER TABLE connection ADD COLUMN repeat_count INTEGER NOT NULL DEFAULT 0;

DROP VIEW connection_view;

CREATE VIEW connection_view AS
SELECT
  connection.id,
  connection.capture_id,
  (SELECT session_id FROM session_connection WHERE connection_id = connection.id ORDER BY id DESC LIMIT 1)
    AS session_id,
  datetime(connection.opened_at_us / 1000000, 'unixepoch') AS opened_utc,
  datetime(connection.closed_at_us / 1000000, 'unixepoch') AS closed_utc,
  connection.path,
  connection.upstream_url,
  connection.version,
  connection.encoding,
  connection.compress,
  connection.user_agent,
  connection.upgrade_status,
  connection.repeat_count,
  connection.relay_mode,
  connection.close_code,
  close_code.name AS close_name,
  connection.close_reason,
  connection.closed_by,
  coalesce(sum(hour_rollup.frame_count), 0) AS frame_count,
  coalesce(sum(hour_rollup.wire_bytes), 0) AS wire_bytes,
  coalesce(sum(hour_rollup.payload_bytes), 0) AS payload_bytes
FROM connection
LEFT JOIN close_code ON close_code.code = connection.close_code
LEFT JOIN hour_rollup ON hour_rollup.connection_id = connection.id
GROUP BY connection.id;
