-- What is kept of every night. A row of verdict, finding and unit holds from one night until it is
-- closed by another: to_run and valid_to are null of what holds now.
CREATE TABLE {schema}.run (
    id {identity},
    city text NOT NULL,
    began {time} NOT NULL,
    ended {time},
    version text NOT NULL,
    status text NOT NULL,
    host text,
    pid integer,
    request text,
    summary {json},
    ledger {json},
    timings {json},
    error text
);

CREATE TABLE {schema}.verdict (
    id {identity},
    city text NOT NULL,
    level text NOT NULL,
    unit_id text NOT NULL,
    indicator text NOT NULL,
    profile text NOT NULL,
    clause text NOT NULL,
    nth integer NOT NULL,
    clause_zh text,
    value double precision,
    unit text,
    numerator double precision,
    denominator double precision,
    target text,
    clause_status text,
    status text NOT NULL,
    margin double precision,
    robust boolean,
    flips text,
    flips_zh text,
    reason text,
    reason_zh text,
    parameters text,
    from_run bigint NOT NULL,
    valid_from {time} NOT NULL,
    to_run bigint,
    valid_to {time}
);

CREATE TABLE {schema}.finding (
    id {identity},
    city text NOT NULL,
    severity text NOT NULL,
    layer text NOT NULL,
    feature text NOT NULL,
    what text NOT NULL,
    found text NOT NULL,
    nth integer NOT NULL,
    what_zh text,
    found_zh text,
    expected text,
    expected_zh text,
    action text,
    action_zh text,
    x double precision,
    y double precision,
    from_run bigint NOT NULL,
    valid_from {time} NOT NULL,
    to_run bigint,
    valid_to {time}
);

CREATE TABLE {schema}.unit (
    id {identity},
    city text NOT NULL,
    unit_id text NOT NULL,
    geometry {geometry},
    from_run bigint NOT NULL,
    valid_from {time} NOT NULL,
    to_run bigint,
    valid_to {time}
);

CREATE TABLE {schema}.input (
    run bigint NOT NULL,
    layer text NOT NULL,
    source text NOT NULL,
    digest text NOT NULL,
    features bigint NOT NULL,
    crs text
);

CREATE INDEX run_city ON {schema}.run (city);
CREATE INDEX verdict_now ON {schema}.verdict (city, indicator) WHERE to_run IS NULL;
CREATE INDEX verdict_past ON {schema}.verdict (city, valid_to);
CREATE INDEX finding_now ON {schema}.finding (city) WHERE to_run IS NULL;
CREATE INDEX unit_now ON {schema}.unit (city) WHERE to_run IS NULL;
CREATE INDEX input_run ON {schema}.input (run)
