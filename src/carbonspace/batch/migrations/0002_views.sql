-- What holds now, with the place of the units.
CREATE VIEW {schema}.current_verdict AS
SELECT id, city, level, unit_id, indicator, profile, clause, clause_zh, nth, value, unit, numerator,
    denominator, target, clause_status, status, margin, robust, flips, flips_zh, reason, reason_zh,
    parameters, from_run, valid_from
FROM {schema}.verdict WHERE to_run IS NULL;

CREATE VIEW {schema}.current_finding AS
SELECT id, city, severity, layer, feature, what, what_zh, found, found_zh, expected, expected_zh,
    action, action_zh, x, y, from_run, valid_from
FROM {schema}.finding WHERE to_run IS NULL;

CREATE VIEW {schema}.current_unit AS
SELECT id, city, unit_id, geometry, from_run, valid_from FROM {schema}.unit WHERE to_run IS NULL
